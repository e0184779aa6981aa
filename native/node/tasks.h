#pragma once

#include <string>

#include "thread/context.h"
#include "thread/task.h"
#include "xtables/table_edit.h"

namespace iptc {

/// The bytes of a JavaScript buffer, which the task that uses them holds.
struct Program {
  const uint8_t* bytes;
  size_t size;
};

class SnapshotTask : public Task {
 public:
  SnapshotTask(const Context& context, const std::string& table) : context_(context), table_(table) {}
  void Execute() override;
  Napi::Value Result(Napi::Env env) override;

 private:
  const Context& context_;
  const std::string table_;
  Bytes bytes_;
};

class ApplyTask : public Task {
 public:
  ApplyTask(const Context& context, const std::string& table, const EditOptions& options, Program program)
      : context_(context), table_(table), options_(options), program_(program), timing_() {}
  void Execute() override;
  Napi::Value Result(Napi::Env env) override;

 private:
  const Context& context_;
  const std::string table_;
  const EditOptions options_;
  const Program program_;
  Timing timing_;
};

class RevisionTask : public Task {
 public:
  RevisionTask(const Context& context, bool target, const std::string& name, uint8_t revision)
      : context_(context), target_(target), name_(name), revision_(revision) {}
  void Execute() override;
  Napi::Value Result(Napi::Env env) override;

 private:
  const Context& context_;
  const bool target_;
  const std::string name_;
  const uint8_t revision_;
  int result_ = 0;
};

/// Does nothing, and so says when the tasks before it are done.
class MarkTask : public Task {
 public:
  void Execute() override {}
};

}  // namespace iptc
