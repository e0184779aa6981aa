#pragma once

#include <napi.h>

#include "kernel/bytes.h"
#include "xtables/table_edit.h"

namespace iptc {

Napi::Value ToJavaScript(Napi::Env env, Bytes bytes);
Napi::Value ToJavaScript(Napi::Env env, const Timing& timing);

}  // namespace iptc
