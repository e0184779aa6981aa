#include "node/stream.h"

#include <errno.h>

#include "node/arguments.h"
#include "node/environment.h"
#include "node/values.h"

namespace iptc {

namespace {

class ChannelJob : public Job {
 public:
  explicit ChannelJob(std::shared_ptr<Channel> channel) : channel_(std::move(channel)) {}

 protected:
  const std::shared_ptr<Channel> channel_;
};

class OpenedJob : public ChannelJob {
 public:
  using ChannelJob::ChannelJob;
  void Execute() override { channel_->Require(); }
};

class StreamSnapshotJob : public ChannelJob {
 public:
  using ChannelJob::ChannelJob;
  void Execute() override { bytes_ = channel_->Require().Snapshot(); }
  Napi::Value Result(Napi::Env env) override { return ToJavaScript(env, std::move(bytes_)); }

 private:
  Bytes bytes_;
};

/// Never fails: EndJob tells.
class WriteJob : public ChannelJob {
 public:
  WriteJob(std::shared_ptr<Channel> channel, Bytes program)
      : ChannelJob(std::move(channel)), program_(std::move(program)) {}
  void Execute() override { channel_->Write(std::move(program_)); }

 private:
  Bytes program_;
};

class EndJob : public ChannelJob {
 public:
  explicit EndJob(std::shared_ptr<Channel> channel) : ChannelJob(std::move(channel)), outcome_() {}
  void Execute() override { outcome_ = channel_->Commit(); }
  Napi::Value Result(Napi::Env env) override { return ToJavaScript(env, std::move(outcome_)); }

 private:
  Outcome outcome_;
};

class AbortJob : public ChannelJob {
 public:
  using ChannelJob::ChannelJob;
  void Execute() override { channel_->Abort(); }
};

}  // namespace

Napi::Function Stream::Define(Napi::Env env) {
  return DefineClass(env, "Stream",
                     {
                         InstanceMethod<&Stream::Opened>("opened"),
                         InstanceMethod<&Stream::Snapshot>("snapshot"),
                         InstanceMethod<&Stream::Write>("write"),
                         InstanceMethod<&Stream::End>("end"),
                         InstanceMethod<&Stream::Abort>("abort"),
                     });
}

Napi::Object Stream::New(const Napi::Object& session, Runner* runner, std::shared_ptr<Channel> channel) {
  const Napi::Object object = Environment::Of(session.Env()).stream_class.New({});
  Stream* stream = Unwrap(object);
  stream->session_ = Napi::Persistent(session);
  stream->runner_ = runner;
  stream->channel_ = std::move(channel);
  return object;
}

Stream::Stream(Info info) : Napi::ObjectWrap<Stream>(info) {}

Stream::~Stream() {
  if (channel_) channel_->queue.Close();
}

Napi::Value Stream::Opened(Info info) {
  RequireChannel(info.Env());
  return Post(info.Env(), std::unique_ptr<Job>(new OpenedJob(channel_)));
}

Napi::Value Stream::Snapshot(Info info) {
  RequireChannel(info.Env());
  return Post(info.Env(), std::unique_ptr<Job>(new StreamSnapshotJob(channel_)));
}

Napi::Value Stream::Write(Info info) {
  RequireChannel(info.Env());
  Bytes program = BytesOf(info[0]);
  if (ended_) return Resolved(info.Env());
  return Post(info.Env(), std::unique_ptr<Job>(new WriteJob(channel_, std::move(program))));
}

Napi::Value Stream::End(Info info) {
  RequireChannel(info.Env());
  return Post(info.Env(), std::unique_ptr<Job>(new EndJob(channel_)), true);
}

Napi::Value Stream::Abort(Info info) {
  RequireChannel(info.Env());
  if (ended_) return Resolved(info.Env());
  return Post(info.Env(), std::unique_ptr<Job>(new AbortJob(channel_)), true);
}

void Stream::RequireChannel(Napi::Env env) const {
  if (!channel_) throw Napi::TypeError::New(env, "Only begin() of a session makes a stream");
}

Napi::Value Stream::Post(Napi::Env env, std::unique_ptr<Job> job, bool last) {
  if (ended_) {
    const Napi::Promise::Deferred deferred(env);
    deferred.Reject(ErrorOf(env, Failure(Stage::kClosed, EINVAL, "The program has ended")).Value());
    return deferred.Promise();
  }
  ended_ = last;
  return runner_->PostTo(&channel_->queue, std::move(job), last);
}

Napi::Value Stream::Resolved(Napi::Env env) {
  const Napi::Promise::Deferred deferred(env);
  deferred.Resolve(env.Undefined());
  return deferred.Promise();
}

}  // namespace iptc
