#pragma once

#include <sys/socket.h>

#include "kernel/fd.h"

namespace iptc {

/// A raw socket of one namespace, on which its tables and sets answer. It stays in the namespace whose thread opened
/// it, so that any thread can ask. Without the right to open one, every question fails with the errno of that; what may
/// be otherwise the next time, such as a lack of descriptors, is a Failure of stage kOpen.
class KernelSocket {
 public:
  KernelSocket() {}
  explicit KernelSocket(int domain);

  /// getsockopt and setsockopt: their result, which may be positive, or -errno.
  int Get(int level, int option, void* value, socklen_t size) const;
  int Set(int level, int option, const void* value, socklen_t size) const;

  /// 0, or -errno: whether a descriptor can be closed at exec. libiptc ends the process where it can't.
  int SetCloseOnExec() const;

 private:
  Fd fd_;
  int error_ = 0;
};

}  // namespace iptc
