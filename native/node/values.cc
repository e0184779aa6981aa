#include "node/values.h"

#include <cstring>

namespace iptc {

namespace {

/// A finalizer costs more than copying so many bytes.
const size_t kWorthSharing = 64 << 10;

void FreeBytes(napi_env, void* data, void*) {
  free(data);
}

Napi::ArrayBuffer Copied(Napi::Env env, const Bytes& bytes) {
  Napi::ArrayBuffer copy = Napi::ArrayBuffer::New(env, bytes.size());
  if (bytes.size() > 0) memcpy(copy.Data(), bytes.data(), bytes.size());
  return copy;
}

}  // namespace

Napi::Value ToJavaScript(Napi::Env env, Bytes bytes) {
  if (bytes.size() >= kWorthSharing) {
    napi_value shared;
    if (napi_create_external_arraybuffer(env, bytes.data(), bytes.size(), FreeBytes, nullptr, &shared) == napi_ok) {
      bytes.Release();
      return Napi::Value(env, shared);
    }
    // An embedder may forbid memory of ours in its heap.
  }
  return Copied(env, bytes);
}

Napi::Value ToJavaScript(Napi::Env env, Outcome outcome) {
  const Timing& timing = outcome.timing;
  Napi::Object object = Napi::Object::New(env);
  object.Set("lockWait", timing.lock_wait);
  object.Set("read", timing.read);
  object.Set("edit", timing.edit);
  object.Set("commit", timing.commit);
  if (outcome.told.size() > 0) object.Set("told", ToJavaScript(env, std::move(outcome.told)));
  return object;
}

Napi::Value ToJavaScript(Napi::Env env, NetlinkAnswer answer) {
  answer.messages.Trim();
  Napi::Object object = Napi::Object::New(env);
  object.Set("messages", ToJavaScript(env, std::move(answer.messages)));
  object.Set("interrupted", answer.interrupted);
  object.Set("lost", answer.lost);
  return object;
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
  if (failure.refusal) {
    object.Set("program", Copied(env, failure.refusal->program));
    object.Set("table", Copied(env, failure.refusal->table));
  }
  return error;
}

}  // namespace iptc
