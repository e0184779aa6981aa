#pragma once

#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <vector>

#include "kernel/bytes.h"
#include "kernel/fd.h"

namespace iptc {

/// Whole netlink messages as they came, each at a multiple of four.
struct NetlinkAnswer {
  Bytes messages;
  /// What was dumped changed meanwhile (NLM_F_DUMP_INTR): it may be the old, the new, or neither.
  bool interrupted = false;
  /// More came than the socket's buffer holds (ENOBUFS).
  bool lost = false;
};

/// A netlink socket of one namespace. It knows a message's header and the two types by which an answer ends, nothing
/// else. It stays in the namespace whose thread opened it; any thread may use it, one at a time does.
class NetlinkSocket {
 public:
  /// Called by a thread in the namespace. `groups` are those that it listens to, by number; `receive_buffer` is how
  /// many bytes may wait to be received, 0 for as many as usual. Throws a Failure of stage kOpen.
  NetlinkSocket(int protocol, const std::vector<uint32_t>& groups, size_t receive_buffer);

  int fd() const { return fd_.get(); }
  /// The nlmsg_pid of the socket's own messages.
  uint32_t port() const { return port_; }

  /// Sends one message after another, each when the one before has been answered: by an ack, an error or the end of a
  /// dump.
  NetlinkAnswer Request(const uint8_t* messages, size_t size);
  /// Sends the pieces as one datagram, and receives what the kernel has answered by then: at most so many messages.
  NetlinkAnswer Transact(const std::vector<iovec>& pieces, size_t answers);
  /// What waits to be received, if anything does.
  NetlinkAnswer Receive();

  /// Ends a request between two of its datagrams: it fails with stage kClosed.
  void Stop() { stopped_ = true; }

 private:
  void Send(const iovec* pieces, size_t count, size_t size);
  void ReceiveUntilAnswered(uint32_t sequence, NetlinkAnswer* answer);
  enum Received { kNothing, kSome, kEnd };
  /// One datagram. kEnd: with the end of the answer to `sequence`.
  Received ReceiveOne(uint32_t sequence, NetlinkAnswer* answer);
  /// Whether something can be received within a while.
  bool Wait() const;
  void GrowSendBuffer(size_t size);
  void GrowReceiveBuffer(size_t size);
  void Grow(int option, int force_option, size_t size);
  size_t SizeOf(int option) const;

  Fd fd_;
  uint32_t port_ = 0;
  std::atomic<bool> stopped_;
  std::mutex mutex_;
  Bytes datagram_;  // the one that is being received
};

}  // namespace iptc
