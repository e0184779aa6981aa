#pragma once

#include <cstddef>
#include <vector>

#include "xtables/operation.h"
#include "xtables/rule.h"

namespace iptc {

/// What DELETE, CHECK and EXPECT_AT look for: an entry, a mask of the same size, and what its matches and its target
/// may be instead. As in libiptc, the entry's head is compared whole (its interfaces under their own masks; its
/// counters, comefrom and nfcache not at all), and so are names and sizes; masks are for the revisions and the data.
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

  /// In the format of lib/backend/program.ts; they outlive this.
  void AddAlternatives(const uint8_t* bytes, size_t size) {
    const uint32_t target = size == 0 ? 0 : Matches();
    for (size_t at = 0; at < size;) {
      uint32_t head[2];
      if (size - at < sizeof head) throw Operation::Malformed();
      memcpy(head, bytes + at, sizeof head);
      at += sizeof head;
      const uint32_t length = head[1];
      if (length < sizeof(xt_entry_match) || length % 8 != 0 || length > (size - at) / 2) throw Operation::Malformed();
      xt_entry_match form;
      memcpy(&form, bytes + at, sizeof form);
      const bool named = memchr(form.u.user.name, '\0', sizeof form.u.user.name) != nullptr;
      if (head[0] > target || form.u.match_size != length || !named) throw Operation::Malformed();
      alternatives_.push_back(Alternative{head[0], length, bytes + at, bytes + at + length});
      at += 2 * length;
    }
  }

  bool Fits(const Entry* rule, xtc_handle* handle) const {
    if (alternatives_.empty() &&
        (rule->target_offset != entry_->target_offset || rule->next_offset != entry_->next_offset)) {
      return false;
    }
    return F::SameHead(*rule, *entry_) && SameMatches(rule) && SameDestination(rule, handle);
  }

 private:
  /// A match, or behind the last of them the target, in another form.
  struct Alternative {
    uint32_t element;
    uint32_t size;
    const uint8_t* bytes;
    const uint8_t* mask;
  };

  bool SameMatches(const Entry* rule) const {
    size_t at = sizeof(Entry);  // in the rule
    uint32_t element = 0;
    for (size_t ours = sizeof(Entry); ours < entry_->target_offset; element++) {
      if (at >= rule->target_offset) return false;
      const uint8_t* wanted = At<uint8_t>(entry_, ours);
      if (!SameElement(rule, at, wanted, mask_ + ours, SizeOf(wanted)) && !Alternatively(rule, at, element))
        return false;
      ours += SizeOf(wanted);
      at += SizeOf(At<uint8_t>(rule, at));
    }
    return at == rule->target_offset;
  }

  uint32_t Matches() const {
    uint32_t count = 0;
    for (size_t at = sizeof(Entry); at < entry_->target_offset; at += SizeOf(At<uint8_t>(entry_, at))) count++;
    return count;
  }

  bool Alternatively(const Entry* rule, size_t at, uint32_t element) const {
    for (const Alternative& form : alternatives_) {
      if (form.element == element && SameElement(rule, at, form.bytes, form.mask, form.size)) return true;
    }
    return false;
  }

  /// Matches and targets begin alike.
  static bool SameElement(const Entry* rule, size_t at, const uint8_t* wanted, const uint8_t* mask, size_t size) {
    const xt_entry_match* theirs = At<xt_entry_match>(rule, at);
    const size_t name = offsetof(xt_entry_match, u.user.name);
    const size_t revision = offsetof(xt_entry_match, u.user.revision);
    return theirs->u.match_size == size &&
           strncmp(theirs->u.user.name, reinterpret_cast<const char*>(wanted) + name, revision - name) == 0 &&
           SameUnderMask(At<uint8_t>(rule, at), wanted, mask, revision, revision + 1) &&
           SameUnderMask(At<uint8_t>(rule, at), wanted, mask, sizeof *theirs, size);
  }

  bool SameDestination(const Entry* rule, xtc_handle* handle) const {
    const Destination theirs = DestinationOf<F>(rule, handle);
    if (theirs.kind != kind_) return false;
    if (kind_ != Destination::kExtension) return strcmp(theirs.name, name_) == 0;
    const size_t at = entry_->target_offset;
    const uint8_t* wanted = At<uint8_t>(entry_, at);
    return SameElement(rule, rule->target_offset, wanted, mask_ + at, SizeOf(wanted)) ||
           (!alternatives_.empty() && Alternatively(rule, rule->target_offset, Matches()));
  }

  /// From one offset to another.
  static bool SameUnderMask(const uint8_t* theirs, const uint8_t* wanted, const uint8_t* mask, size_t at, size_t end) {
    for (; at < end; at++) {
      if (((wanted[at] ^ theirs[at]) & mask[at]) != 0) return false;
    }
    return true;
  }

  static uint16_t SizeOf(const uint8_t* element) {
    uint16_t size;
    memcpy(&size, element, sizeof size);
    return size;
  }

  template <class T>
  static const T* At(const Entry* entry, size_t offset) {
    return reinterpret_cast<const T*>(reinterpret_cast<const char*>(entry) + offset);
  }

  const Entry* entry_;
  const uint8_t* mask_;
  std::vector<Alternative> alternatives_;
  const char* name_;
  Destination::Kind kind_;
};

}  // namespace iptc
