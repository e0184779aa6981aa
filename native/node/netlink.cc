#include "node/netlink.h"

#include <errno.h>

#include "node/arguments.h"
#include "node/netlink_tasks.h"

namespace iptc {

namespace {

iovec PieceOf(const Napi::Value& value) {
  const Program bytes = ProgramOf(value);
  return iovec{const_cast<uint8_t*>(bytes.bytes), bytes.size};
}

std::vector<iovec> PiecesOf(const Napi::Value& value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "Expected an array");
  const Napi::Array array = value.As<Napi::Array>();
  std::vector<iovec> pieces;
  for (uint32_t i = 0; i < array.Length(); i++) pieces.push_back(PieceOf(array.Get(i)));
  return pieces;
}

NetlinkOptions OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectOf(value);
  NetlinkOptions options;
  options.protocol = static_cast<int>(NumberOf(object.Get("protocol")));
  options.netns = NetnsOf(object.Get("namespace"));
  const Napi::Value groups = object.Get("groups");
  if (groups.IsArray()) {
    const Napi::Array array = groups.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); i++) {
      options.groups.push_back(static_cast<uint32_t>(NumberOf(array.Get(i))));
    }
  }
  const Napi::Value buffer = object.Get("receiveBuffer");
  options.receive_buffer = buffer.IsUndefined() ? 0 : static_cast<size_t>(NumberOf(buffer));
  return options;
}

/// Does nothing, and so says when the tasks before it are done.
class EndTask : public Task {
 public:
  void Execute() override {}
};

Failure ClosedFailure() {
  return Failure(Stage::kClosed, EBADF, "The socket is closed");
}

Napi::Value Rejected(Napi::Env env, const Failure& failure) {
  const Napi::Promise::Deferred deferred(env);
  deferred.Reject(ErrorOf(env, failure).Value());
  return deferred.Promise();
}

}  // namespace

Napi::Function Netlink::Define(Napi::Env env) {
  return DefineClass(env, "Netlink",
                     {
                         InstanceAccessor<&Netlink::Thread>("thread"),
                         InstanceAccessor<&Netlink::Port>("port"),
                         InstanceMethod<&Netlink::Request>("request"),
                         InstanceMethod<&Netlink::RequestSync>("requestSync"),
                         InstanceMethod<&Netlink::Transact>("transact"),
                         InstanceMethod<&Netlink::TransactSync>("transactSync"),
                         InstanceMethod<&Netlink::Receive>("receive"),
                         InstanceMethod<&Netlink::ReceiveNow>("receiveNow"),
                         InstanceMethod<&Netlink::Close>("close"),
                     });
}

Netlink::Netlink(Info info)
    : Napi::ObjectWrap<Netlink>(info),
      env_(info.Env()),
      settler_(info.Env(), *this, [this](Napi::Env) { SettleCompleted(); }) {
  try {
    thread_.reset(new NetlinkThread(OptionsOf(info[0]), settler_.notice()));
  } catch (const Failure& failure) {
    throw ErrorOf(info.Env(), failure);
  }
  retired_ = false;
  // Hooks run in reverse order: this one before the settler's own, which the thread may still notify.
  napi_add_env_cleanup_hook(env_, OnCleanup, this);
}

void Netlink::Retire() {
  if (retired_) return;
  retired_ = closing_ = true;
  thread_.reset();
  settler_.Close();
  napi_remove_env_cleanup_hook(env_, OnCleanup, this);
}

Napi::Value Netlink::Thread(Info info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), thread_->id());
}

Napi::Value Netlink::Port(Info info) {
  RequireOpen(info.Env());
  return Napi::Number::New(info.Env(), thread_->socket().port());
}

Napi::Value Netlink::Request(Info info) {
  if (closing_) return Rejected(info.Env(), ClosedFailure());
  std::unique_ptr<Task> task(new RequestTask(thread_->socket(), PieceOf(info[0])));
  task->Hold(info[0].As<Napi::Object>());
  return Post(info.Env(), std::move(task));
}

Napi::Value Netlink::RequestSync(Info info) {
  RequireOpen(info.Env());
  RequestTask task(thread_->socket(), PieceOf(info[0]));
  thread_->RunNow(task);
  return task.Return(info.Env());
}

Napi::Value Netlink::Transact(Info info) {
  if (closing_) return Rejected(info.Env(), ClosedFailure());
  std::unique_ptr<Task> task(
      new TransactTask(thread_->socket(), PiecesOf(info[0]), static_cast<size_t>(NumberOf(info[1]))));
  task->Hold(info[0].As<Napi::Object>());
  return Post(info.Env(), std::move(task));
}

Napi::Value Netlink::TransactSync(Info info) {
  RequireOpen(info.Env());
  TransactTask task(thread_->socket(), PiecesOf(info[0]), static_cast<size_t>(NumberOf(info[1])));
  thread_->RunNow(task);
  return task.Return(info.Env());
}

Napi::Value Netlink::Receive(Info info) {
  const Napi::Env env = info.Env();
  if (closing_) return Rejected(env, ClosedFailure());
  std::unique_ptr<ReceiveTask> task(new ReceiveTask(thread_->socket()));
  const Napi::Promise promise = task->MakePromise(env);
  settler_.Expect();
  thread_->PostReceive(std::move(task));
  return promise;
}

Napi::Value Netlink::ReceiveNow(Info info) {
  RequireOpen(info.Env());
  ReceiveTask task(thread_->socket());
  thread_->RunNow(task);
  return task.Return(info.Env());
}

Napi::Value Netlink::Close(Info info) {
  if (closing_) return Rejected(info.Env(), ClosedFailure());
  closing_ = true;
  std::unique_ptr<Task> task(new EndTask);
  last_ = task.get();
  const Napi::Promise promise = task->MakePromise(info.Env());
  settler_.Expect();
  thread_->PostLast(std::move(task));
  return promise;
}

Napi::Value Netlink::Post(Napi::Env env, std::unique_ptr<Task> task) {
  const Napi::Promise promise = task->MakePromise(env);
  settler_.Expect();
  thread_->Post(std::move(task));
  return promise;
}

void Netlink::RequireOpen(Napi::Env env) {
  if (closing_) throw ErrorOf(env, ClosedFailure());
}

void Netlink::SettleCompleted() {
  for (std::unique_ptr<Task>& task : thread_->TakeCompleted()) {
    const bool last = task.get() == last_;
    if (last) thread_.reset();  // nothing is open any more when the promise says so
    settler_.Settle(std::move(task));
    if (last) return Retire();
  }
}

}  // namespace iptc
