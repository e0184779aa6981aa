#pragma once

#include <napi.h>

#include <string>

#include "kernel/netns.h"
#include "node/tasks.h"
#include "xtables/table_edit.h"

namespace iptc {

/// JavaScript values as C++ ones. All throw a TypeError at anything else.
double NumberOf(const Napi::Value& value);
bool BooleanOf(const Napi::Value& value);
std::string StringOf(const Napi::Value& value);
Napi::Object ObjectOf(const Napi::Value& value);
/// Throws a Failure if there is no such namespace.
Netns NetnsOf(const Napi::Value& value);
/// In place: nothing is copied.
Program ProgramOf(const Napi::Value& value);
EditOptions EditOptionsOf(const Napi::Value& value);

struct SessionOptions {
  int family;
  Netns netns;
  LockPlace lock;
};
/// Throws a Failure if there is no such namespace.
SessionOptions SessionOptionsOf(const Napi::Value& value);

}  // namespace iptc
