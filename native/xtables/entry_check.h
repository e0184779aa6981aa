#pragma once

#include <errno.h>

#include "kernel/failure.h"
#include "xtables/rule.h"

namespace iptc {

inline Failure MalformedEntry(const char* reason) {
  return Failure(Stage::kEdit, EINVAL, reason);
}

inline bool IsExtensionName(const char* name) {
  return strnlen(name, XT_EXTENSION_MAXNAMELEN) < XT_EXTENSION_MAXNAMELEN;
}

inline void CheckEntryTarget(const xt_entry_target* target, size_t room) {
  const char* name = target->u.user.name;
  if (target->u.target_size != room) throw MalformedEntry("The target's size is wrong");
  if (!IsExtensionName(name)) throw MalformedEntry("The target's name is wrong");
  if (target->u.user.revision == kStandard) {
    if (room != kStandardTargetSize || VerdictOf(target) != 0)
      throw MalformedEntry("A standard target's form is wrong");
  } else if (name[0] == '\0' || IsVerdict(name)) {
    throw MalformedEntry("A standard target's revision must be 255");
  } else if (strcmp(name, XT_ERROR_TARGET) == 0) {
    throw MalformedEntry("This target marks a chain's beginning: no rule can have it");
  }
}

/// Throws unless every size and offset in an entry of a program is right: libiptc and the kernel's form believe them.
template <class Entry>
void CheckEntry(const Entry* e, size_t size) {
  if (size < sizeof(Entry) + sizeof(xt_entry_target) || size > UINT16_MAX)
    throw MalformedEntry("The entry's size is wrong");
  if (e->next_offset != size || size % alignof(_xt_align) != 0)
    throw MalformedEntry("The entry's next_offset is wrong");
  if (e->target_offset < sizeof(Entry) || e->target_offset % alignof(_xt_align) != 0 ||
      e->target_offset + sizeof(xt_entry_target) > size) {
    throw MalformedEntry("The entry's target_offset is wrong");
  }
  const char* bytes = reinterpret_cast<const char*>(e);
  for (size_t at = sizeof(Entry); at < e->target_offset;) {
    if (at + sizeof(xt_entry_match) > e->target_offset) throw MalformedEntry("A match is cut off");
    const xt_entry_match* match = reinterpret_cast<const xt_entry_match*>(bytes + at);
    const size_t match_size = match->u.match_size;
    if (match_size < sizeof(xt_entry_match) || match_size % alignof(_xt_align) != 0 ||
        at + match_size > e->target_offset) {
      throw MalformedEntry("A match's size is wrong");
    }
    if (!IsExtensionName(match->u.user.name) || match->u.user.name[0] == '\0')
      throw MalformedEntry("A match's name is wrong");
    at += match_size;
  }
  CheckEntryTarget(TargetOf(e), size - e->target_offset);
}

}  // namespace iptc
