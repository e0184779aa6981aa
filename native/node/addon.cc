#include <napi.h>

#include "node/netlink.h"
#include "node/session.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Session", iptc::Session::Define(env));
  exports.Set("Netlink", iptc::Netlink::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(libiptc, Init)
