#include "thread/task.h"

#include <errno.h>

namespace iptc {

void Task::Run() {
  try {
    Execute();
  } catch (const Failure& failure) {
    Fail(failure);
  } catch (const std::bad_alloc&) {
    Fail(Failure(Stage::kRead, ENOMEM, "Out of memory"));
  }
}

Napi::Value Task::Return(Napi::Env env) {
  if (failure_) throw ErrorOf(env, *failure_);
  return Result(env);
}

void Task::Settle(Napi::Env env) {
  if (!deferred_) return;
  if (failure_) {
    deferred_->Reject(ErrorOf(env, *failure_).Value());
  } else {
    deferred_->Resolve(Result(env));
  }
}

Napi::Promise Task::MakePromise(Napi::Env env) {
  deferred_.reset(new Napi::Promise::Deferred(env));
  return deferred_->Promise();
}

Napi::Error ErrorOf(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.reason);
  Napi::Object object = error.Value();
  object.Set("stage", StageName(failure.stage));
  object.Set("errno", Napi::Number::New(env, failure.error));
  object.Set("reason", failure.reason);
  object.Set("operation", Napi::Number::New(env, failure.operation));
  // Bytes, of which each is a character.
  if (!failure.missing.empty()) {
    napi_value missing;
    napi_create_string_latin1(env, failure.missing.data(), failure.missing.size(), &missing);
    object.Set("missing", missing);
  }
  return error;
}

}  // namespace iptc
