#pragma once

#include <atomic>
#include <deque>
#include <memory>

#include "thread/clock.h"
#include "thread/monitor.h"
#include "thread/task.h"

namespace iptc {

/// Tasks on their way to the thread that runs them, in the order in which they were posted.
class TaskQueue {
 public:
  TaskQueue() : posted_(false) {}

  // For whoever has work.

  /// False, and the task is left, if no more are taken. After the `last` one none is.
  bool Post(std::unique_ptr<Task>* task, bool last = false);
  /// The same for a task that runs while there are no others, until it is done; it fails when no more others come.
  bool PostIdle(std::unique_ptr<Task>* task);
  /// No more are taken; those that are there still run.
  void Close();
  bool IsClosed();
  /// No more run; the one that runs is halted.
  void Halt();
  /// Interrupts the task of that id while it runs, or ends it so before it began.
  void Cancel(double id, const Failure& failure);
  /// Whether nothing is running or waiting to, but idle tasks.
  bool IsIdle();

  // For the thread that runs them.

  /// The next one, waited for. Null if none came until the time, or none will come any more.
  std::unique_ptr<Task> Take(Nanoseconds until);
  /// Runs a task from Take(), and delivers it if it is done: by then the queue counts as idle again.
  void Run(std::unique_ptr<Task> task);
  /// Closes it, and gives what is left.
  std::deque<std::unique_ptr<Task>> Drain();

 private:
  /// Before the monitor is taken, and slept on: if the last post came so fast that this one may, too.
  void SpinForPost();
  void Announce(Monitor::Lock& lock);

  bool posts_come_fast_ = false;  // the running thread's alone

  Monitor monitor_;
  // These belong to the monitor.
  std::deque<std::unique_ptr<Task>> tasks_;
  std::deque<std::unique_ptr<Task>> idle_tasks_;
  Task* running_ = nullptr;
  bool runs_idle_task_ = false;
  bool closed_ = false;
  bool halted_ = false;

  /// Whether there may be something to do. Written under the monitor, read without it.
  std::atomic<bool> posted_;
};

}  // namespace iptc
