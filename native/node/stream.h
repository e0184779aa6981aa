#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "node/channel.h"
#include "node/runner.h"

namespace iptc {

/// The JavaScript class `Stream` of lib/backend/addon.ts. When it is aborted, or nobody holds it any more, the table is
/// let go.
class Stream : public Napi::ObjectWrap<Stream> {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Object New(const Napi::Object& session, Runner* runner, std::shared_ptr<Channel> channel);

  explicit Stream(const Napi::CallbackInfo& info);
  ~Stream() override;

 private:
  typedef const Napi::CallbackInfo& Info;

  Napi::Value Opened(Info info);
  Napi::Value Snapshot(Info info);
  Napi::Value Write(Info info);
  Napi::Value End(Info info);
  Napi::Value Abort(Info info);

  /// Who calls the class himself gets an object that is of no use.
  void RequireChannel(Napi::Env env) const;
  Napi::Value Post(Napi::Env env, std::unique_ptr<Job> job, bool last = false);
  static Napi::Value Resolved(Napi::Env env);

  Napi::ObjectReference session_;  // which has the runner
  Runner* runner_ = nullptr;
  std::shared_ptr<Channel> channel_;
  bool ended_ = false;  // end() or abort() has been called
};

}  // namespace iptc
