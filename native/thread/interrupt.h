#pragma once

#include <atomic>

namespace iptc {

/// Asks a job to give up its wait for the xtables lock. Once set, it stays set.
class Interrupt {
 public:
  Interrupt() : set_(false) {}
  bool IsSet() const { return set_ || everyone_; }
  /// Wakes whoever waits for the lock.
  void Set();
  /// The process ends: no job may get the lock that another lets go for the same reason.
  static void SetAll();

 private:
  std::atomic<bool> set_;
  static std::atomic<bool> everyone_;
};

}  // namespace iptc
