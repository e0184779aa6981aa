#pragma once

#include <cstdint>

/// mulberry32: the same throws for the same seed.
class Dice {
 public:
  explicit Dice(uint32_t seed) : state_(seed) {}

  uint32_t Below(uint32_t n) {
    state_ += 0x6d2b79f5;
    uint32_t t = (state_ ^ (state_ >> 15)) * (1 | state_);
    t = (t + ((t ^ (t >> 7)) * (61 | t))) ^ t;
    return static_cast<uint32_t>(static_cast<uint64_t>(t ^ (t >> 14)) * n >> 32);
  }
  bool Chance(uint32_t percent) { return Below(100) < percent; }

 private:
  uint32_t state_;
};
