#pragma once

#include <cstdint>

#include "xtables/label.h"
#include "xtables/rule.h"

namespace iptc {

/// The format of lib/backend/snapshot.ts.
struct SnapshotHeader {
  uint32_t version, family, chains, rules, chains_offset, rules_offset, size, zero;
};
struct SnapshotChain {
  char name[Label::kSize];
  char policy[Label::kSize];
  xt_counters counters;
  uint32_t builtin, references, rules_offset, rules;
};

/// Makes a rule as libiptc or the kernel has it a rule of a snapshot.
template <class F>
struct SnapshotRule {
  typedef typename F::Entry Entry;

  /// All but the target.
  static void Clean(Entry* rule) {
    rule->comefrom = 0;  // where the kernel's walk over the table came from: nothing that the rule says
    for (size_t at = sizeof(Entry); at + sizeof(xt_entry_match) <= rule->target_offset;) {
      xt_entry_match* match = reinterpret_cast<xt_entry_match*>(reinterpret_cast<char*>(rule) + at);
      const size_t size = match->u.match_size;
      if (size < sizeof *match || size % alignof(_xt_align) != 0) break;  // the kernel has no such rules
      SetName(match->u.user.name, match->u.user.name);
      at += size;
    }
  }

  /// The target says by name where the rule goes.
  static void SetDestination(Entry* rule, const Destination& destination) {
    xt_entry_target* target = TargetOf(rule);
    SetName(target->u.user.name, destination.name);
    if (destination.kind == Destination::kExtension) return;
    target->u.user.revision = kStandard;
    // A verdict that has no name stays: the rule can be told from others, though not be written.
    if (destination.kind != Destination::kVerdict || destination.name[0] != '\0') {
      memset(target->data, 0, kStandardTargetSize - sizeof *target);
    }
  }

 private:
  /// The kernel fills in names up to their end: what comes after is what was in the memory that it was given.
  static void SetName(char (&field)[XT_EXTENSION_MAXNAMELEN], const char* name) {
    size_t length = 0;
    while (length < sizeof field - 1 && name[length] != '\0') length++;
    memmove(field, name, length);
    memset(field + length, 0, sizeof field - length);
  }
};

}  // namespace iptc
