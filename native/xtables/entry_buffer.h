#pragma once

#include <memory>

#include "xtables/entry_check.h"

namespace iptc {

/// An aligned copy of one entry of a program, checked: libiptc believes every size and offset in it.
/// The copy is what libiptc gets, so that nobody can change an entry between the check and the use.
template <class F>
class EntryBuffer {
 public:
  typedef typename F::Entry Entry;

  Entry* entry() { return reinterpret_cast<Entry*>(words_.get()); }
  xt_entry_target* target() { return TargetOf(entry()); }

  void Load(const uint8_t* bytes, size_t size) {
    if (size > UINT16_MAX) throw MalformedEntry("The entry's size is wrong");
    Reserve(size);
    memcpy(words_.get(), bytes, size);
    CheckEntry(entry(), size);
  }

  /// Makes the target, whatever it is, a jump to the chain of its name.
  void MakeJump() {
    // A jump is larger than the smallest extension, and offsets have 16 bits.
    if (entry()->target_offset + kStandardTargetSize > UINT16_MAX) throw MalformedEntry("The entry's size is wrong");
    char name[XT_EXTENSION_MAXNAMELEN];
    memcpy(name, target()->u.user.name, sizeof name);
    memset(target(), 0, kStandardTargetSize);
    memcpy(target()->u.user.name, name, sizeof name);
    target()->u.user.revision = kStandard;
    target()->u.target_size = kStandardTargetSize;
    entry()->next_offset = entry()->target_offset + kStandardTargetSize;
  }

 private:
  void Reserve(size_t size) {
    const size_t words = (size + kStandardTargetSize + 7) / 8;  // room for MakeJump()
    if (words <= capacity_) return;
    words_.reset(new uint64_t[words]);
    capacity_ = words;
  }

  std::unique_ptr<uint64_t[]> words_;
  size_t capacity_ = 0;
};

}  // namespace iptc
