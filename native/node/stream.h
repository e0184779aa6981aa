#pragma once

#include <deque>
#include <memory>
#include <string>

#include "node/tasks.h"

namespace iptc {

/// A table kept locked while its program comes in pieces. Its tasks run on the session's thread; once it is closed they
/// have nothing to do, and may end anywhere.
class Stream {
 public:
  explicit Stream(double idle) : idle(idle) {}

  /// Lets go of the table and the lock; what comes later fails with this.
  void Break(const Failure& failure) {
    failure_.reset(new Failure(failure));
    edit_.reset();
  }
  void Open(std::unique_ptr<TableEdit> edit) { edit_ = std::move(edit); }
  /// The table, or null when it was let go.
  TableEdit* edit() const { return edit_.get(); }
  /// Throws why there is no table, if so.
  TableEdit& Require() const;
  Timing Commit();
  void Abort() { edit_.reset(); }

  /// Milliseconds without a piece after which it is broken.
  const double idle;
  /// These two belong to the worker's monitor.
  std::deque<std::unique_ptr<Task>> tasks;
  bool closed = false;

 private:
  std::unique_ptr<TableEdit> edit_;
  std::unique_ptr<Failure> failure_;
};

class BeginTask : public Task {
 public:
  BeginTask(std::shared_ptr<Stream> stream, const Context& context, const std::string& table,
            const EditOptions& options)
      : stream_(std::move(stream)), context_(context), table_(table), options_(options) {}
  void Execute() override;

 private:
  const std::shared_ptr<Stream> stream_;
  const Context& context_;
  const std::string table_;
  const EditOptions options_;
};

class StreamSnapshotTask : public Task {
 public:
  explicit StreamSnapshotTask(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  void Execute() override { bytes_ = stream_->Require().Snapshot(); }
  Napi::Value Result(Napi::Env env) override;

 private:
  const std::shared_ptr<Stream> stream_;
  Bytes bytes_;
};

/// Never fails: EndTask tells.
class WriteTask : public Task {
 public:
  WriteTask(std::shared_ptr<Stream> stream, Bytes program) : stream_(std::move(stream)), program_(std::move(program)) {}
  void Execute() override;

 private:
  const std::shared_ptr<Stream> stream_;
  Bytes program_;
};

class EndTask : public Task {
 public:
  explicit EndTask(std::shared_ptr<Stream> stream) : stream_(std::move(stream)), timing_() {}
  void Execute() override { timing_ = stream_->Commit(); }
  Napi::Value Result(Napi::Env env) override;

 private:
  const std::shared_ptr<Stream> stream_;
  Timing timing_;
};

class AbortTask : public Task {
 public:
  explicit AbortTask(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}
  void Execute() override { stream_->Abort(); }

 private:
  const std::shared_ptr<Stream> stream_;
};

}  // namespace iptc
