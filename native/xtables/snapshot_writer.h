#pragma once

#include <vector>

#include "kernel/bytes.h"
#include "xtables/handle.h"
#include "xtables/snapshot_format.h"

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

  explicit SnapshotWriter(xtc_handle* handle) : handle_(handle) {}

  void WriteChains() {
    std::vector<const char*> names;
    for (const char* name = F::FirstChain(handle_); name != nullptr; name = F::NextChain(handle_)) {
      names.push_back(name);
    }
    const size_t rules_offset = sizeof(SnapshotHeader) + names.size() * sizeof(SnapshotChain);
    out_.Reserve(rules_offset + 4096);
    memset(out_.Add(rules_offset), 0, rules_offset);

    uint32_t rules = 0;
    bool builtin = true;
    for (size_t i = 0; i < names.size(); i++) {
      builtin = builtin && F::Builtin(names[i], handle_);  // they come first
      const SnapshotChain chain = WriteChain(names[i], builtin);
      memcpy(out_.data() + sizeof(SnapshotHeader) + i * sizeof(SnapshotChain), &chain, sizeof chain);
      rules += chain.rules;
    }

    const SnapshotHeader header = {1,
                                   F::kNumber,
                                   static_cast<uint32_t>(names.size()),
                                   rules,
                                   sizeof(SnapshotHeader),
                                   static_cast<uint32_t>(rules_offset),
                                   static_cast<uint32_t>(out_.size()),
                                   0};
    memcpy(out_.data(), &header, sizeof header);
  }

  SnapshotChain WriteChain(const char* name, bool builtin) {
    SnapshotChain chain;
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

  void WriteRule(const Entry* rule) {
    Entry* copy = reinterpret_cast<Entry*>(out_.Add(rule->next_offset));
    memcpy(copy, rule, rule->next_offset);
    SnapshotRule<F>::Clean(copy);
    SnapshotRule<F>::SetDestination(copy, DestinationOf<F>(rule, handle_));
  }

  xtc_handle* handle_;
  Bytes out_;
};

}  // namespace iptc
