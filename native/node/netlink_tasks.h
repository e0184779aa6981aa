#pragma once

#include <sys/uio.h>

#include <vector>

#include "kernel/netlink_socket.h"
#include "node/values.h"
#include "thread/task.h"

namespace iptc {

/// A task of a netlink socket that brings back what it received.
class NetlinkTask : public Task {
 public:
  Napi::Value Result(Napi::Env env) override { return ToJavaScript(env, std::move(answer_)); }

 protected:
  explicit NetlinkTask(NetlinkSocket& socket) : socket_(socket) {}

  NetlinkSocket& socket_;
  NetlinkAnswer answer_;
};

class RequestTask : public NetlinkTask {
 public:
  RequestTask(NetlinkSocket& socket, iovec messages) : NetlinkTask(socket), messages_(messages) {}
  void Execute() override {
    answer_ = socket_.Request(static_cast<const uint8_t*>(messages_.iov_base), messages_.iov_len);
  }

 private:
  const iovec messages_;
};

class TransactTask : public NetlinkTask {
 public:
  TransactTask(NetlinkSocket& socket, std::vector<iovec> pieces, size_t answers)
      : NetlinkTask(socket), pieces_(std::move(pieces)), answers_(answers) {}
  void Execute() override { answer_ = socket_.Transact(pieces_, answers_); }

 private:
  const std::vector<iovec> pieces_;
  const size_t answers_;
};

/// Waits until something can be received; see NetlinkThread.
class ReceiveTask : public NetlinkTask {
 public:
  explicit ReceiveTask(NetlinkSocket& socket) : NetlinkTask(socket) {}
  void Execute() override { answer_ = socket_.Receive(); }
  /// Whether it has to go on waiting.
  bool IsEmpty() const { return failure() == nullptr && !answer_.lost && answer_.messages.size() == 0; }
};

}  // namespace iptc
