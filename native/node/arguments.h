#pragma once

#include <napi.h>

#include <string>

#include "kernel/bytes.h"
#include "kernel/netns.h"
#include "xtables/table_edit.h"

namespace iptc {

/// JavaScript values as C++ ones: all of them are copied, so that nothing that JavaScript does later matters. All throw
/// a TypeError at anything else.
double NumberOf(const Napi::Value& value);
/// A whole number from 0 to `most`.
uint32_t IntegerOf(const Napi::Value& value, uint32_t most);
bool BooleanOf(const Napi::Value& value);
std::string StringOf(const Napi::Value& value);
Napi::Object ObjectOf(const Napi::Value& value);
/// Throws a Failure if there is no such namespace.
Netns NetnsOf(const Napi::Value& value);
Bytes BytesOf(const Napi::Value& value);

struct JobOptions {
  double id;
  EditOptions edit;
  double idle;  // a stream's
};
JobOptions JobOptionsOf(const Napi::Value& value, bool stream);

struct SessionOptions {
  int family;
  Netns netns;
  LockPlace lock;
};
/// Throws a Failure if there is no such namespace.
SessionOptions SessionOptionsOf(const Napi::Value& value);

}  // namespace iptc
