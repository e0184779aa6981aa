#pragma once

#include <napi.h>

#include <memory>

#include "node/settler.h"
#include "thread/netlink_thread.h"

namespace iptc {

/// The JavaScript class `Netlink` of lib/backend/addon.ts: bytes in, promises of bytes out.
class Netlink : public Napi::ObjectWrap<Netlink> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Netlink(const Napi::CallbackInfo& info);
  ~Netlink() override { Retire(); }

 private:
  typedef const Napi::CallbackInfo& Info;

  Napi::Value Thread(Info info);
  Napi::Value Port(Info info);
  Napi::Value Request(Info info);
  Napi::Value RequestSync(Info info);
  Napi::Value Transact(Info info);
  Napi::Value TransactSync(Info info);
  Napi::Value Receive(Info info);
  Napi::Value ReceiveNow(Info info);
  Napi::Value Close(Info info);

  Napi::Value Post(Napi::Env env, std::unique_ptr<Task> task);
  void RequireOpen(Napi::Env env);
  void SettleCompleted();

  static void OnCleanup(void* netlink) { static_cast<Netlink*>(netlink)->Retire(); }
  /// Joins the thread and closes the socket; the object is of no use any more.
  void Retire();

  const napi_env env_;
  Settler settler_;
  std::unique_ptr<NetlinkThread> thread_;
  bool closing_ = false;
  bool retired_ = true;         // until it is open
  const Task* last_ = nullptr;  // close()'s
};

}  // namespace iptc
