#pragma once

#include <atomic>

namespace iptc {

/// Asks a job to give up its wait for the xtables lock. Once set, it stays set.
class Interrupt {
 public:
  Interrupt() : set_(false) {}
  bool IsSet() const { return set_; }
  /// Wakes whoever waits for the lock.
  void Set();

 private:
  std::atomic<bool> set_;
};

}  // namespace iptc
