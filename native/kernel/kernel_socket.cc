#include "kernel/kernel_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "kernel/failure.h"

namespace iptc {

KernelSocket::KernelSocket(int domain) : fd_(socket(domain, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW)) {
  if (fd_) return;
  error_ = errno;
  if (error_ == EMFILE || error_ == ENFILE || error_ == ENOMEM || error_ == ENOBUFS) {
    throw Failure(Stage::kOpen, error_, "Can't open a raw socket: " + Failure::System(Stage::kOpen, error_).reason);
  }
}

int KernelSocket::Get(int level, int option, void* value, socklen_t size) const {
  if (!fd_) return -error_;
  const int result = getsockopt(fd_.get(), level, option, value, &size);
  return result < 0 ? -errno : result;
}

int KernelSocket::Set(int level, int option, const void* value, socklen_t size) const {
  if (!fd_) return -error_;
  return setsockopt(fd_.get(), level, option, value, size) < 0 ? -errno : 0;
}

int KernelSocket::SetCloseOnExec() const {
  return fd_ && fcntl(fd_.get(), F_SETFD, FD_CLOEXEC) != 0 ? -errno : 0;
}

}  // namespace iptc
