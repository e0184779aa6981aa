#include "node/job.h"

#include "node/runner.h"
#include "node/values.h"

namespace iptc {

Napi::Value Job::Return(Napi::Env env) {
  if (failure() != nullptr) throw ErrorOf(env, *failure());
  return Result(env);
}

Napi::Promise Job::Promise(Napi::Env env) {
  deferred_.reset(new Napi::Promise::Deferred(env));
  return deferred_->Promise();
}

void Job::Settle(Napi::Env env) {
  if (!deferred_) return;
  try {
    deferred_->Resolve(Return(env));
  } catch (const Napi::Error& error) {
    deferred_->Reject(error.Value());
  }
}

void Job::Deliver(std::unique_ptr<Task> self) {
  self.release();
  runner->Done(std::unique_ptr<Job>(this));
}

}  // namespace iptc
