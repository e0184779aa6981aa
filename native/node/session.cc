#include "node/session.h"

#include <errno.h>

#include <set>

#include "node/arguments.h"
#include "node/tasks.h"
#include "node/values.h"

namespace iptc {

namespace {

/// The open sessions of one environment (the main thread, or a worker_thread).
struct Sessions {
  std::set<Session*> all;
};

Failure ClosedFailure() {
  return Failure(Stage::kClosed, EBADF, "The session is closed");
}

}  // namespace

Napi::Function Session::Define(Napi::Env env) {
  env.SetInstanceData(new Sessions);
  return DefineClass(env, "Session",
                     {
                         InstanceAccessor<&Session::Thread>("thread"),
                         InstanceMethod<&Session::Snapshot>("snapshot"),
                         InstanceMethod<&Session::SnapshotSync>("snapshotSync"),
                         InstanceMethod<&Session::Apply>("apply"),
                         InstanceMethod<&Session::ApplySync>("applySync"),
                         InstanceMethod<&Session::Begin>("begin"),
                         InstanceMethod<&Session::StreamSnapshot>("streamSnapshot"),
                         InstanceMethod<&Session::Write>("write"),
                         InstanceMethod<&Session::End>("end"),
                         InstanceMethod<&Session::Abort>("abort"),
                         InstanceMethod<&Session::Cancel>("cancel"),
                         InstanceMethod<&Session::Revision>("revision"),
                         InstanceMethod<&Session::RevisionSync>("revisionSync"),
                         InstanceMethod<&Session::SetByName>("setByName"),
                         InstanceMethod<&Session::SetByIndex>("setByIndex"),
                         InstanceMethod<&Session::Close>("close"),
                     });
}

Session::Session(Info info) : Napi::ObjectWrap<Session>(info), env_(info.Env()) {
  const Napi::Env env = info.Env();
  napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "libiptc"), 0, 1,
                                                       nullptr, nullptr, this, OnCompleted, &completed_);
  if (status != napi_ok) throw Napi::Error::New(env, "Can't make a thread-safe function");
  napi_unref_threadsafe_function(env, completed_);
  try {
    const SessionOptions options = SessionOptionsOf(info[0]);
    const napi_threadsafe_function completed = completed_;
    worker_.reset(new Worker(options.netns, options.family, options.lock, [completed] {
      napi_call_threadsafe_function(completed, nullptr, napi_tsfn_nonblocking);
    }));
  } catch (const Failure& failure) {
    napi_release_threadsafe_function(completed_, napi_tsfn_abort);
    throw ErrorOf(env, failure);
  } catch (...) {
    napi_release_threadsafe_function(completed_, napi_tsfn_abort);
    throw;
  }
  // Hooks run in reverse order: this one before the function's own, while the thread may still call it.
  napi_add_env_cleanup_hook(env, OnCleanup, this);
  env.GetInstanceData<Sessions>()->all.insert(this);
}

Session::~Session() {
  Retire();
}

void Session::OnCleanup(void* data) {
  Session* session = static_cast<Session*>(data);
  // All of them first, or one would get the lock that the other lets go.
  for (Session* other : Napi::Env(session->env_).GetInstanceData<Sessions>()->all) other->worker_->Halt();
  session->Retire();
}

void Session::Retire() {
  if (retired_ || !worker_) return;
  retired_ = closing_ = true;
  worker_->Stop();
  napi_release_threadsafe_function(completed_, napi_tsfn_abort);
  napi_remove_env_cleanup_hook(env_, OnCleanup, this);
  Napi::Env(env_).GetInstanceData<Sessions>()->all.erase(this);
}

Napi::Value Session::Thread(Info info) {
  return Napi::Number::New(info.Env(), worker_->thread());
}

Napi::Value Session::Snapshot(Info info) {
  return PostAs(info, std::unique_ptr<Task>(new SnapshotTask(context(), StringOf(info[1]))));
}

