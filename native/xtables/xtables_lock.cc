#include "xtables/xtables_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>

#include "kernel/failure.h"

namespace iptc {

namespace {

const double kShortestInterval = 1;

}  // namespace

XtablesLock::XtablesLock(const LockPlace& place, const LockPatience& patience, const Interrupt& interrupt)
    : place_(place), wakes_waiters_() {
  if (interrupt.IsSet()) throw Failure(Stage::kLock, ECANCELED, "Gave up before the lock was asked for");
  const Nanoseconds deadline = After(patience.wait);
  for (;;) {
    const uint64_t wakes = Waiters::Wakes();
    if (TryFile() && TrySocket() && !interrupt.IsSet()) return;
    Waiters::Wait(wakes, interrupt, std::min(deadline, After(std::max(patience.interval, kShortestInterval))));
    if (interrupt.IsSet()) throw Failure(Stage::kLock, ECANCELED, "Gave up waiting for the xtables lock");
    if (Now() >= deadline) throw Failure(Stage::kLock, ETIMEDOUT, "Another process holds the xtables lock");
  }
}

bool XtablesLock::TryFile() {
  if (place_.file.empty() || file_locked_) return true;
  if (!file_) {
    // Not blocking: of a FIFO, opening would wait for whoever writes to it.
    file_ = Fd(open(place_.file.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
    if (!file_) {
      const int error = errno;
      throw Failure(Stage::kLock, error,
                    "Can't open " + place_.file + ": " + Failure::System(Stage::kLock, error).reason);
    }
  }
  if (flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return file_locked_ = true;
  if (errno != EWOULDBLOCK && errno != EINTR) throw Failure::System(Stage::kLock, errno);
  return false;
}

bool XtablesLock::TrySocket() {
  if (!place_.socket || socket_) return true;
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw Failure::System(Stage::kLock, errno);
  sockaddr_un address;
  memset(&address, 0, sizeof address);
  address.sun_family = AF_UNIX;
  // An abstract name: a zero byte, then these seven letters, no zero at the end.
  memcpy(address.sun_path + 1, "xtables", 7);
  if (bind(fd.get(), reinterpret_cast<sockaddr*>(&address), offsetof(sockaddr_un, sun_path) + 8) == 0) {
    socket_ = std::move(fd);
    return true;
  }
  if (errno != EADDRINUSE) throw Failure::System(Stage::kLock, errno);
  return false;
}

}  // namespace iptc
