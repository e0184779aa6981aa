#include "node/netlink.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "node/arguments.h"
#include "node/values.h"

namespace iptc {

namespace {

struct Options {
  int protocol;
  Netns netns;
  std::vector<uint32_t> groups;
  size_t receive_buffer;
};

Napi::Array ArrayOf(const Napi::Value& value) {
  if (!value.IsArray()) throw Napi::TypeError::New(value.Env(), "Expected an array");
  return value.As<Napi::Array>();
}

Options OptionsOf(const Napi::Value& value) {
  const Napi::Object object = ObjectOf(value);
  Options options;
  options.protocol = static_cast<int>(IntegerOf(object.Get("protocol"), INT_MAX));
  const Napi::Value groups = object.Get("groups");
  if (!groups.IsUndefined()) {
    const Napi::Array array = ArrayOf(groups);
    for (uint32_t i = 0; i < array.Length(); i++) options.groups.push_back(IntegerOf(array.Get(i), UINT32_MAX));
  }
  const Napi::Value buffer = object.Get("receiveBuffer");
  options.receive_buffer = buffer.IsUndefined() ? 0 : IntegerOf(buffer, UINT32_MAX);
  options.netns = NetnsOf(object.Get("namespace"));
  return options;
}

/// A piece of a batch. JavaScript may have one, and send it again.
typedef std::shared_ptr<Bytes> Piece;

Piece PieceOf(const Napi::Value& value) {
  if (value.IsExternal()) return *value.As<Napi::External<Piece>>().Data();
  return std::make_shared<Bytes>(BytesOf(value));
}

std::vector<Piece> PiecesOf(const Napi::Value& value) {
  const Napi::Array array = ArrayOf(value);
  std::vector<Piece> pieces;
  for (uint32_t i = 0; i < array.Length(); i++) pieces.push_back(PieceOf(array.Get(i)));
  return pieces;
}

/// A job that brings back what it received.
class NetlinkJob : public Job {
 public:
  Napi::Value Result(Napi::Env env) override { return ToJavaScript(env, std::move(answer_)); }
  void Halt() override {
    Job::Halt();
    socket_->Stop();
  }

 protected:
  explicit NetlinkJob(NetlinkSocket* socket) : socket_(socket) {}

  NetlinkSocket* const socket_;
  NetlinkAnswer answer_;
};

class RequestJob : public NetlinkJob {
 public:
  RequestJob(NetlinkSocket* socket, Bytes messages) : NetlinkJob(socket), messages_(std::move(messages)) {}
  void Execute() override { answer_ = socket_->Request(messages_.data(), messages_.size()); }

 private:
  const Bytes messages_;
};

class TransactJob : public NetlinkJob {
 public:
  TransactJob(NetlinkSocket* socket, std::vector<Piece> pieces, size_t answers)
      : NetlinkJob(socket), pieces_(std::move(pieces)), answers_(answers) {}
  void Execute() override {
    std::vector<iovec> pieces;
    for (const Piece& piece : pieces_) pieces.push_back(iovec{piece->data(), piece->size()});
    answer_ = socket_->Transact(pieces, answers_);
  }

 private:
  const std::vector<Piece> pieces_;
  const size_t answers_;
};

/// What has come until now.
class ReceiveNowJob : public NetlinkJob {
 public:
  explicit ReceiveNowJob(NetlinkSocket* socket) : NetlinkJob(socket) {}
  void Execute() override { answer_ = socket_->Receive(); }
};

/// Waits for something to come, while the thread has nothing else to do.
class ReceiveJob : public NetlinkJob {
 public:
  ReceiveJob(NetlinkSocket* socket, const Fd* wake) : NetlinkJob(socket), wake_(wake) {}
  void Execute() override {
    pollfd sources[] = {{wake_->get(), POLLIN, 0}, {socket_->fd(), POLLIN, 0}};
    if (poll(sources, 2, -1) <= 0) return;
    uint64_t count;
    if (sources[0].revents != 0 && read(wake_->get(), &count, sizeof count) < 0) return;
    if (sources[1].revents != 0) answer_ = socket_->Receive();
  }
  bool IsDone() const override { return answer_.lost || answer_.messages.size() > 0; }
  void Nudge() override {
    const uint64_t one = 1;
    if (write(wake_->get(), &one, sizeof one) < 0) return;  // only if it is awake already
  }
  void Halt() override {
    NetlinkJob::Halt();
    Nudge();
  }