Napi::Value Session::SnapshotSync(Info info) {
  SnapshotTask task(context(), StringOf(info[0]));
  return RunNow(info.Env(), task, false);
}

Napi::Value Session::Apply(Info info) {
  std::unique_ptr<Task> task(new ApplyTask(context(), StringOf(info[1]), EditOptionsOf(info[3]), ProgramOf(info[2])));
  task->Hold(info[2].As<Napi::Object>());
  return PostAs(info, std::move(task));
}

Napi::Value Session::ApplySync(Info info) {
  ApplyTask task(context(), StringOf(info[0]), EditOptionsOf(info[2]), ProgramOf(info[1]));
  return RunNow(info.Env(), task, true);
}

Napi::Value Session::Begin(Info info) {
  const Napi::Env env = info.Env();
  const double id = NumberOf(info[0]);
  const std::string table = StringOf(info[1]);
  const EditOptions options = EditOptionsOf(info[2]);
  const std::shared_ptr<Stream> stream(new Stream(NumberOf(info[2].As<Napi::Object>().Get("idle"))));
  if (closing_) return Closed(env);
  std::unique_ptr<Task> begin(new BeginTask(stream, context(), table, options));
  begin->id = id;
  streams_[id] = stream;
  const Napi::Promise promise = begin->MakePromise(env);
  Pend(env);
  Pend(env);
  worker_->PostStream(std::move(begin), stream, std::unique_ptr<Task>(new MarkTask));
  return promise;
}

Napi::Value Session::StreamSnapshot(Info info) {
  const std::shared_ptr<Stream> stream = StreamOf(info);
  return PostToStream(info, stream, std::unique_ptr<Task>(new StreamSnapshotTask(stream)));
}

Napi::Value Session::Write(Info info) {
  const std::shared_ptr<Stream> stream = StreamOf(info);
  // The caller fills the same memory again, while the thread may still be reading the table.
  const Program program = ProgramOf(info[1]);
  return PostToStream(info, stream, std::unique_ptr<Task>(new WriteTask(stream, Bytes(program.bytes, program.size))));
}

Napi::Value Session::End(Info info) {
  const std::shared_ptr<Stream> stream = StreamOf(info);
  streams_.erase(NumberOf(info[0]));
  return PostToStream(info, stream, std::unique_ptr<Task>(new EndTask(stream)));
}

Napi::Value Session::Abort(Info info) {
  const std::shared_ptr<Stream> stream = StreamOf(info);
  streams_.erase(NumberOf(info[0]));
  return PostToStream(info, stream, std::unique_ptr<Task>(new AbortTask(stream)));
}

Napi::Value Session::Cancel(Info info) {
  if (!retired_) worker_->Cancel(NumberOf(info[0]));
  return info.Env().Undefined();
}

Napi::Value Session::Revision(Info info) {
  const Napi::Env env = info.Env();
  std::unique_ptr<Task> task(
      new RevisionTask(context(), BooleanOf(info[0]), StringOf(info[1]), static_cast<uint8_t>(NumberOf(info[2]))));
  if (closing_) return Closed(env);
  const Napi::Promise promise = task->MakePromise(env);
  Pend(env);
  worker_->PostQuery(std::move(task));
  return promise;
}

Napi::Value Session::RevisionSync(Info info) {
  RequireOpen(info.Env());
  const uint8_t revision = static_cast<uint8_t>(NumberOf(info[2]));
  return Napi::Number::New(info.Env(), context().queries.Revision(BooleanOf(info[0]), StringOf(info[1]), revision));
}

Napi::Value Session::SetByName(Info info) {
  RequireOpen(info.Env());
  unsigned family = 0;
  const int result = context().queries.SetByName(StringOf(info[0]), &family);
  if (result < 0) return Napi::Number::New(info.Env(), result);
  const Napi::Object set = Napi::Object::New(info.Env());
  set.Set("index", result);
  set.Set("family", family);
  return set;
}

