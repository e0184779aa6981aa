#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "kernel/netns.h"
#include "node/stream.h"
#include "thread/context.h"
#include "thread/monitor.h"
#include "thread/task.h"

namespace iptc {

/// A session's thread: it enters the namespace, and runs tasks in the order in which they were posted. All public
/// functions are called on the thread that made it, the one that runs JavaScript.
class Worker {
 public:
  /// Starts the thread; throws a Failure if it can't enter the namespace. `completed` is called on any thread when
  /// there is something to take after there was nothing.
  Worker(const Netns& netns, int family, const LockPlace& lock, std::function<void()> completed);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { Stop(); }

  const Context& context() const { return context_; }
  pid_t thread() const { return tid_; }

  void Post(std::unique_ptr<Task> task);
  /// A question to the kernel: needs no turn, not even behind an open stream.
  void PostQuery(std::unique_ptr<Task> task);
  /// Opens a stream; `closed` completes when it has let go of the table, whatever the reason.
  void PostStream(std::unique_ptr<Task> begin, std::shared_ptr<Stream> stream, std::unique_ptr<Task> closed);
  void PostToStream(Stream& stream, std::unique_ptr<Task> task);
  bool IsOpen(const Stream& stream);

  /// Whether nothing is running or waiting to.
  bool IsIdle();
  /// Runs the task to its end: here if it can be done here, else on the thread, after the tasks already posted.
  void RunNow(Task& task);

  /// Interrupts the task of that id, or ends it before it began. An open stream goes on.
  void Cancel(double id);
  /// The last task: the thread ends after it.
  void PostLast(std::unique_ptr<Task> task);
  /// Tells the thread to end as soon as can be: a commit under way, counters included, is finished, nothing else is.
  void Halt();
  /// Halts it, and waits for the thread's end.
  void Stop();

  std::vector<std::unique_ptr<Task>> TakeCompleted();

 private:
  struct Job {
    std::unique_ptr<Task> task;
    std::shared_ptr<Stream> stream;
    std::unique_ptr<Task> stream_closed;
    bool last;
    bool waited_for;  // by a caller on the other thread; no promise
  };
  typedef std::deque<std::unique_ptr<Task>> Tasks;

  static void StopAll();
  void Start(const Netns& netns);
  void Main(const Netns& netns);
  void RunJobs();
  void RunJob(Job job);
  void RunQueries();
  void ServeStream(Stream& stream);
  void CloseStream(Stream& stream, std::unique_ptr<Task> closed);
  void Enqueue(Job job);
  /// Before the monitor is taken, and slept on: if the last post came so fast that this one may, too.
  void SpinForPost();
  void Announce(Monitor::Lock& lock);
  void Complete(std::unique_ptr<Task> task);

  const bool own_namespace_;
  const std::function<void()> notify_;
  Context context_;
  pid_t tid_ = 0;

  bool posts_come_fast_ = false;  // the thread's alone

  Monitor monitor_;
  // These belong to the monitor.
  std::unique_ptr<Failure> start_failure_;
  bool started_ = false;
  std::deque<Job> jobs_;
  Tasks queries_;
  Task* running_ = nullptr;
  bool busy_ = false;  // with a task or a stream
  std::vector<std::unique_ptr<Task>> completed_;

  /// Whether there may be something to do. Written under the monitor, read without it.
  std::atomic<bool> posted_;

  std::thread thread_;
};

}  // namespace iptc
