#pragma once

#include <errno.h>

#include <memory>

#include "failure.h"
#include "rule.h"

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
    if (size < sizeof(Entry) + sizeof(xt_entry_target) || size > UINT16_MAX)
      throw Malformed("The entry's size is wrong");
    Reserve(size);
    memcpy(words_.get(), bytes, size);
    Check(size);
  }

  /// Makes the target, whatever it is, a jump to the chain of its name.
  void MakeJump() {
    // A jump is larger than the smallest extension, and offsets have 16 bits.
    if (entry()->target_offset + kStandardTargetSize > UINT16_MAX) throw Malformed("The entry's size is wrong");
    char name[XT_EXTENSION_MAXNAMELEN];
    memcpy(name, target()->u.user.name, sizeof name);
    memset(target(), 0, kStandardTargetSize);
    memcpy(target()->u.user.name, name, sizeof name);
    target()->u.user.revision = kStandard;
    target()->u.target_size = kStandardTargetSize;
    entry()->next_offset = entry()->target_offset + kStandardTargetSize;
  }

 private:
  static Failure Malformed(const char* reason) { return Failure(Stage::kEdit, EINVAL, reason); }

  void Reserve(size_t size) {
    const size_t words = (size + kStandardTargetSize + 7) / 8;  // room for MakeJump()
    if (words <= capacity_) return;
    words_.reset(new uint64_t[words]);
    capacity_ = words;
  }

  void Check(size_t size) {
    const Entry* e = entry();
    if (e->next_offset != size || size % alignof(_xt_align) != 0) throw Malformed("The entry's next_offset is wrong");
    if (e->target_offset < sizeof(Entry) || e->target_offset % alignof(_xt_align) != 0 ||
        e->target_offset + sizeof(xt_entry_target) > size) {
      throw Malformed("The entry's target_offset is wrong");
    }
    const char* bytes = reinterpret_cast<const char*>(e);
    for (size_t at = sizeof(Entry); at < e->target_offset;) {
      if (at + sizeof(xt_entry_match) > e->target_offset) throw Malformed("A match is cut off");
      const xt_entry_match* match = reinterpret_cast<const xt_entry_match*>(bytes + at);
      const size_t match_size = match->u.match_size;
      if (match_size < sizeof(xt_entry_match) || match_size % alignof(_xt_align) != 0 ||
          at + match_size > e->target_offset) {
        throw Malformed("A match's size is wrong");
      }
      if (!IsName(match->u.user.name) || match->u.user.name[0] == '\0') throw Malformed("A match's name is wrong");
      at += match_size;
    }
    CheckTarget(TargetOf(e), size - e->target_offset);
  }

  static void CheckTarget(const xt_entry_target* target, size_t room) {
    const char* name = target->u.user.name;
    if (target->u.target_size != room) throw Malformed("The target's size is wrong");
    if (!IsName(name)) throw Malformed("The target's name is wrong");
    if (target->u.user.revision == kStandard) {
      if (room != kStandardTargetSize || VerdictOf(target) != 0) throw Malformed("A standard target's form is wrong");
    } else if (name[0] == '\0' || IsVerdict(name)) {
      throw Malformed("A standard target's revision must be 255");
    } else if (strcmp(name, XT_ERROR_TARGET) == 0) {
      throw Malformed("This target marks a chain's beginning: no rule can have it");
    }
  }

  static bool IsName(const char* name) { return strnlen(name, XT_EXTENSION_MAXNAMELEN) < XT_EXTENSION_MAXNAMELEN; }

  std::unique_ptr<uint64_t[]> words_;
  size_t capacity_ = 0;
};

}  // namespace iptc
