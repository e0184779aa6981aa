#pragma once

#include <memory>
#include <string>

#include "node/job.h"
#include "thread/task_queue.h"
#include "xtables/context.h"
#include "xtables/table_edit.h"

namespace iptc {

/// A table kept locked while its program comes in pieces: what a Stream and the thread that serves it have in common.
class Channel {
 public:
  Channel(const Runner* runner, const std::string& lock_file, double idle)
      : runner(runner), lock_file(lock_file), idle_(idle) {}

  /// Runs the queue's tasks, until the table is let go: by one of them, at the first failure, after `idle` milliseconds
  /// without a task, or when the queue is closed or halted.
  void Serve(std::unique_ptr<TableEdit> edit);
  /// There is no table, and this is why.
  void Refuse(const Failure& failure);

  // For the tasks.

  /// Throws why there is no table, if so.
  TableEdit& Require() const;
  /// Nothing without a table. A failure lets go of it, and is what later tasks find.
  void Write(Bytes program);
  Outcome Commit();
  void Abort() {
    if (edit_) edit_.reset();
  }

  TaskQueue queue;
  const Runner* const runner;
  const std::string lock_file;

 private:
  void Break(const Failure& failure);

  const double idle_;
  // The serving thread's. When the queue has been drained, nothing changes them any more: what comes later runs on the
  // thread that posts it, while the last tasks run on this one.
  std::unique_ptr<TableEdit> edit_;
  std::unique_ptr<Failure> failure_;
};

/// The worker's part of a stream: locks and reads the table, and serves the channel.
class ServeJob : public Job {
 public:
  ServeJob(std::shared_ptr<Channel> channel, const Context& context, const std::string& table,
           const EditOptions& options)
      : channel_(std::move(channel)), context_(context), table_(table), options_(options) {}
  void Execute() override;
  void Halt() override;
  void Deliver(std::unique_ptr<Task> self) override;

 private:
  const std::shared_ptr<Channel> channel_;
  const Context& context_;
  const std::string table_;
  const EditOptions options_;
};

}  // namespace iptc
