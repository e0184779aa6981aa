#pragma once

#include <napi.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "thread/worker.h"

namespace iptc {

/// The JavaScript class `Session` of lib/backend/addon.ts: arguments in, promises out.
class Session : public Napi::ObjectWrap<Session> {
 public:
  static Napi::Function Define(Napi::Env env);

  explicit Session(const Napi::CallbackInfo& info);
  ~Session() override;

 private:
  typedef const Napi::CallbackInfo& Info;

  Napi::Value Thread(Info info);
  Napi::Value Snapshot(Info info);
  Napi::Value SnapshotSync(Info info);
  Napi::Value Apply(Info info);
  Napi::Value ApplySync(Info info);
  Napi::Value Begin(Info info);
  Napi::Value StreamSnapshot(Info info);
  Napi::Value Write(Info info);
  Napi::Value End(Info info);
  Napi::Value Abort(Info info);
  Napi::Value Cancel(Info info);
  Napi::Value Revision(Info info);
  Napi::Value RevisionSync(Info info);
  Napi::Value SetByName(Info info);
  Napi::Value SetByIndex(Info info);
  Napi::Value Close(Info info);

  const Context& context() const { return worker_->context(); }
  Napi::Value PostAs(Info info, std::unique_ptr<Task> task);
  Napi::Value PostToStream(Info info, std::shared_ptr<Stream> stream, std::unique_ptr<Task> task);
  Napi::Value RunNow(Napi::Env env, Task& task, bool takes_lock);
  /// The stream of that id, or a closed one.
  std::shared_ptr<Stream> StreamOf(Info info);
  Napi::Value Closed(Napi::Env env);
  void RequireOpen(Napi::Env env);
  /// A call that waits for a stream of this thread would wait for ever: only this thread can feed it.
  void RequireNoStream(Napi::Env env, bool takes_lock);
  bool HasOpenStream();

  // While a task is unsettled, the session stays and the process doesn't end by itself.
  void Pend(Napi::Env env);
  void Unpend(Napi::Env env);
  static void OnCompleted(napi_env env, napi_value, void* session, void*);
  void SettleCompleted(Napi::Env env);

  static void OnCleanup(void* session);
  /// Joins the thread; the object is of no use any more.
  void Retire();

  napi_env env_;
  napi_threadsafe_function completed_ = nullptr;
  std::unique_ptr<Worker> worker_;
  std::map<double, std::shared_ptr<Stream>> streams_;
  size_t pending_ = 0;
  bool closing_ = false;
  const Task* last_ = nullptr;  // close()'s
  bool retired_ = false;
};

}  // namespace iptc
