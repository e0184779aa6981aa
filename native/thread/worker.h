#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <thread>

#include "kernel/netns.h"
#include "thread/task_queue.h"

namespace iptc {

/// What a worker's tasks work with, such as sockets of its namespace. Goes with the worker.
class Resources {
 public:
  /// `anywhere`: whether tasks may run on other threads, in other namespaces, as well.
  explicit Resources(bool anywhere) : anywhere(anywhere) {}
  virtual ~Resources() {}
  /// On the worker's thread, in its namespace, before any task. Throws a Failure.
  virtual void Open() = 0;

  const bool anywhere;
};

/// A thread that enters a network namespace, and runs tasks there. All public functions are called on the thread that
/// made it, the one that runs JavaScript; Halt() on any.
class Worker {
 public:
  /// Starts the thread; throws a Failure if it can't enter the namespace or open the resources. `ended` is the last
  /// that the thread calls.
  Worker(const Netns& netns, std::unique_ptr<Resources> resources, std::function<void()> ended);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { Stop(); }

  /// The kernel's number of the thread.
  pid_t thread() const { return tid_; }

  /// When it is closed, the thread ends after the last task.
  TaskQueue& queue() { return queue_; }
  /// Runs the task to its end: here if it can be done here, else on the thread, after the tasks already posted.
  void RunNow(Task* task);

  /// Tells the thread to end as soon as can be: a commit under way, counters included, is finished, nothing else is.
  void Halt() { queue_.Halt(); }
  /// Halts it, and waits for the thread's end.
  void Stop();

 private:
  static void StopAll();
  void Start(const Netns& netns);
  void Main(const Netns& netns);

  const std::unique_ptr<Resources> resources_;
  const bool anywhere_;
  const std::function<void()> ended_;
  TaskQueue queue_;

  pid_t tid_ = 0;
  Monitor starting_;
  // These belong to that monitor.
  bool started_ = false;
  std::unique_ptr<Failure> start_failure_;

  std::thread thread_;
};

}  // namespace iptc
