#include "thread/netlink_thread.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <future>

#include "thread/start.h"

namespace iptc {

namespace {

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

}  // namespace

NetlinkThread::NetlinkThread(const NetlinkOptions& options, std::function<void()> completed)
    : notify_(std::move(completed)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw Failure::System(Stage::kOpen, errno);
  const std::shared_ptr<std::promise<void>> opened(new std::promise<void>);  // both threads use it to its end
  thread_ = StartThread([this, &options, opened] {
    try {
      options.netns.Enter();
      socket_.reset(new NetlinkSocket(options.protocol, options.groups, options.receive_buffer));
      id_ = static_cast<pid_t>(syscall(SYS_gettid));
    } catch (...) {
      return opened->set_exception(std::current_exception());
    }
    opened->set_value();
    RunJobs();
  });
  try {
    opened->get_future().get();
  } catch (...) {
    thread_.join();
    throw;
  }
}

void NetlinkThread::RunJobs() {
  for (;;) {
    Job job;
    bool receiving;
    {
      Monitor::Lock lock(monitor_);
      if (stopping_) return;
      receiving = !receives_.empty();
      if (!jobs_.empty()) {
        job = std::move(jobs_.front());
        jobs_.pop_front();
        busy_ = true;
      }
    }
    if (job.task == nullptr) {
      Wait(receiving);
    } else if (!RunJob(std::move(job))) {
      return;
    }
  }
}

bool NetlinkThread::RunJob(Job job) {
  job.task->Run();
  {
    Monitor::Lock lock(monitor_);
    busy_ = false;  // said before anyone can know that the task is done
  }
  if (job.last) EndReceives();
  if (job.waited_for) {
    job.task.reset();
  } else {
    Complete(std::move(job.task));
  }
  return !job.last;
}

void NetlinkThread::Wait(bool receiving) {
  pollfd sources[] = {{wake_.get(), POLLIN, 0}, {socket_->fd(), POLLIN, 0}};
  if (poll(sources, receiving ? 2 : 1, -1) <= 0) return;
  uint64_t count;
  if (sources[0].revents != 0 && read(wake_.get(), &count, sizeof count) < 0) return;
  if (sources[1].revents != 0) Receive();
}

void NetlinkThread::Receive() {
  std::unique_ptr<ReceiveTask> task;
  {
    Monitor::Lock lock(monitor_);
    task = std::move(receives_.front());
    receives_.pop_front();
  }
  task->Run();
  if (!task->IsEmpty()) return Complete(std::move(task));
  Monitor::Lock lock(monitor_);
  receives_.push_front(std::move(task));
}

void NetlinkThread::EndReceives() {
  std::deque<std::unique_ptr<ReceiveTask>> receives;
  {
    Monitor::Lock lock(monitor_);
    receives.swap(receives_);
  }
  for (std::unique_ptr<ReceiveTask>& task : receives) {
    task->Fail(Failure(Stage::kClosed, ECANCELED, "The socket was closed"));
    Complete(std::move(task));
  }
}

void NetlinkThread::Enqueue(Job job) {
  {
    Monitor::Lock lock(monitor_);
    jobs_.push_back(std::move(job));
  }
  Wake();
}

void NetlinkThread::Wake() {
  const uint64_t one = 1;
  if (write(wake_.get(), &one, sizeof one) < 0) return;  // only if it is awake already
}

void NetlinkThread::Post(std::unique_ptr<Task> task) {
  Enqueue(Job{std::move(task), false, false});
}

void NetlinkThread::PostLast(std::unique_ptr<Task> task) {
  Enqueue(Job{std::move(task), true, false});
}

void NetlinkThread::PostReceive(std::unique_ptr<ReceiveTask> task) {
  {
    Monitor::Lock lock(monitor_);
    receives_.push_back(std::move(task));
  }
  Wake();
}

bool NetlinkThread::IsIdle() {
  Monitor::Lock lock(monitor_);
  return jobs_.empty() && !busy_;
}

void NetlinkThread::RunNow(Task& task) {
  if (IsIdle()) return task.Run();
  std::atomic<bool> done(false);
  Enqueue(Job{std::unique_ptr<Task>(new CallersTask(task, monitor_, done)), false, true});
  Monitor::Lock lock(monitor_);
  while (!done) lock.Wait();
}

void NetlinkThread::Stop() {
  if (!thread_.joinable()) return;
  {
    Monitor::Lock lock(monitor_);
    stopping_ = true;
  }
  socket_->Stop();
  Wake();
  thread_.join();
}

std::vector<std::unique_ptr<Task>> NetlinkThread::TakeCompleted() {
  Monitor::Lock lock(monitor_);
  std::vector<std::unique_ptr<Task>> taken;
  taken.swap(completed_);
  return taken;
}

void NetlinkThread::Complete(std::unique_ptr<Task> task) {
  bool first;
  {
    Monitor::Lock lock(monitor_);
    first = completed_.empty();
    completed_.push_back(std::move(task));
  }
  if (first) notify_();
}

}  // namespace iptc
