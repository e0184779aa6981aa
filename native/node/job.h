#pragma once

#include <napi.h>

#include <memory>

#include "thread/task.h"

namespace iptc {

class Runner;

/// A task that begins and ends in JavaScript: it copies in what it needs, runs without JavaScript, and copies out.
/// Made, settled and destroyed on the thread of its environment.
class Job : public Task {
 public:
  /// What the promise resolves to, or the call returns.
  virtual Napi::Value Result(Napi::Env env) { return env.Undefined(); }

  /// The result, or the exception.
  Napi::Value Return(Napi::Env env);

  Napi::Promise Promise(Napi::Env env);
  /// The promise, if there is one.
  void Settle(Napi::Env env);
  void Deliver(std::unique_ptr<Task> self) override;

  /// Where it comes back to.
  Runner* runner = nullptr;

 private:
  std::unique_ptr<Napi::Promise::Deferred> deferred_;
};

}  // namespace iptc
