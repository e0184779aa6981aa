// The netlink receiver: a kernel that answers whatever it likes, and requests that are made up, too.
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fuzz/input.h"
#include "kernel/failure.h"
#include "kernel/netlink_socket.h"

using namespace iptc;

namespace {

const int kSocket = 1000000;

/// What the kernel has yet to say, datagram by datagram; null where it isn't asked.
Input* script;
/// All that a receiver should have.
std::vector<uint8_t> told;
bool lost;

void Require(bool condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "%s\n", what);
  abort();
}

int Fail(int error) {
  errno = error;
  return -1;
}

ssize_t Receive(msghdr* message) {
  if (script == nullptr || script->left() == 0) return Fail(EAGAIN);
  const uint8_t kind = script->Take<uint8_t>();
  switch (kind % 8) {
    case 0:
      return Fail(EINTR);
    case 1:
      lost = true;
      return Fail(ENOBUFS);
    case 2:
      return Fail(kind & 8 ? EAGAIN : ENOMEM);
  }
  const std::vector<uint8_t> datagram = script->TakeBytes(script->Take<uint16_t>());
  Require(message->msg_iovlen == 1 && message->msg_iov->iov_len >= datagram.size(), "there is too little room");
  if (!datagram.empty()) memcpy(message->msg_iov->iov_base, datagram.data(), datagram.size());
  sockaddr_nl* sender = static_cast<sockaddr_nl*>(message->msg_name);
  memset(sender, 0, sizeof *sender);
  message->msg_flags = kind % 8 == 3 ? MSG_TRUNC : 0;
  sender->nl_pid = kind % 8 == 4 ? 7 : 0;
  if (message->msg_flags == 0 && sender->nl_pid == 0) {
    told.insert(told.end(), datagram.begin(), datagram.end());
    told.resize((told.size() + 3) / 4 * 4);
  }
  return static_cast<ssize_t>(datagram.size());
}

NetlinkAnswer Ask(NetlinkSocket* socket, uint8_t way, const std::vector<uint8_t>& request) {
  if (way % 3 == 0) return socket->Request(request.data(), request.size());
  if (way % 3 == 1) return socket->Receive();
  const iovec piece = {const_cast<uint8_t*>(request.data()), request.size()};
  return socket->Transact(std::vector<iovec>(1, piece), way);
}

}  // namespace

extern "C" {

int socket(int, int, int) {
  return kSocket;
}
int bind(int, const sockaddr*, socklen_t) {
  return 0;
}
int getsockname(int, sockaddr*, socklen_t*) {
  return 0;
}
int setsockopt(int, int, int, const void*, socklen_t) {
  return 0;
}
int getsockopt(int, int, int, void* value, socklen_t*) {
  *static_cast<int*>(value) = 1 << 20;
  return 0;
}
ssize_t sendmsg(int, const msghdr*, int) {
  return 0;
}
ssize_t recvmsg(int, msghdr* message, int) {
  return Receive(message);
}
int poll(pollfd* descriptors, nfds_t count, int milliseconds) {
  if (count != 1 || descriptors->fd != kSocket)
    return static_cast<int>(syscall(SYS_poll, descriptors, count, milliseconds));
  return script != nullptr && script->left() > 0;
}
int close(int fd) {
  return fd == kSocket ? 0 : static_cast<int>(syscall(SYS_close, fd));
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Input input(bytes, size);
  const uint8_t way = input.Take<uint8_t>();
  const std::vector<uint8_t> request = input.TakeBytes(input.Take<uint8_t>());
  told.clear();
  lost = false;
  script = &input;
  try {
    NetlinkSocket netlink(NETLINK_NETFILTER, std::vector<uint32_t>(), 0);
    const NetlinkAnswer answer = Ask(&netlink, way, request);
    Require(answer.lost == lost, "what is lost isn't told");
    Require(answer.messages.size() == told.size() &&
                (told.empty() || memcmp(answer.messages.data(), told.data(), told.size()) == 0),
            "something else was received than was sent");
  } catch (const Failure& failure) {
    Require(failure.stage == Stage::kReceive || failure.stage == Stage::kSend, "a failure of another stage");
  }
  script = nullptr;
  return 0;
}
}
