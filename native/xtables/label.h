#pragma once

#include <cstring>

namespace iptc {

/// A chain's or a policy's name as libiptc wants it: 32 bytes that it may read to the last one.
struct Label {
  static const size_t kSize = 32;
  /// What a jump's target can hold, the terminating zero aside.
  static const size_t kLongestChain = 28;

  char text[kSize];

  Label() { memset(text, 0, kSize); }
  /// `name` is terminated, and shorter than kSize.
  explicit Label(const char* name) : Label() { strncpy(text, name, kSize - 1); }
  /// False unless the kSize bytes end in a zero, and nothing but zeros comes after the first: what does would be cut
  /// off, and the name be another's.
  bool Read(const void* bytes) {
    static const char kZeros[kSize] = {0};
    memcpy(text, bytes, kSize);
    const size_t length = strnlen(text, kSize);
    return length < kSize && memcmp(text + length, kZeros, kSize - length) == 0;
  }

  size_t length() const { return strlen(text); }
  bool operator==(const char* name) const { return strcmp(text, name) == 0; }
  bool operator<(const char* name) const { return strcmp(text, name) < 0; }
};

}  // namespace iptc
