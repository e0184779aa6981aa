#pragma once

#include <vector>

#include "bytes.h"
#include "handle.h"
#include "label.h"
#include "rule.h"

namespace iptc {

/// Writes libiptc's copy of a table in the format of lib/backend/snapshot.ts. In one pass: each rule is touched once,
/// and each chain looked up by name a constant number of times.
template <class F>
class SnapshotWriter {
 public:
  /// Under the guard.
  static Bytes Write(xtc_handle* handle) {
    SnapshotWriter writer(handle);
    writer.WriteChains();
    writer.out_.Trim();
    return std::move(writer.out_);
  }

 private:
  typedef typename F::Entry Entry;

  struct Header {
    uint32_t version, family, chains, rules, chains_offset, rules_offset, size, zero;
  };
  struct Chain {
    char name[Label::kSize];
    char policy[Label::kSize];
    xt_counters counters;
    uint32_t builtin, references, rules_offset, rules;
  };

  explicit SnapshotWriter(xtc_handle* handle) : handle_(handle) {}

  void WriteChains() {
    std::vector<const char*> names;
    for (const char* name = F::FirstChain(handle_); name != nullptr; name = F::NextChain(handle_)) {
      names.push_back(name);
    }
    const size_t rules_offset = sizeof(Header) + names.size() * sizeof(Chain);
    out_.Reserve(rules_offset + 4096);
    memset(out_.Add(rules_offset), 0, rules_offset);

    uint32_t rules = 0;
    bool builtin = true;
    for (size_t i = 0; i < names.size(); i++) {
      builtin = builtin && F::Builtin(names[i], handle_);  // they come first
      const Chain chain = WriteChain(names[i], builtin);
      memcpy(out_.data() + sizeof(Header) + i * sizeof(Chain), &chain, sizeof chain);
      rules += chain.rules;
    }

    const Header header = {1,
                           F::kNumber,
                           static_cast<uint32_t>(names.size()),
                           rules,
                           sizeof(Header),
                           static_cast<uint32_t>(rules_offset),
                           static_cast<uint32_t>(out_.size()),
                           0};
    memcpy(out_.data(), &header, sizeof header);
  }

  Chain WriteChain(const char* name, bool builtin) {
    Chain chain;
    memset(&chain, 0, sizeof chain);
    memcpy(chain.name, Label(name).text, sizeof chain.name);
    chain.builtin = builtin;
    chain.rules_offset = static_cast<uint32_t>(out_.size());
    if (builtin) {
      const char* policy = F::GetPolicy(name, &chain.counters, handle_);
      memcpy(chain.policy, Label(policy).text, sizeof chain.policy);
    } else {
      F::GetReferences(&chain.references, name, handle_);
    }
    for (const Entry* e = F::FirstRule(name, handle_); e != nullptr; e = F::NextRule(e, handle_)) {
      WriteRule(e);
      chain.rules++;
    }
    return chain;
  }

  /// In the form of a program's entries: the target says by name where the rule goes.
  void WriteRule(const Entry* rule) {
    Entry* copy = reinterpret_cast<Entry*>(out_.Add(rule->next_offset));
    memcpy(copy, rule, rule->next_offset);
    copy->comefrom = 0;  // where the kernel's walk over the table came from: nothing that the rule says
    for (size_t at = sizeof(Entry); at + sizeof(xt_entry_match) <= copy->target_offset;) {
      xt_entry_match* match = reinterpret_cast<xt_entry_match*>(reinterpret_cast<char*>(copy) + at);
      if (match->u.match_size < sizeof *match) break;  // the kernel has no such rules
      SetName(match->u.user.name, match->u.user.name);
      at += match->u.match_size;
    }
    const Destination destination = DestinationOf<F>(rule, handle_);
    xt_entry_target* target = TargetOf(copy);
    SetName(target->u.user.name, destination.name);
    if (destination.kind == Destination::kExtension) return;
    target->u.user.revision = kStandard;
    // A verdict that has no name stays: the rule can be told from others, though not be written.
    if (destination.kind != Destination::kVerdict || destination.name[0] != '\0') {
      memset(target->data, 0, kStandardTargetSize - sizeof *target);
    }
  }

  /// The kernel fills in names up to their end: what comes after is what was in the memory that libiptc gave it.
  static void SetName(char (&field)[XT_EXTENSION_MAXNAMELEN], const char* name) {
    const size_t length = strnlen(name, sizeof field - 1);
    memmove(field, name, length);
    memset(field + length, 0, sizeof field - length);
  }

  xtc_handle* handle_;
  Bytes out_;
};

}  // namespace iptc
