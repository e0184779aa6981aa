#include "kernel/netlink_socket.h"

#include <errno.h>
#include <limits.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "kernel/failure.h"

namespace iptc {

namespace {

// Newer than the oldest headers that this is compiled with.
const int kSolNetlink = 270;
const int kAddMembership = 1;  // NETLINK_ADD_MEMBERSHIP
const int kCapAck = 10;        // NETLINK_CAP_ACK: an error carries the header of what it is about, not all of it
const int kExtAck = 11;        // NETLINK_EXT_ACK: ... and the offset of the attribute to blame

const uint16_t kDumpInterrupted = 0x10;  // NLM_F_DUMP_INTR

/// A datagram may have so many bytes less than the send buffer.
const size_t kSendOverhead = 32;
/// No datagram of the kernel's is longer: it makes them of 32 KiB, and an attribute has 64 KiB at most.
const size_t kDatagramSize = 128 << 10;
/// What an error takes of the receive buffer: bookkeeping, mostly.
const size_t kAnswerSize = 4 << 10;
const size_t kMostReceiveBuffer = 256 << 20;
/// Receive() comes back after so many bytes.
const size_t kMostReceived = 1 << 20;
/// Milliseconds. The kernel answers while it is being asked, so that this is never over.
const int kPatience = 1000;

Failure Refused(Stage stage, const std::string& what, int error) {
  return Failure(stage, error, what + ": " + Failure::System(stage, error).reason);
}

size_t Aligned(size_t size) {
  return (size + 3) & ~static_cast<size_t>(3);
}

/// The header of the message at the beginning of so many bytes. Its length is 0 if there is no whole message.
nlmsghdr HeaderOf(const uint8_t* bytes, size_t size) {
  nlmsghdr header;
  memset(&header, 0, sizeof header);
  if (size < sizeof header) return header;
  memcpy(&header, bytes, sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > size) header.nlmsg_len = 0;
  return header;
}

}  // namespace

NetlinkSocket::NetlinkSocket(int protocol, const std::vector<uint32_t>& groups, size_t receive_buffer)
    : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol)), stopped_(false) {
  if (!fd_) throw Refused(Stage::kOpen, "Can't open a netlink socket of protocol " + std::to_string(protocol), errno);
  sockaddr_nl address;
  memset(&address, 0, sizeof address);
  address.nl_family = AF_NETLINK;
  socklen_t size = sizeof address;
  if (bind(fd_.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw Refused(Stage::kOpen, "Can't bind a netlink socket", errno);
  }
  port_ = address.nl_pid;
  // A kernel that doesn't know them tells less.
  const int on = 1;
  setsockopt(fd_.get(), kSolNetlink, kCapAck, &on, sizeof on);
  setsockopt(fd_.get(), kSolNetlink, kExtAck, &on, sizeof on);
  if (receive_buffer > 0) Grow(SO_RCVBUF, SO_RCVBUFFORCE, receive_buffer);
  for (const uint32_t group : groups) {
    if (setsockopt(fd_.get(), kSolNetlink, kAddMembership, &group, sizeof group) != 0) {
      throw Refused(Stage::kOpen, "Can't listen to netlink group " + std::to_string(group), errno);
    }
  }
}

NetlinkAnswer NetlinkSocket::Request(const uint8_t* messages, size_t size) {
  const std::lock_guard<std::mutex> lock(mutex_);
  NetlinkAnswer answer;
  for (size_t at = 0; at < size;) {
    const nlmsghdr header = HeaderOf(messages + at, size - at);
    if (header.nlmsg_len == 0) throw Failure(Stage::kSend, EINVAL, "A request that isn't a whole message");
    if ((header.nlmsg_flags & (NLM_F_ACK | NLM_F_DUMP)) == 0) {
      throw Failure(Stage::kSend, EINVAL, "A request whose answer has no end: it asks for no ack, and for no dump");
    }
    const iovec piece = {const_cast<uint8_t*>(messages + at), header.nlmsg_len};
    Send(&piece, 1, piece.iov_len);
    ReceiveUntilAnswered(header.nlmsg_seq, &answer);
    at += Aligned(header.nlmsg_len);
  }
  return answer;
}

NetlinkAnswer NetlinkSocket::Transact(const std::vector<iovec>& pieces, size_t answers) {
  const std::lock_guard<std::mutex> lock(mutex_);
  size_t size = 0;
  for (const iovec& piece : pieces) size += piece.iov_len;
  GrowReceiveBuffer(std::min(answers, kMostReceiveBuffer / kAnswerSize) * kAnswerSize);
  Send(pieces.data(), pieces.size(), size);
  NetlinkAnswer answer;
  while (ReceiveOne(0, &answer) != kNothing) {
  }
  return answer;
}

NetlinkAnswer NetlinkSocket::Receive() {
  const std::lock_guard<std::mutex> lock(mutex_);
  NetlinkAnswer answer;
  while (answer.messages.size() < kMostReceived && ReceiveOne(0, &answer) != kNothing) {
  }
  return answer;
}

void NetlinkSocket::Send(const iovec* pieces, size_t count, size_t size) {
  GrowSendBuffer(size);
  sockaddr_nl kernel;
  memset(&kernel, 0, sizeof kernel);
  kernel.nl_family = AF_NETLINK;
  msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_name = &kernel;
  message.msg_namelen = sizeof kernel;
  message.msg_iov = const_cast<iovec*>(pieces);
  message.msg_iovlen = count;
  ssize_t sent;
  do {
    sent = sendmsg(fd_.get(), &message, 0);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return;
  if (errno == EMSGSIZE) {
    throw Failure(Stage::kSend, EMSGSIZE,
                  std::to_string(size) + " bytes at once, where the socket takes " +
                      std::to_string(SizeOf(SO_SNDBUF) - kSendOverhead));
  }
  throw Failure::System(Stage::kSend, errno);
}

void NetlinkSocket::ReceiveUntilAnswered(uint32_t sequence, NetlinkAnswer* answer) {
  for (;;) {
    if (stopped_) throw Failure(Stage::kClosed, ECANCELED, "The socket is being closed");
    const Received received = ReceiveOne(sequence, answer);
    if (received == kEnd) return;
    if (received == kSome || Wait()) continue;
    if (answer->lost) return;  // the end, too
    throw Failure(Stage::kReceive, ETIMEDOUT, "The kernel doesn't answer");
  }
}

NetlinkSocket::Received NetlinkSocket::ReceiveOne(uint32_t sequence, NetlinkAnswer* answer) {
  datagram_.Truncate(0);
  datagram_.Need(kDatagramSize);
  sockaddr_nl sender;
  iovec room = {datagram_.data(), kDatagramSize};
  msghdr message;
  memset(&message, 0, sizeof message);
  message.msg_name = &sender;
  message.msg_namelen = sizeof sender;
  message.msg_iov = &room;
  message.msg_iovlen = 1;
  ssize_t received;
  do {
    received = recvmsg(fd_.get(), &message, MSG_TRUNC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) {
    if (errno == EAGAIN) return kNothing;
    if (errno != ENOBUFS) throw Failure::System(Stage::kReceive, errno);
    answer->lost = true;
    return kSome;
  }
  if (message.msg_flags & MSG_TRUNC) throw Failure::System(Stage::kReceive, EMSGSIZE);
  if (sender.nl_pid != 0) return kSome;  // another process, which has no business here
  if (received == 0) return kSome;
  Received result = kSome;
  const size_t size = static_cast<size_t>(received);
  for (size_t at = 0; at < size;) {
    const nlmsghdr header = HeaderOf(datagram_.data() + at, size - at);
    if (header.nlmsg_len == 0) break;
    if (header.nlmsg_flags & kDumpInterrupted) answer->interrupted = true;
    const bool ends = header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR;
    if (ends && header.nlmsg_seq == sequence) result = kEnd;
    at += Aligned(header.nlmsg_len);
  }
  uint8_t* added = answer->messages.Add(Aligned(size));
  memcpy(added, datagram_.data(), size);
  memset(added + size, 0, Aligned(size) - size);
  return result;
}

bool NetlinkSocket::Wait() const {
  pollfd socket = {fd_.get(), POLLIN, 0};
  int ready;
  do {
    ready = poll(&socket, 1, kPatience);
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

void NetlinkSocket::GrowSendBuffer(size_t size) {
  if (size + kSendOverhead > SizeOf(SO_SNDBUF)) Grow(SO_SNDBUF, SO_SNDBUFFORCE, size + kSendOverhead);
}

void NetlinkSocket::GrowReceiveBuffer(size_t size) {
  if (size > SizeOf(SO_RCVBUF)) Grow(SO_RCVBUF, SO_RCVBUFFORCE, size);
}

void NetlinkSocket::Grow(int option, int force_option, size_t size) {
  // The kernel takes twice what it is given.
  const int half = static_cast<int>(std::min<size_t>(size / 2 + 1, INT_MAX / 2));
  if (setsockopt(fd_.get(), SOL_SOCKET, force_option, &half, sizeof half) == 0) return;
  // Without CAP_NET_ADMIN outside of every user namespace, as far as net.core.wmem_max and rmem_max go.
  setsockopt(fd_.get(), SOL_SOCKET, option, &half, sizeof half);
}

size_t NetlinkSocket::SizeOf(int option) const {
  int size = 0;
  socklen_t length = sizeof size;
  getsockopt(fd_.get(), SOL_SOCKET, option, &size, &length);
  return static_cast<size_t>(size);
}

}  // namespace iptc
