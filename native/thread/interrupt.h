#pragma once

#include <atomic>
#include <cstdint>

#include "thread/clock.h"

namespace iptc {

/// Asks a task to give up what it waits for. Once set, it stays set.
class Interrupt {
 public:
  Interrupt() : set_(false) {}
  bool IsSet() const { return set_ || everyone_; }
  void Set();
  /// The process ends: no task may get what another lets go for the same reason.
  static void SetAll();

 private:
  std::atomic<bool> set_;
  static std::atomic<bool> everyone_;
};

/// Where all threads of this process wait between two tries for what is locked: whoever lets go of it here, and an
/// interrupt, wake them at once, whatever their interval is.
class Waiters {
 public:
  /// How often they have been woken.
  static uint64_t Wakes();
  static void Wake();
  /// Until the time, an interrupt, or one more wake than so many.
  static void Wait(uint64_t wakes, const Interrupt& interrupt, Nanoseconds until);
};

}  // namespace iptc
