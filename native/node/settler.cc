#include "node/settler.h"

namespace iptc {

Settler::Settler(Napi::Env env, Napi::Reference<Napi::Object>& owner, std::function<void(Napi::Env)> settle)
    : env_(env), owner_(owner), settle_(std::move(settle)) {
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "libiptc"),
                                                             0, 1, nullptr, nullptr, this, OnNotice, &notice_);
  if (status != napi_ok) throw Napi::Error::New(env, "Can't make a thread-safe function");
  napi_unref_threadsafe_function(env, notice_);
}

void Settler::Close() {
  if (notice_ != nullptr) napi_release_threadsafe_function(notice_, napi_tsfn_abort);
  notice_ = nullptr;
}

std::function<void()> Settler::notice() const {
  const napi_threadsafe_function notice = notice_;
  return [notice] { napi_call_threadsafe_function(notice, nullptr, napi_tsfn_nonblocking); };
}

void Settler::Expect() {
  if (expected_++ > 0) return;
  owner_.Ref();
  napi_ref_threadsafe_function(env_, notice_);
}

void Settler::Settle(std::unique_ptr<Task> task) {
  const Napi::HandleScope scope(env_);
  task->Settle(env_);
  task.reset();
  if (--expected_ > 0) return;
  napi_unref_threadsafe_function(env_, notice_);
  owner_.Unref();
}

void Settler::OnNotice(napi_env env, napi_value, void* settler, void*) {
  // Without an environment the function is being torn down, and its settler with it.
  if (env == nullptr) return;
  try {
    static_cast<Settler*>(settler)->settle_(env);
  } catch (const Napi::Error&) {
    // Only when JavaScript is being stopped: nobody is there to be told.
  }
}

}  // namespace iptc
