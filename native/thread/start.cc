#include "thread/start.h"

#include <pthread.h>
#include <signal.h>

#include <system_error>

#include "kernel/failure.h"

namespace iptc {

std::thread StartThread(std::function<void()> run) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread;
  int error = 0;
  try {
    thread = std::thread(std::move(run));
    pthread_setname_np(thread.native_handle(), "libiptc");
  } catch (const std::system_error& refusal) {
    error = refusal.code().value();
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) throw Failure::System(Stage::kNamespace, error);
  return thread;
}

}  // namespace iptc
