#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace iptc {

/// Bytes from malloc that grow by realloc: beyond a page or two glibc then moves pages instead of copying them.
class Bytes {
 public:
  Bytes() {}
  /// A copy.
  Bytes(const uint8_t* bytes, size_t size) {
    if (size == 0) return;
    Reserve(size);
    memcpy(Add(size), bytes, size);
  }
  Bytes(Bytes&& other) noexcept : data_(other.data_), size_(other.size_), capacity_(other.capacity_) { other.Forget(); }
  Bytes& operator=(Bytes&& other) noexcept {
    if (this != &other) {
      free(data_);
      data_ = other.data_;
      size_ = other.size_;
      capacity_ = other.capacity_;
      other.Forget();
    }
    return *this;
  }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;
  ~Bytes() { free(data_); }

  uint8_t* data() { return data_; }
  const uint8_t* data() const { return data_; }
  size_t size() const { return size_; }

  bool HasRoom(size_t size) const { return capacity_ - size_ >= size; }
  /// Room for `size` more bytes at the end, as they come from malloc.
  uint8_t* Add(size_t size) {
    if (!HasRoom(size)) Reserve(size_ + size + (size_ + size) / 2);
    uint8_t* added = data_ + size_;
    size_ += size;
    return added;
  }
  /// Room for exactly so many more, if there isn't enough.
  void Need(size_t size) {
    if (!HasRoom(size)) Reserve(size_ + size);
  }
  void Reserve(size_t capacity) {
    void* data = realloc(data_, capacity);
    if (data == nullptr) throw std::bad_alloc();
    data_ = static_cast<uint8_t*>(data);
    capacity_ = capacity;
    if (capacity >= kLarge) AskForHugePages();
  }
  /// Forgets what is beyond `size`; the memory stays.
  void Truncate(size_t size) { size_ = size; }
  /// Gives back what isn't used.
  void Trim() {
    if (size_ > 0) Reserve(size_);
  }
  /// The caller frees it.
  uint8_t* Release() {
    uint8_t* data = data_;
    Forget();
    return data;
  }

 private:
  static const size_t kHugePage = 2 << 20, kLarge = 2 * kHugePage;

  /// 64 MiB are then filled a tenth faster, and freed in 0.3 ms instead of 5, which the event loop would wait for.
  void AskForHugePages() {
    const uintptr_t page = kHugePage, begin = (reinterpret_cast<uintptr_t>(data_) + page - 1) & ~(page - 1);
    const uintptr_t end = (reinterpret_cast<uintptr_t>(data_) + capacity_) & ~(page - 1);
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  }
  void Forget() {
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

  uint8_t* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace iptc
