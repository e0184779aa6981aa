#pragma once

#include <cstdint>
#include <string>

#include "kernel/kernel_socket.h"

namespace iptc {

/// What a namespace's kernel tells besides its tables.
class KernelQueries {
 public:
  KernelQueries() {}
  /// Called by a thread in the namespace. `family` is 4 or 6.
  explicit KernelQueries(int family);

  const KernelSocket& socket() const { return socket_; }

  /// The newest revision of a match or target, given that this one is known; or -errno.
  int Revision(bool target, const std::string& name, uint8_t revision) const;
  /// The index of the ip_set of that name and its NFPROTO_…: 0 if it takes both families, or the kernel is too old to
  /// tell; or -errno.
  int SetByName(const std::string& name, unsigned* family) const;
  /// 0, or -errno.
  int SetByIndex(uint16_t index, std::string* name) const;

 private:
  template <class Request>
  int AskSet(Request* request) const;

  int family_ = 4;
  KernelSocket socket_;
  KernelSocket set_socket_;  // ip_set answers on IPv4 sockets alone
};

}  // namespace iptc
