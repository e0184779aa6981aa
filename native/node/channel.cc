#include "node/channel.h"

#include <errno.h>

namespace iptc {

void Channel::Serve(std::unique_ptr<TableEdit> edit) {
  edit_ = std::move(edit);
  while (edit_) {
    std::unique_ptr<Task> task = queue.Take(After(idle_));
    if (!task) break;
    queue.Run(std::move(task));
  }
  if (edit_) Break(Failure(Stage::kIdle, ETIMEDOUT, "No piece of the program came for too long"));
  for (std::unique_ptr<Task>& task : queue.Drain()) queue.Run(std::move(task));
}

void Channel::Refuse(const Failure& failure) {
  Break(failure);
  for (std::unique_ptr<Task>& task : queue.Drain()) queue.Run(std::move(task));
}

TableEdit& Channel::Require() const {
  if (edit_) return *edit_;
  if (failure_) throw *failure_;
  throw Failure(Stage::kClosed, EINVAL, "The program has ended");
}

void Channel::Write(Bytes program) {
  if (!edit_) return;
  try {
    edit_->Run(std::move(program));
  } catch (const Failure& failure) {
    Break(failure);
  } catch (const std::bad_alloc&) {
    Break(Failure(Stage::kEdit, ENOMEM, "Out of memory"));
  }
}

Outcome Channel::Commit() {
  Require();
  const std::unique_ptr<TableEdit> edit = std::move(edit_);  // let go of, whatever happens
  return edit->Commit();
}

void Channel::Break(const Failure& failure) {
  edit_.reset();
  failure_.reset(new Failure(failure));
}

void ServeJob::Execute() {
  std::unique_ptr<TableEdit> edit(new TableEdit(context_.lock, context_.PlaceOf(table_), options_, interrupt_));
  channel_->Serve(std::move(edit));
}

void ServeJob::Halt() {
  Task::Halt();
  channel_->queue.Halt();
}

void ServeJob::Deliver(std::unique_ptr<Task> self) {
  if (failure() != nullptr) channel_->Refuse(*failure());
  Job::Deliver(std::move(self));
}

}  // namespace iptc
