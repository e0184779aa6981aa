#pragma once

#include <time.h>

#include <cstdint>

namespace iptc {

typedef int64_t Nanoseconds;

/// CLOCK_MONOTONIC: it never jumps. (std::chrono::steady_clock is the wall clock in some old builds of libstdc++.)
inline Nanoseconds Now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<Nanoseconds>(t.tv_sec) * 1000000000 + t.tv_nsec;
}

const Nanoseconds kNever = INT64_MAX;

/// The time `milliseconds` from now; negative or beyond reckoning: never.
inline Nanoseconds After(double milliseconds) {
  return milliseconds >= 0 && milliseconds < 1e12 ? Now() + static_cast<Nanoseconds>(milliseconds * 1e6) : kNever;
}

}  // namespace iptc
