#include "node/arguments.h"

#include <climits>
#include <cmath>
#include <limits>

namespace iptc {

namespace {

Napi::Error Expected(const Napi::Value& value, const std::string& what) {
  return Napi::TypeError::New(value.Env(), "Expected " + what);
}

bool FlagOf(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  return !value.IsUndefined() && BooleanOf(value);
}

std::string PathOf(const Napi::Value& value) {
  const std::string path = StringOf(value);
  if (path.empty() || path.find('\0') != std::string::npos) throw Expected(value, "a path");
  return path;
}

}  // namespace

double NumberOf(const Napi::Value& value) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  if (std::isnan(number)) throw Expected(value, "a number");
  return number;
}

uint32_t IntegerOf(const Napi::Value& value, uint32_t most) {
  const double number = NumberOf(value);
  if (!(number >= 0 && number <= most && number == std::floor(number))) {
    throw Expected(value, "a whole number to " + std::to_string(most));
  }
  return static_cast<uint32_t>(number);
}

bool BooleanOf(const Napi::Value& value) {
  if (!value.IsBoolean()) throw Expected(value, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

std::string StringOf(const Napi::Value& value) {
  if (!value.IsString()) throw Expected(value, "a string");
  return value.As<Napi::String>().Utf8Value();
}

Napi::Object ObjectOf(const Napi::Value& value) {
  if (!value.IsObject()) throw Expected(value, "an object");
  return value.As<Napi::Object>();
}

Netns NetnsOf(const Napi::Value& value) {
  if (value.IsUndefined()) return Netns::Own();
  if (value.IsNumber()) {
    const double descriptor = NumberOf(value);
    return Netns::OfDescriptor(descriptor < 0 ? -1 : static_cast<int>(IntegerOf(value, INT_MAX)));
  }
  const std::string path = PathOf(value);
  return path == "new" ? Netns::New() : Netns::AtPath(path);
}

Bytes BytesOf(const Napi::Value& value) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Expected(value, "a Uint8Array");
  }
  const Napi::Uint8Array array = value.As<Napi::Uint8Array>();
  // Other threads may write to shared memory while it is copied.
  if (!array.ArrayBuffer().IsArrayBuffer()) throw Expected(value, "a Uint8Array that isn't shared");
  return Bytes(array.Data(), array.ByteLength());
}

JobOptions JobOptionsOf(const Napi::Value& value, bool stream) {
  const Napi::Object object = ObjectOf(value);
  JobOptions options;
  const Napi::Value id = object.Get("id");
  options.id = id.IsUndefined() ? std::numeric_limits<double>::quiet_NaN() : NumberOf(id);
  options.edit.patience.wait = NumberOf(object.Get("wait"));
  options.edit.patience.interval = NumberOf(object.Get("interval"));
  options.edit.keep_policy_counters = FlagOf(object, "keepPolicyCounters");
  options.edit.chains_capture = FlagOf(object, "chainsCapture");
  options.edit.trial = FlagOf(object, "trial");
  options.idle = stream ? NumberOf(object.Get("idle")) : 0;
  return options;
}

SessionOptions SessionOptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectOf(value);
  SessionOptions options;
  options.family = static_cast<int>(IntegerOf(object.Get("family"), 6));
  if (options.family != 4 && options.family != 6) throw Expected(value, "family 4 or 6");
  const Napi::Value file = object.Get("lockFile");
  if (!file.IsUndefined()) options.lock.file = PathOf(file);
  options.lock.socket = FlagOf(object, "lockSocket");
  options.netns = NetnsOf(object.Get("namespace"));
  return options;
}

}  // namespace iptc
