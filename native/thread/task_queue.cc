#include "thread/task_queue.h"

#include <errno.h>

#include <algorithm>

#include "thread/spin.h"

namespace iptc {

namespace {

/// How long a thread looks out for the next task before it sleeps.
const Nanoseconds kMoment = 100000;

}  // namespace

bool TaskQueue::Post(std::unique_ptr<Task>* task, bool last) {
  Monitor::Lock lock(monitor_);
  if (closed_) return false;
  closed_ = last;
  tasks_.push_back(std::move(*task));
  Announce(lock);
  return true;
}

bool TaskQueue::PostIdle(std::unique_ptr<Task>* task) {
  Monitor::Lock lock(monitor_);
  if (closed_) return false;
  idle_tasks_.push_back(std::move(*task));
  lock.NotifyAll();
  return true;
}

void TaskQueue::Close() {
  Monitor::Lock lock(monitor_);
  closed_ = true;
  Announce(lock);
}

bool TaskQueue::IsClosed() {
  Monitor::Lock lock(monitor_);
  return closed_;
}

void TaskQueue::Halt() {
  Monitor::Lock lock(monitor_);
  halted_ = true;
  if (running_ != nullptr) running_->Halt();
  Announce(lock);
}

void TaskQueue::Cancel(double id, const Failure& failure) {
  std::unique_ptr<Task> waiting;
  {
    Monitor::Lock lock(monitor_);
    if (running_ != nullptr && running_->id == id) return running_->interrupt()->Set();
    const auto found =
        std::find_if(tasks_.begin(), tasks_.end(), [id](const std::unique_ptr<Task>& task) { return task->id == id; });
    if (found == tasks_.end()) return;
    waiting = std::move(*found);
    tasks_.erase(found);
  }
  waiting->Fail(failure);
  Deliver(std::move(waiting));
}

bool TaskQueue::IsIdle() {
  Monitor::Lock lock(monitor_);
  return tasks_.empty() && (running_ == nullptr || runs_idle_task_);
}

std::unique_ptr<Task> TaskQueue::Take(Nanoseconds until) {
  const Nanoseconds start = Now();
  SpinForPost();
  Monitor::Lock lock(monitor_);
  while (tasks_.empty() && idle_tasks_.empty() && !closed_ && !halted_ && Now() < until) lock.WaitUntil(until);
  runs_idle_task_ = tasks_.empty();
  std::deque<std::unique_ptr<Task>>& tasks = runs_idle_task_ ? idle_tasks_ : tasks_;
  if (tasks.empty() || halted_) return nullptr;
  std::unique_ptr<Task> task = std::move(tasks.front());
  tasks.pop_front();
  running_ = task.get();
  if (runs_idle_task_ && closed_) task->Fail(Failure(Stage::kClosed, ECANCELED, "Closed while it was waited for"));
  posted_ = !tasks_.empty();
  posts_come_fast_ = Now() - start < kMoment;
  return task;
}

void TaskQueue::Run(std::unique_ptr<Task> task) {
  if (task->failure() == nullptr) task->Run();
  {
    Monitor::Lock lock(monitor_);
    running_ = nullptr;
    if (runs_idle_task_ && task->failure() == nullptr && !task->IsDone()) {
      idle_tasks_.push_front(std::move(task));
      return;
    }
  }
  Deliver(std::move(task));
}

std::deque<std::unique_ptr<Task>> TaskQueue::Drain() {
  Monitor::Lock lock(monitor_);
  closed_ = true;
  std::deque<std::unique_ptr<Task>> left;
  left.swap(tasks_);
  return left;
}

void TaskQueue::SpinForPost() {
  if (!posts_come_fast_) return;
  SpinUntil([this] { return posted_.load(std::memory_order_relaxed); }, kMoment);
}

void TaskQueue::Announce(Monitor::Lock& lock) {
  posted_ = true;
  if (running_ != nullptr && runs_idle_task_) running_->Nudge();
  lock.NotifyAll();
}

}  // namespace iptc
