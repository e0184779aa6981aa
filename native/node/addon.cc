#include <napi.h>

#include "node/environment.h"
#include "node/netlink.h"
#include "node/session.h"
#include "node/stream.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  iptc::Environment* environment = new iptc::Environment;
  env.SetInstanceData(environment);
  environment->stream_class = Napi::Persistent(iptc::Stream::Define(env));
  exports.Set("Session", iptc::Session::Define(env));
  exports.Set("Netlink", iptc::Netlink::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(libiptc, Init)
