#pragma once

#include <sched.h>

#include "thread/clock.h"

namespace iptc {

/// Looks out for a condition for a moment before the caller goes to sleep. To be woken costs more than the work on a
/// small table does, and what a thread waits for is mostly near: the next call of a loop, or the end of a short job.
template <class Condition>
void SpinUntil(Condition condition, Nanoseconds duration) {
  const Nanoseconds end = Now() + duration;
  while (!condition() && Now() < end) {
    sched_yield();  // it may be this processor that the other thread waits for
  }
}

}  // namespace iptc
