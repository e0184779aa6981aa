#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

/// What a fuzzer has made up, taken from its beginning.
class Input {
 public:
  Input(const uint8_t* bytes, size_t size) : bytes_(bytes), size_(size) {}

  size_t left() const { return size_; }
  /// 0 where nothing is left.
  template <class T>
  T Take() {
    T value = 0;
    const size_t size = size_ < sizeof value ? size_ : sizeof value;
    if (size > 0) memcpy(&value, bytes_, size);
    Skip(size);
    return value;
  }
  /// A copy of exactly so many bytes, or of those that are left: a sanitizer sees one that is read beyond.
  std::vector<uint8_t> TakeBytes(size_t size) {
    if (size > size_) size = size_;
    const std::vector<uint8_t> taken(bytes_, bytes_ + size);
    Skip(size);
    return taken;
  }

 private:
  void Skip(size_t size) {
    bytes_ += size;
    size_ -= size;
  }

  const uint8_t* bytes_;
  size_t size_;
};
