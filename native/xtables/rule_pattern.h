#pragma once

#include <cstddef>

#include "xtables/rule.h"

namespace iptc {

/// What DELETE, CHECK and EXPECT_AT look for: an entry, and a mask of the same size. As in libiptc, the entry's head is
/// compared whole (its interfaces under their own masks; its counters, comefrom and nfcache not at all), and so are
/// names and sizes; the mask is for the revisions and the data of matches and of an extension target.
template <class F>
class RulePattern {
 public:
  typedef typename F::Entry Entry;

  /// The entry has been through EntryBuffer, and outlives this. `mask` has as many bytes as the program's entry had.
  RulePattern(const Entry* entry, const uint8_t* mask) : entry_(entry), mask_(mask) {
    const xt_entry_target* target = TargetOf(entry);
    name_ = target->u.user.name;
    if (target->u.user.revision != kStandard) {
      kind_ = Destination::kExtension;
    } else if (name_[0] == '\0') {
      kind_ = Destination::kNowhere;
    } else {
      kind_ = IsVerdict(name_) ? Destination::kVerdict : Destination::kChain;
    }
  }

  bool Fits(const Entry* rule, xtc_handle* handle) const {
    return rule->target_offset == entry_->target_offset && rule->next_offset == entry_->next_offset &&
           F::SameHead(*rule, *entry_) && SameMatches(rule) && SameDestination(rule, handle);
  }

 private:
  bool SameMatches(const Entry* rule) const {
    for (size_t at = sizeof(Entry); at < entry_->target_offset;) {
      const xt_entry_match* ours = At<xt_entry_match>(entry_, at);
      const xt_entry_match* theirs = At<xt_entry_match>(rule, at);
      const size_t size = ours->u.match_size;
      if (theirs->u.match_size != size || strcmp(theirs->u.user.name, ours->u.user.name) != 0) return false;
      if (!SameUnderMask(rule, at + offsetof(xt_entry_match, u.user.revision), 1)) return false;
      if (!SameUnderMask(rule, at + sizeof *ours, size - sizeof *ours)) return false;
      at += size;
    }
    return true;
  }

  bool SameDestination(const Entry* rule, xtc_handle* handle) const {
    const Destination theirs = DestinationOf<F>(rule, handle);
    if (theirs.kind != kind_ || strcmp(theirs.name, name_) != 0) return false;
    if (kind_ != Destination::kExtension) return true;
    const size_t at = entry_->target_offset;
    const size_t data = at + sizeof(xt_entry_target);
    return SameUnderMask(rule, at + offsetof(xt_entry_target, u.user.revision), 1) &&
           SameUnderMask(rule, data, entry_->next_offset - data);
  }

  bool SameUnderMask(const Entry* rule, size_t at, size_t size) const {
    const uint8_t* ours = At<uint8_t>(entry_, at);
    const uint8_t* theirs = At<uint8_t>(rule, at);
    for (size_t i = 0; i < size; i++) {
      if (((ours[i] ^ theirs[i]) & mask_[at + i]) != 0) return false;
    }
    return true;
  }

  template <class T>
  static const T* At(const Entry* entry, size_t offset) {
    return reinterpret_cast<const T*>(reinterpret_cast<const char*>(entry) + offset);
  }

  const Entry* entry_;
  const uint8_t* mask_;
  const char* name_;
  Destination::Kind kind_;
};

}  // namespace iptc
