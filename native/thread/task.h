#pragma once

#include <napi.h>

#include <limits>
#include <memory>

#include "kernel/failure.h"
#include "thread/interrupt.h"

namespace iptc {

/// A piece of work that begins and ends in JavaScript and runs outside of it. Built on the main thread, executed on the
/// session's, settled and destroyed on the main one. (A task without promise or held objects, as the synchronous calls
/// use, may run and end anywhere.)
class Task {
 public:
  virtual ~Task() {}

  /// No JavaScript here. Throws a Failure if it fails.
  virtual void Execute() = 0;
  /// What the promise resolves to, or the call returns.
  virtual Napi::Value Result(Napi::Env env) { return env.Undefined(); }

  /// Execute(), with what it threw kept.
  void Run();
  /// Ends it without running it.
  void Fail(const Failure& failure) { failure_.reset(new Failure(failure)); }
  const Failure* failure() const { return failure_.get(); }

  /// Back in JavaScript: the result, or the exception.
  Napi::Value Return(Napi::Env env);
  /// Back in JavaScript: settles the promise, if there is one.
  void Settle(Napi::Env env);

  Napi::Promise MakePromise(Napi::Env env);
  /// Keeps an object, the bytes of a program, alive until the task is destroyed.
  void Hold(Napi::Object object) { held_ = Napi::Persistent(object); }

  Interrupt* interrupt() { return &interrupt_; }
  /// The caller's name for it, if he gave one.
  double id = std::numeric_limits<double>::quiet_NaN();

 protected:
  Interrupt interrupt_;

 private:
  std::unique_ptr<Failure> failure_;
  std::unique_ptr<Napi::Promise::Deferred> deferred_;
  Napi::ObjectReference held_;
};

Napi::Error ErrorOf(Napi::Env env, const Failure& failure);

}  // namespace iptc
