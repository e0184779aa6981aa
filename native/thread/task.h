#pragma once

#include <atomic>
#include <limits>
#include <memory>

#include "kernel/failure.h"
#include "thread/interrupt.h"

namespace iptc {

/// A piece of work for another thread: built by whoever wants it, run there, and delivered back.
class Task {
 public:
  Task() : halted_(false) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() {}

  /// The work. Throws a Failure if it fails.
  virtual void Execute() = 0;
  /// Takes itself, done or failed, to whoever waits for it; on any thread.
  virtual void Deliver(std::unique_ptr<Task> self) = 0;
  /// Called by another thread while it runs: it ends as soon as it can without leaving anything half done.
  virtual void Halt() {
    halted_ = true;
    interrupt_.Set();
  }

  // For a task that waits while its thread has nothing else to do (TaskQueue::PostIdle): its Execute() may end without
  // having done anything, and is called again.

  virtual bool IsDone() const { return true; }
  /// Called by another thread while it runs: others are to run now.
  virtual void Nudge() {}

  /// Execute(), with what it threw kept.
  void Run();
  /// Ends it without running it.
  void Fail(const Failure& failure) { failure_.reset(new Failure(failure)); }
  const Failure* failure() const { return failure_.get(); }

  Interrupt* interrupt() { return &interrupt_; }
  /// The caller's name for it, if he gave one.
  double id = std::numeric_limits<double>::quiet_NaN();

 protected:
  bool halted() const { return halted_; }

  Interrupt interrupt_;

 private:
  std::atomic<bool> halted_;
  std::unique_ptr<Failure> failure_;
};

/// A task that has ended, back to where it came from.
inline void Deliver(std::unique_ptr<Task> task) {
  Task* self = task.get();
  self->Deliver(std::move(task));
}

}  // namespace iptc
