#include <napi.h>

#include "node/session.h"

namespace {

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Session", iptc::Session::Define(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(libiptc, Init)
