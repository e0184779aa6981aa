#pragma once

#include <linux/netfilter.h>

#include "xtables/family.h"

namespace iptc {

/// The revision of a target that isn't an extension but a verdict, a jump or nothing: no extension has it. It tells a
/// jump to a chain from an extension of the same name and size.
const uint8_t kStandard = 255;
const unsigned kStandardTargetSize = XT_ALIGN(sizeof(xt_standard_target));

/// Where a rule goes.
struct Destination {
  enum Kind { kNowhere, kVerdict, kChain, kExtension };

  Kind kind;
  const char* name;  // empty for kNowhere, and for a verdict that no rule of ours can have
};

template <class Entry>
xt_entry_target* TargetOf(Entry* e) {
  return reinterpret_cast<xt_entry_target*>(reinterpret_cast<char*>(e) + e->target_offset);
}

template <class Entry>
const xt_entry_target* TargetOf(const Entry* e) {
  return reinterpret_cast<const xt_entry_target*>(reinterpret_cast<const char*>(e) + e->target_offset);
}

inline int VerdictOf(const xt_entry_target* target) {
  int verdict;
  memcpy(&verdict, target->data, sizeof verdict);
  return verdict;
}

inline bool IsVerdict(const char* name) {
  return strcmp(name, IPTC_LABEL_ACCEPT) == 0 || strcmp(name, IPTC_LABEL_DROP) == 0 ||
         strcmp(name, IPTC_LABEL_QUEUE) == 0 || strcmp(name, IPTC_LABEL_RETURN) == 0;
}

/// Of a name that IsVerdict().
inline int VerdictNumber(const char* name) {
  if (strcmp(name, IPTC_LABEL_ACCEPT) == 0) return -NF_ACCEPT - 1;
  if (strcmp(name, IPTC_LABEL_DROP) == 0) return -NF_DROP - 1;
  return strcmp(name, IPTC_LABEL_QUEUE) == 0 ? -NF_QUEUE - 1 : XT_RETURN;
}

/// The names that libiptc knows. It abort()s at any other verdict, and a table of somebody else's may hold one.
inline const char* VerdictName(int verdict) {
  switch (verdict) {
    case -NF_ACCEPT - 1:
      return IPTC_LABEL_ACCEPT;
    case -NF_DROP - 1:
      return IPTC_LABEL_DROP;
    case -NF_QUEUE - 1:
      return IPTC_LABEL_QUEUE;
    case XT_RETURN:
      return IPTC_LABEL_RETURN;
    default:
      return "";
  }
}

/// The policy that a built-in chain's last entry is, or null.
template <class Entry>
const char* PolicyOf(const Entry* foot) {
  const xt_entry_target* target = TargetOf(foot);
  if (target->u.user.name[0] != '\0') return nullptr;
  const char* policy = VerdictName(VerdictOf(target));
  return strcmp(policy, IPTC_LABEL_ACCEPT) == 0 || strcmp(policy, IPTC_LABEL_DROP) == 0 ? policy : nullptr;
}

/// Of a rule in libiptc's copy of a table, read from the kernel or put there by a program.
template <class F>
Destination DestinationOf(const typename F::Entry* rule, xtc_handle* handle) {
  const xt_entry_target* target = TargetOf(rule);
  const char* name = target->u.user.name;
  if (name[0] != '\0' && target->u.user.revision != kStandard) return Destination{Destination::kExtension, name};
  if (name[0] == '\0' && VerdictOf(target) < 0) {
    return Destination{Destination::kVerdict, VerdictName(VerdictOf(target))};
  }
  name = F::GetTarget(rule, handle);
  return Destination{name[0] == '\0' ? Destination::kNowhere : Destination::kChain, name};
}

}  // namespace iptc
