#include "thread/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <system_error>

namespace iptc {

namespace {

/// All of the process. Only exit() needs them: process.exit() runs no cleanup hooks of the main thread's environment.
struct Workers {
  Monitor monitor;
  std::set<Worker*> all;
};

Workers& AllWorkers() {
  static Workers* workers = new Workers;  // never destroyed: exit() itself uses it
  return *workers;
}

/// Stands in the queue for a task of a caller who waits for it: destroying this wakes him.
class CallersTask : public Task {
 public:
  struct Call {
    Monitor monitor;
    bool over = false;
  };

  CallersTask(Task* task, Call* call) : task_(task), call_(call) {}
  ~CallersTask() override {
    if (!ran_) task_->Fail(Failure(Stage::kClosed, ECANCELED, "The process is ending"));
    Monitor::Lock lock(call_->monitor);
    call_->over = true;
    lock.NotifyAll();
  }
  void Execute() override {
    ran_ = true;
    task_->Run();
  }
  void Halt() override { task_->Halt(); }
  void Deliver(std::unique_ptr<Task> self) override { self.reset(); }

 private:
  Task* task_;
  Call* call_;
  bool ran_ = false;
};

}  // namespace

Worker::Worker(const Netns& netns, std::unique_ptr<Resources> resources, std::function<void()> ended)
    : resources_(std::move(resources)),
      anywhere_(resources_->anywhere || netns.kind == Netns::kOwn),
      ended_(std::move(ended)) {
  Start(netns);
  {
    Monitor::Lock lock(starting_);
    while (!started_) lock.Wait();
  }
  if (start_failure_) {
    thread_.join();
    throw *start_failure_;
  }
  static const int registered = atexit(StopAll);
  (void)registered;
  Monitor::Lock lock(AllWorkers().monitor);
  AllWorkers().all.insert(this);
}

void Worker::StopAll() {
  std::set<Worker*> all;
  {
    Monitor::Lock lock(AllWorkers().monitor);
    all.swap(AllWorkers().all);
  }
  Interrupt::SetAll();
  for (Worker* worker : all) worker->Halt();
  for (Worker* worker : all) worker->Stop();
}

void Worker::Start(const Netns& netns) {
  // Signals are for the threads that expect them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    thread_ = std::thread([this, &netns] { Main(netns); });
  } catch (const std::system_error& error) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw Failure::System(Stage::kNamespace, error.code().value());
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Worker::Main(const Netns& netns) {
  pthread_setname_np(pthread_self(), "libiptc");
  std::unique_ptr<Failure> failure;
  try {
    netns.Enter();
    resources_->Open();
    tid_ = static_cast<pid_t>(syscall(SYS_gettid));
  } catch (const Failure& f) {
    failure.reset(new Failure(f));
  }
  const bool entered = failure == nullptr;
  {
    Monitor::Lock lock(starting_);
    start_failure_ = std::move(failure);
    started_ = true;
    lock.NotifyAll();
  }
  if (!entered) return;
  while (std::unique_ptr<Task> task = queue_.Take(kNever)) queue_.Run(std::move(task));
  ended_();
}

void Worker::RunNow(Task* task) {
  if (anywhere_ && queue_.IsIdle()) return task->Run();
  CallersTask::Call call;
  std::unique_ptr<Task> stand_in(new CallersTask(task, &call));
  if (!queue_.Post(&stand_in)) stand_in.reset();
  Monitor::Lock lock(call.monitor);
  while (!call.over) lock.Wait();
}

void Worker::Stop() {
  if (!thread_.joinable()) return;
  {
    Monitor::Lock lock(AllWorkers().monitor);
    AllWorkers().all.erase(this);
  }
  Halt();
  thread_.join();
}

}  // namespace iptc
