#include "node/session.h"

#include <errno.h>

#include <algorithm>

#include "node/arguments.h"
#include "node/environment.h"
#include "node/stream.h"
#include "node/table_jobs.h"
#include "node/values.h"
#include "xtables/look.h"

namespace iptc {

namespace {

bool IsOver(const std::weak_ptr<Channel>& weak) {
  const std::shared_ptr<Channel> channel = weak.lock();
  return !channel || channel->queue.IsClosed();
}

}  // namespace

Napi::Function Session::Define(Napi::Env env) {
  return DefineClass(env, "Session",
                     {
                         InstanceAccessor<&Session::Thread>("thread"),
                         InstanceMethod<&Session::Snapshot>("snapshot"),
                         InstanceMethod<&Session::SnapshotSync>("snapshotSync"),
                         InstanceMethod<&Session::Apply>("apply"),
                         InstanceMethod<&Session::ApplySync>("applySync"),
                         InstanceMethod<&Session::Begin>("begin"),
                         InstanceMethod<&Session::Cancel>("cancel"),
                         InstanceMethod<&Session::Outline>("outline"),
                         InstanceMethod<&Session::Digest>("digest"),
                         InstanceMethod<&Session::LockUsed>("lockUsed"),
                         InstanceMethod<&Session::Revision>("revision"),
                         InstanceMethod<&Session::SetByName>("setByName"),
                         InstanceMethod<&Session::SetByIndex>("setByIndex"),
                         InstanceMethod<&Session::Close>("close"),
                     });
}

Session::Session(Info info) : Napi::ObjectWrap<Session>(info) {
  try {
    const SessionOptions options = SessionOptionsOf(info[0]);
    std::unique_ptr<Context> context(new Context(options.family, options.lock));
    context_ = context.get();
    runner_.reset(new Runner(info.Env(), this, "session", options.netns, std::move(context)));
  } catch (const Failure& failure) {
    throw ErrorOf(info.Env(), failure);
  }
}

Napi::Value Session::Thread(Info info) {
  return Napi::Number::New(info.Env(), runner_->thread());
}

Napi::Value Session::Snapshot(Info info) {
  const std::string table = StringOf(info[0]);
  if (!runner_->IsOpen()) return runner_->Rejected();
  return runner_->Post(std::unique_ptr<Job>(new SnapshotJob(*context_, table)));
}

Napi::Value Session::SnapshotSync(Info info) {
  const std::string table = StringOf(info[0]);
  runner_->RequireOpen();
  SnapshotJob job(*context_, table);
  return RunNow(info.Env(), &job, false);
}

Napi::Value Session::Apply(Info info) {
  const std::string table = StringOf(info[0]);
  Bytes program = BytesOf(info[1]);
  const JobOptions options = JobOptionsOf(info[2], false);
  if (!runner_->IsOpen()) return runner_->Rejected();
  std::unique_ptr<Job> job(new ApplyJob(*context_, table, options.edit, std::move(program)));
  job->id = options.id;
  return runner_->Post(std::move(job));
}

Napi::Value Session::ApplySync(Info info) {
  const std::string table = StringOf(info[0]);
  Bytes program = BytesOf(info[1]);
  const JobOptions options = JobOptionsOf(info[2], false);
  runner_->RequireOpen();
  ApplyJob job(*context_, table, options.edit, std::move(program));
  return RunNow(info.Env(), &job, true);
}

Napi::Value Session::Begin(Info info) {
  const std::string table = StringOf(info[0]);
  const JobOptions options = JobOptionsOf(info[1], true);
  runner_->RequireOpen();
  const std::shared_ptr<Channel> channel(new Channel(runner_.get(), context_->lock.file, options.idle));
  const Napi::Object stream = Stream::New(info.This().As<Napi::Object>(), runner_.get(), channel);
  std::unique_ptr<Job> job(new ServeJob(channel, *context_, table, options.edit));
  job->id = options.id;
  runner_->Send(std::move(job));
  auto& channels = Environment::Of(info.Env()).channels;
  channels.erase(std::remove_if(channels.begin(), channels.end(), IsOver), channels.end());
  channels.push_back(channel);
  return stream;
}

Napi::Value Session::Cancel(Info info) {
  runner_->Cancel(NumberOf(info[0]), Failure(Stage::kLock, ECANCELED, "Gave up before the lock was asked for"));
  return info.Env().Undefined();
}

Napi::Value Session::Outline(Info info) {
  const std::string table = StringOf(info[0]);
  runner_->RequireOpen();
  Bytes outline;
  const int result = iptc::Outline(context_->PlaceOf(table), &outline);
  if (result < 0) return Napi::Number::New(info.Env(), result);
  return ToJavaScript(info.Env(), std::move(outline));
}

Napi::Value Session::Digest(Info info) {
  const std::string table = StringOf(info[0]);
  if (!runner_->IsOpen()) return runner_->Rejected();
  return runner_->Post(std::unique_ptr<Job>(new DigestJob(*context_, table)));
}

Napi::Value Session::LockUsed(Info info) {
  runner_->RequireOpen();
  if (context_->lock.file.empty()) return Napi::Boolean::New(info.Env(), false);
  if (!lock_uses_) lock_uses_.reset(new FileUses(context_->lock.file));
  return Napi::Boolean::New(info.Env(), lock_uses_->Any());
}

Napi::Value Session::Revision(Info info) {
  const bool target = BooleanOf(info[0]);
  const std::string name = StringOf(info[1]);
  const uint8_t revision = static_cast<uint8_t>(IntegerOf(info[2], UINT8_MAX));
  runner_->RequireOpen();
  return Napi::Number::New(info.Env(), context_->queries.Revision(target, name, revision));
}

Napi::Value Session::SetByName(Info info) {
  const Bytes name = BytesOf(info[0]);
  runner_->RequireOpen();
  unsigned family = 0;
  const int result = context_->queries.SetByName(std::string(name.data(), name.data() + name.size()), &family);
  if (result < 0) return Napi::Number::New(info.Env(), result);
  const Napi::Object set = Napi::Object::New(info.Env());
  set.Set("index", result);
  set.Set("family", family);
  return set;
}

Napi::Value Session::SetByIndex(Info info) {
  const uint16_t index = static_cast<uint16_t>(IntegerOf(info[0], UINT16_MAX));
  runner_->RequireOpen();
  std::string name;
  const int result = context_->queries.SetByIndex(index, &name);
  if (result < 0) return Napi::Number::New(info.Env(), result);
  napi_value text;
  napi_create_string_latin1(info.Env(), name.data(), name.size(), &text);
  return Napi::Value(info.Env(), text);
}

Napi::Value Session::Close(Info) {
  lock_uses_.reset();
  return runner_->Close();
}

Napi::Value Session::RunNow(Napi::Env env, Job* job, bool takes_lock) {
  RequireNoStream(env, takes_lock);
  return runner_->RunNow(job);
}

void Session::RequireNoStream(Napi::Env env, bool takes_lock) {
  const bool waits_for_lock = (takes_lock || !runner_->worker().queue().IsIdle()) && !context_->lock.file.empty();
  for (const std::weak_ptr<Channel>& weak : Environment::Of(env).channels) {
    if (IsOver(weak)) continue;
    const std::shared_ptr<Channel> channel = weak.lock();
    if (channel->runner == runner_.get() || (waits_for_lock && channel->lock_file == context_->lock.file)) {
      throw ErrorOf(env, Failure(Stage::kBusy, EBUSY, "A program is being streamed"));
    }
  }
}

}  // namespace iptc
