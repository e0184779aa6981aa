#include "node/arguments.h"

namespace iptc {

namespace {

bool FlagOf(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return !value.IsUndefined() && BooleanOf(value);
}

}  // namespace

double NumberOf(const Napi::Value& value) {
  if (!value.IsNumber()) throw Napi::TypeError::New(value.Env(), "Expected a number");
  return value.As<Napi::Number>().DoubleValue();
}

bool BooleanOf(const Napi::Value& value) {
  if (!value.IsBoolean()) throw Napi::TypeError::New(value.Env(), "Expected a boolean");
  return value.As<Napi::Boolean>().Value();
}

std::string StringOf(const Napi::Value& value) {
  if (!value.IsString()) throw Napi::TypeError::New(value.Env(), "Expected a string");
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object ObjectOf(const Napi::Value& value) {
  if (!value.IsObject()) throw Napi::TypeError::New(value.Env(), "Expected an object");
  return value.As<Napi::Object>();
}

Netns NetnsOf(const Napi::Value& value) {
  if (value.IsUndefined()) return Netns::Own();
  if (value.IsNumber()) return Netns::OfDescriptor(static_cast<int>(NumberOf(value)));
  const std::string path = StringOf(value);
  return path == "new" ? Netns::New() : Netns::AtPath(path);
}

Program ProgramOf(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(value.Env(), "Expected a Uint8Array");
  }
  const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  return Program{array.Data(), array.ByteLength()};
}

EditOptions EditOptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectOf(value);
  EditOptions options;
  options.patience.wait = NumberOf(object.Get("wait"));
  options.patience.interval = NumberOf(object.Get("interval"));
  options.keep_policy_counters = FlagOf(object, "keepPolicyCounters");
  options.chains_capture = FlagOf(object, "chainsCapture");
  options.trial = FlagOf(object, "trial");
  return options;
}

SessionOptions SessionOptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectOf(value);
  SessionOptions options;
  options.family = static_cast<int>(NumberOf(object.Get("family")));
  if (options.family != 4 && options.family != 6) throw Napi::TypeError::New(value.Env(), "Expected family 4 or 6");
  options.netns = NetnsOf(object.Get("namespace"));
  const Napi::Value file = object.Get("lockFile");
  if (!file.IsUndefined()) options.lock.file = StringOf(file);
  options.lock.socket = FlagOf(object, "lockSocket");
  return options;
}

}  // namespace iptc