Napi::Value Session::SetByIndex(Info info) {
  RequireOpen(info.Env());
  std::string name;
  const int result = context().queries.SetByIndex(static_cast<uint16_t>(NumberOf(info[0])), &name);
  if (result < 0) return Napi::Number::New(info.Env(), result);
  return Napi::String::New(info.Env(), name);
}

Napi::Value Session::Close(Info info) {
  const Napi::Env env = info.Env();
  if (closing_) return Closed(env);
  closing_ = true;
  std::unique_ptr<Task> task(new MarkTask);
  const Napi::Promise promise = task->MakePromise(env);
  Pend(env);
  last_ = task.get();
  worker_->PostLast(std::move(task));
  return promise;
}

Napi::Value Session::PostAs(Info info, std::unique_ptr<Task> task) {
  if (closing_) return Closed(info.Env());
  task->id = NumberOf(info[0]);
  const Napi::Promise promise = task->MakePromise(info.Env());
  Pend(info.Env());
  worker_->Post(std::move(task));
  return promise;
}

Napi::Value Session::PostToStream(Info info, std::shared_ptr<Stream> stream, std::unique_ptr<Task> task) {
  if (retired_) return Closed(info.Env());
  const Napi::Promise promise = task->MakePromise(info.Env());
  Pend(info.Env());
  worker_->PostToStream(*stream, std::move(task));
  return promise;
}

Napi::Value Session::RunNow(Napi::Env env, Task& task, bool takes_lock) {
  RequireOpen(env);
  RequireNoStream(env, takes_lock);
  worker_->RunNow(task);
  return task.Return(env);
}

std::shared_ptr<Stream> Session::StreamOf(Info info) {
  const auto found = streams_.find(NumberOf(info[0]));
  if (found != streams_.end()) return found->second;
  const std::shared_ptr<Stream> none(new Stream(0));
  none->closed = true;  // whatever is posted to it fails
  return none;
}

Napi::Value Session::Closed(Napi::Env env) {
  const Napi::Promise::Deferred deferred(env);
  deferred.Reject(ErrorOf(env, ClosedFailure()).Value());
  return deferred.Promise();
}

void Session::RequireOpen(Napi::Env env) {
  if (closing_) throw ErrorOf(env, ClosedFailure());
}

void Session::RequireNoStream(Napi::Env env, bool takes_lock) {
  const bool waits_for_lock = (takes_lock || !worker_->IsIdle()) && !context().lock.file.empty();
  for (Session* other : env.GetInstanceData<Sessions>()->all) {
    const bool in_the_way = other == this || (waits_for_lock && other->context().lock.file == context().lock.file);
    if (in_the_way && other->HasOpenStream()) {
      throw ErrorOf(env, Failure(Stage::kBusy, EBUSY, "A program is being streamed"));
    }
  }
}

bool Session::HasOpenStream() {
  for (const auto& stream : streams_) {
    if (worker_->IsOpen(*stream.second)) return true;
  }
  return false;
}

void Session::Pend(Napi::Env env) {
  if (pending_++ > 0) return;
  Ref();
  napi_ref_threadsafe_function(env, completed_);
}

void Session::Unpend(Napi::Env env) {
  if (--pending_ > 0) return;
  napi_unref_threadsafe_function(env, completed_);
  Unref();
}

void Session::OnCompleted(napi_env env, napi_value, void* session, void*) {
  // Without an environment the function is being torn down, and the session with it.
  if (env == nullptr) return;
  try {
    static_cast<Session*>(session)->SettleCompleted(env);
  } catch (const Napi::Error&) {
    // Only when JavaScript is being stopped: nobody is there to be told.
  }
}

void Session::SettleCompleted(Napi::Env env) {
  for (std::unique_ptr<Task>& task : worker_->TakeCompleted()) {
    const Napi::HandleScope scope(env);
    const bool last = task.get() == last_;
    task->Settle(env);
    task.reset();
    Unpend(env);
    if (last) return Retire();
  }
}

}  // namespace iptc
