#pragma once

#include <napi.h>

#include <memory>

#include "kernel/netlink_socket.h"
#include "node/runner.h"

namespace iptc {

/// The JavaScript class `Netlink` of lib/backend/addon.ts: bytes in, promises of bytes out.
class Netlink : public Napi::ObjectWrap<Netlink> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Netlink(const Napi::CallbackInfo& info);

 private:
  typedef const Napi::CallbackInfo& Info;

  Napi::Value Thread(Info info);
  Napi::Value Port(Info info);
  Napi::Value Request(Info info);
  Napi::Value RequestSync(Info info);
  Napi::Value Transact(Info info);
  Napi::Value TransactSync(Info info);
  Napi::Value Keep(Info info);
  Napi::Value Kept(Info info);
  Napi::Value Receive(Info info);
  Napi::Value ReceiveNow(Info info);
  Napi::Value Close(Info info);

  class Place;
  std::unique_ptr<Runner> runner_;
  Place* place_ = nullptr;  // the runner's, while it is open
};

}  // namespace iptc
