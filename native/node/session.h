#pragma once

#include <napi.h>

#include <memory>

#include "kernel/file_uses.h"
#include "node/runner.h"
#include "xtables/context.h"

namespace iptc {

/// The JavaScript class `Session` of lib/backend/addon.ts: arguments in, promises out.
class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Session(const Napi::CallbackInfo& info);

 private:
  typedef const Napi::CallbackInfo& Info;

  Napi::Value Thread(Info info);
  Napi::Value Snapshot(Info info);
  Napi::Value SnapshotSync(Info info);
  Napi::Value Apply(Info info);
  Napi::Value ApplySync(Info info);
  Napi::Value Begin(Info info);
  Napi::Value Cancel(Info info);
  Napi::Value Outline(Info info);
  Napi::Value Digest(Info info);
  Napi::Value LockUsed(Info info);
  Napi::Value Revision(Info info);
  Napi::Value SetByName(Info info);
  Napi::Value SetByIndex(Info info);
  Napi::Value Close(Info info);

  Napi::Value RunNow(Napi::Env env, Job* job, bool takes_lock);
  /// A call that waits for a stream of this thread would wait for ever: only this thread can feed it.
  void RequireNoStream(Napi::Env env, bool takes_lock);

  std::unique_ptr<Runner> runner_;
  Context* context_ = nullptr;  // the runner's, while it is open
  std::unique_ptr<FileUses> lock_uses_;
};

}  // namespace iptc
