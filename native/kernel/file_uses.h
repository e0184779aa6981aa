#pragma once

#include <string>

#include "kernel/fd.h"

namespace iptc {

/// Whether a file is used: that of a lock, whose holders leave no other trace.
class FileUses {
 public:
  explicit FileUses(const std::string& path) : path_(path) {}

  /// Whether somebody has had it open, and has closed it, since the last call. False, too, where that can't be told.
  bool Any();

 private:
  const std::string path_;
  Fd inotify_;
  bool watched_ = false;
};

}  // namespace iptc
