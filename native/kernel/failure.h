#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include "kernel/bytes.h"

namespace iptc {

/// The step of a job in which it failed; named for JavaScript by StageName().
enum class Stage { kNamespace, kLock, kRead, kEdit, kCommit, kCounters, kIdle, kBusy, kClosed, kOpen, kSend, kReceive };

const char* StageName(Stage stage);

/// An operation that the kernel refuses.
struct Refusal {
  Bytes program;  // it, and before it the CHAIN that says what it is about
  Bytes table;    // what it would have made, in the format of lib/backend/snapshot.ts
};

/// How a job fails: facts only. Thrown on whatever thread the job runs, turned into a JavaScript error on the main one.
struct Failure : std::exception {
  Failure(Stage stage, int error, std::string reason, uint32_t operation = 0)
      : stage(stage), error(error), reason(std::move(reason)), operation(operation) {}
  ~Failure() noexcept override {}
  const char* what() const noexcept override { return reason.c_str(); }

  /// With the system's own sentence as the reason.
  static Failure System(Stage stage, int error);

  Stage stage;
  int error;
  std::string reason;
  uint32_t operation;
  /// The chain that isn't there, where it is that.
  std::string missing;
  /// What `operation` is, at stage kCommit: null if none of them is known to be to blame.
  std::shared_ptr<const Refusal> refusal;
};

}  // namespace iptc
