#pragma once

#include <napi.h>

#include "kernel/bytes.h"
#include "kernel/failure.h"
#include "kernel/netlink_socket.h"
#include "xtables/table_edit.h"

namespace iptc {

/// C++ values as JavaScript ones.
Napi::Value ToJavaScript(Napi::Env env, Bytes bytes);
Napi::Value ToJavaScript(Napi::Env env, Outcome outcome);
Napi::Value ToJavaScript(Napi::Env env, NetlinkAnswer answer);
Napi::Error ErrorOf(Napi::Env env, const Failure& failure);

}  // namespace iptc
