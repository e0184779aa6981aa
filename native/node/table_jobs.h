#pragma once

#include <string>

#include "node/job.h"
#include "xtables/context.h"
#include "xtables/table_edit.h"

namespace iptc {

class SnapshotJob : public Job {
 public:
  SnapshotJob(const Context& context, const std::string& table) : context_(context), table_(table) {}
  void Execute() override;
  Napi::Value Result(Napi::Env env) override;

 private:
  const Context& context_;
  const std::string table_;
  Bytes bytes_;
};

class DigestJob : public Job {
 public:
  DigestJob(const Context& context, const std::string& table) : context_(context), table_(table) {}
  void Execute() override;
  Napi::Value Result(Napi::Env env) override;

 private:
  const Context& context_;
  const std::string table_;
  uint64_t digest_ = 0;
};

class ApplyJob : public Job {
 public:
  ApplyJob(const Context& context, const std::string& table, const EditOptions& options, Bytes program)
      : context_(context), table_(table), options_(options), program_(std::move(program)), outcome_() {}
  void Execute() override;
  Napi::Value Result(Napi::Env env) override;

 private:
  const Context& context_;
  const std::string table_;
  const EditOptions options_;
  Bytes program_;
  Outcome outcome_;
};

}  // namespace iptc
