#pragma once

#include <napi.h>

#include "kernel/bytes.h"
#include "kernel/netlink_socket.h"
#include "xtables/table_edit.h"

namespace iptc {

Napi::Value ToJavaScript(Napi::Env env, Bytes bytes);
Napi::Value ToJavaScript(Napi::Env env, const Timing& timing);
Napi::Value ToJavaScript(Napi::Env env, NetlinkAnswer answer);

}  // namespace iptc
