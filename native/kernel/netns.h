#pragma once

#include <string>

#include "kernel/fd.h"

namespace iptc {

/// The network namespace of a session.
struct Netns {
  enum Kind { kOwn, kNew, kOpen };

  Kind kind = kOwn;
  Fd fd;  // kOpen

  static Netns Own() { return Netns(); }
  static Netns New();
  /// Throws a Failure of stage kNamespace.
  static Netns AtPath(const std::string& path);
  static Netns OfDescriptor(int fd);

  /// Takes the calling thread there, for good.
  void Enter() const;
};

}  // namespace iptc
