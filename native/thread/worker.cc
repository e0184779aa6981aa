#include "thread/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <system_error>

#include "thread/spin.h"

namespace iptc {

namespace {

/// How long a thread looks out for the other before it sleeps.
const Nanoseconds kMoment = 100000;

/// Stands in the queue for a task of a caller who waits for it: destroying this wakes him.
class CallersTask : public Task {
 public:
  CallersTask(Task& task, Monitor& monitor, std::atomic<bool>& done) : task_(task), monitor_(monitor), done_(done) {}
  ~CallersTask() override {
    Monitor::Lock lock(monitor_);
    done_ = true;
    lock.NotifyAll();
  }
  void Execute() override { task_.Run(); }

 private:
  Task& task_;
  Monitor& monitor_;
  std::atomic<bool>& done_;
};

/// All of the process. Only exit() needs them: process.exit() runs no cleanup hooks of the main thread's environment.
struct Workers {
  Monitor monitor;
  std::set<Worker*> all;
};

Workers& AllWorkers() {
  static Workers* workers = new Workers;  // never destroyed: exit() itself uses it
  return *workers;
}

}  // namespace

Worker::Worker(const Netns& netns, int family, const LockPlace& lock, std::function<void()> completed)
    : own_namespace_(netns.kind == Netns::kOwn), notify_(std::move(completed)), context_(family, lock), posted_(false) {
  Start(netns);
  bool entered;
  {
    Monitor::Lock guard(monitor_);
    while (!started_) guard.Wait();
    entered = start_failure_ == nullptr;
  }
  if (!entered) {
    thread_.join();
    throw *start_failure_;
  }
  static const int registered = atexit(StopAll);
  (void)registered;
  Monitor::Lock guard(AllWorkers().monitor);
  AllWorkers().all.insert(this);
}

void Worker::StopAll() {
  std::set<Worker*> all;
  {
    Monitor::Lock guard(AllWorkers().monitor);
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
    context_.queries = KernelQueries(context_.family);
    tid_ = static_cast<pid_t>(syscall(SYS_gettid));
  } catch (const Failure& f) {
    failure.reset(new Failure(f));
  }
  const bool entered = failure == nullptr;
  {
    Monitor::Lock lock(monitor_);
    start_failure_ = std::move(failure);
    started_ = true;
    lock.NotifyAll();
  }
  if (entered) RunJobs();
}

void Worker::RunJobs() {
  for (;;) {
    RunQueries();
    const Nanoseconds start = Now();
    SpinForPost();
    Job job;
    {
      Monitor::Lock lock(monitor_);
      while (jobs_.empty() && queries_.empty() && !context_.stopping) lock.Wait();
      if (context_.stopping) return;
      if (jobs_.empty()) continue;
      job = std::move(jobs_.front());
      jobs_.pop_front();
      running_ = job.task.get();
      busy_ = true;
      posted_ = !jobs_.empty();
    }
    posts_come_fast_ = Now() - start < kMoment;
    const bool last = job.last;
    RunJob(std::move(job));
    if (last) return RunQueries();
  }
}

void Worker::RunJob(Job job) {
  job.task->Run();
  const bool begun = job.stream != nullptr && job.task->failure() == nullptr;
  {
    Monitor::Lock lock(monitor_);
    running_ = nullptr;
    busy_ = begun;  // said before anyone can know that the task is done
  }
  if (job.waited_for) {
    job.task.reset();
  } else {
    Complete(std::move(job.task));
  }
  if (begun) {
    ServeStream(*job.stream);
    Monitor::Lock lock(monitor_);
    busy_ = false;
  }
  if (job.stream) CloseStream(*job.stream, std::move(job.stream_closed));
}

void Worker::RunQueries() {
  for (;;) {
    std::unique_ptr<Task> query;
    {
      Monitor::Lock lock(monitor_);
      if (queries_.empty() || context_.stopping) return;
      query = std::move(queries_.front());
      queries_.pop_front();
      posted_ = true;  // as far as this function knows
    }
    query->Run();
    Complete(std::move(query));
  }
}

void Worker::ServeStream(Stream& stream) {
  while (stream.edit() != nullptr) {
    RunQueries();
    const Nanoseconds start = Now();
    SpinForPost();
    std::unique_ptr<Task> task;
    {
      const Nanoseconds deadline = After(stream.idle);
      Monitor::Lock lock(monitor_);
      while (stream.tasks.empty() && queries_.empty() && !context_.stopping && Now() < deadline) {
        lock.WaitUntil(deadline);
      }
      if (!stream.tasks.empty() && !context_.stopping) {
        task = std::move(stream.tasks.front());
        stream.tasks.pop_front();
        posted_ = !stream.tasks.empty();
      } else if (!queries_.empty() && !context_.stopping) {
        continue;
      }
    }
    if (!task) return stream.Break(Failure(Stage::kIdle, ETIMEDOUT, "No piece of the program came for too long"));
    posts_come_fast_ = Now() - start < kMoment;
    task->Run();
    Complete(std::move(task));
  }
}

void Worker::CloseStream(Stream& stream, std::unique_ptr<Task> closed) {
  Tasks left;
  {
    Monitor::Lock lock(monitor_);
    stream.closed = true;
    left.swap(stream.tasks);
  }
  for (std::unique_ptr<Task>& task : left) {
    task->Run();
    Complete(std::move(task));
  }
  Complete(std::move(closed));
}

void Worker::SpinForPost() {
  if (!posts_come_fast_) return;
  SpinUntil([this] { return posted_.load(std::memory_order_relaxed); }, kMoment);
}

void Worker::Announce(Monitor::Lock& lock) {
  posted_ = true;
  lock.NotifyAll();
}

void Worker::Enqueue(Job job) {
  Monitor::Lock lock(monitor_);
  jobs_.push_back(std::move(job));
  Announce(lock);
}

void Worker::Post(std::unique_ptr<Task> task) {
  Enqueue(Job{std::move(task), nullptr, nullptr, false, false});
}

void Worker::PostLast(std::unique_ptr<Task> task) {
  Enqueue(Job{std::move(task), nullptr, nullptr, true, false});
}

void Worker::PostStream(std::unique_ptr<Task> begin, std::shared_ptr<Stream> stream, std::unique_ptr<Task> closed) {
  Enqueue(Job{std::move(begin), std::move(stream), std::move(closed), false, false});
}

void Worker::PostQuery(std::unique_ptr<Task> task) {
  Monitor::Lock lock(monitor_);
  queries_.push_back(std::move(task));
  Announce(lock);
}

void Worker::PostToStream(Stream& stream, std::unique_ptr<Task> task) {
  {
    Monitor::Lock lock(monitor_);
    if (!stream.closed) {
      stream.tasks.push_back(std::move(task));
      Announce(lock);
      return;
    }
  }
  task->Run();
  Complete(std::move(task));
}

bool Worker::IsOpen(const Stream& stream) {
  Monitor::Lock lock(monitor_);
  return !stream.closed;
}

bool Worker::IsIdle() {
  Monitor::Lock lock(monitor_);
  return jobs_.empty() && !busy_;
}

void Worker::RunNow(Task& task) {
  if (own_namespace_ && IsIdle()) return task.Run();
  std::atomic<bool> done(false);
  Enqueue(Job{std::unique_ptr<Task>(new CallersTask(task, monitor_, done)), nullptr, nullptr, false, true});
  Monitor::Lock lock(monitor_);
  while (!done) lock.Wait();
}

void Worker::Cancel(double id) {
  std::unique_ptr<Task> waiting;
  std::shared_ptr<Stream> stream;
  std::unique_ptr<Task> stream_closed;
  {
    Monitor::Lock lock(monitor_);
    if (running_ != nullptr && running_->id == id) return running_->interrupt()->Set();
    const auto found = std::find_if(jobs_.begin(), jobs_.end(), [id](const Job& job) { return job.task->id == id; });
    if (found == jobs_.end() || found->last) return;
    waiting = std::move(found->task);
    stream = std::move(found->stream);
    stream_closed = std::move(found->stream_closed);
    jobs_.erase(found);
  }
  waiting->Fail(Failure(Stage::kLock, ECANCELED, "Gave up before the lock was asked for"));
  Complete(std::move(waiting));
  if (stream) CloseStream(*stream, std::move(stream_closed));
}

void Worker::Halt() {
  Monitor::Lock lock(monitor_);
  context_.stopping = true;
  if (running_ != nullptr) running_->interrupt()->Set();
  lock.NotifyAll();
}

void Worker::Stop() {
  if (!thread_.joinable()) return;
  {
    Monitor::Lock guard(AllWorkers().monitor);
    AllWorkers().all.erase(this);
  }
  Halt();
  thread_.join();
}

std::vector<std::unique_ptr<Task>> Worker::TakeCompleted() {
  Monitor::Lock lock(monitor_);
  std::vector<std::unique_ptr<Task>> taken;
  taken.swap(completed_);
  return taken;
}

void Worker::Complete(std::unique_ptr<Task> task) {
  bool first;
  {
    Monitor::Lock lock(monitor_);
    first = completed_.empty();
    completed_.push_back(std::move(task));
  }
  if (first) notify_();
}

}  // namespace iptc