 private:
  const Fd* const wake_;  // an eventfd
};

}  // namespace

/// The socket, and what wakes a thread that waits for it. A socket stays in the namespace in which it was opened.
class Netlink::Place : public Resources {
 public:
  explicit Place(const Options& options)
      : Resources(true),
        protocol_(options.protocol),
        groups_(options.groups),
        receive_buffer_(options.receive_buffer),
        wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw Failure::System(Stage::kOpen, errno);
  }
  void Open() override { socket_.reset(new NetlinkSocket(protocol_, groups_, receive_buffer_)); }

  NetlinkSocket* socket() const { return socket_.get(); }
  const Fd* wake() const { return &wake_; }

 private:
  const int protocol_;
  const std::vector<uint32_t> groups_;
  const size_t receive_buffer_;
  const Fd wake_;
  std::unique_ptr<NetlinkSocket> socket_;
};

Napi::Function Netlink::Define(Napi::Env env) {
  return DefineClass(env, "Netlink",
                     {
                         InstanceAccessor<&Netlink::Thread>("thread"),
                         InstanceAccessor<&Netlink::Port>("port"),
                         InstanceMethod<&Netlink::Request>("request"),
                         InstanceMethod<&Netlink::RequestSync>("requestSync"),
                         InstanceMethod<&Netlink::Transact>("transact"),
                         InstanceMethod<&Netlink::TransactSync>("transactSync"),
                         InstanceMethod<&Netlink::Keep>("keep"),
                         InstanceMethod<&Netlink::Kept>("kept"),
                         InstanceMethod<&Netlink::Receive>("receive"),
                         InstanceMethod<&Netlink::ReceiveNow>("receiveNow"),
                         InstanceMethod<&Netlink::Close>("close"),
                     });
}

Netlink::Netlink(Info info) : Napi::ObjectWrap<Netlink>(info) {
  try {
    const Options options = OptionsOf(info[0]);
    std::unique_ptr<Place> place(new Place(options));
    place_ = place.get();
    runner_.reset(new Runner(info.Env(), this, "socket", options.netns, std::move(place)));
  } catch (const Failure& failure) {
    throw ErrorOf(info.Env(), failure);
  }
}

Napi::Value Netlink::Thread(Info info) {
  return Napi::Number::New(info.Env(), runner_->thread());
}

Napi::Value Netlink::Port(Info info) {
  runner_->RequireOpen();
  return Napi::Number::New(info.Env(), place_->socket()->port());
}

Napi::Value Netlink::Request(Info info) {
  Bytes messages = BytesOf(info[0]);
  if (!runner_->IsOpen()) return runner_->Rejected();
  return runner_->Post(std::unique_ptr<Job>(new RequestJob(place_->socket(), std::move(messages))));
}

Napi::Value Netlink::RequestSync(Info info) {
  Bytes messages = BytesOf(info[0]);
  runner_->RequireOpen();
  RequestJob job(place_->socket(), std::move(messages));
  return runner_->RunNow(&job);
}

Napi::Value Netlink::Transact(Info info) {
  std::vector<Piece> pieces = PiecesOf(info[0]);
  const size_t answers = IntegerOf(info[1], UINT32_MAX);
  if (!runner_->IsOpen()) return runner_->Rejected();
  return runner_->Post(std::unique_ptr<Job>(new TransactJob(place_->socket(), std::move(pieces), answers)));
}

Napi::Value Netlink::TransactSync(Info info) {
  std::vector<Piece> pieces = PiecesOf(info[0]);
  const size_t answers = IntegerOf(info[1], UINT32_MAX);
  runner_->RequireOpen();
  TransactJob job(place_->socket(), std::move(pieces), answers);
  return runner_->RunNow(&job);
}

Napi::Value Netlink::Keep(Info info) {
  std::unique_ptr<Piece> piece(new Piece(std::make_shared<Bytes>(BytesOf(info[0]))));
  const auto kept = Napi::External<Piece>::New(info.Env(), piece.get(), [](Napi::Env, Piece* gone) { delete gone; });
  piece.release();
  return kept;
}

Napi::Value Netlink::Kept(Info info) {
  if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "Expected a piece that is kept");
  const Piece& piece = *info[0].As<Napi::External<Piece>>().Data();
  return ToJavaScript(info.Env(), Bytes(piece->data(), piece->size()));
}

Napi::Value Netlink::Receive(Info) {
  if (!runner_->IsOpen()) return runner_->Rejected();
  return runner_->PostIdle(std::unique_ptr<Job>(new ReceiveJob(place_->socket(), place_->wake())));
}

Napi::Value Netlink::ReceiveNow(Info) {
  runner_->RequireOpen();
  ReceiveNowJob job(place_->socket());
  return runner_->RunNow(&job);
}

Napi::Value Netlink::Close(Info) {
  return runner_->Close();
}

}  // namespace iptc
