#pragma once

#include <algorithm>
#include <vector>

#include "xtables/blob_walk.h"
#include "xtables/snapshot_format.h"

namespace iptc {

/// Makes a snapshot of what the kernel hands out, in place, without libiptc's copy of it: a third of the time and of
/// the memory. Only of a table as libiptc leaves it; what else there may be is libiptc's to read.
template <class F>
class BlobSnapshot {
 public:
  /// False if libiptc has to do it, or to say why it can't be done. `room` is for so many bytes of chains, at first.
  static bool Read(const std::string& table, const KernelSocket& socket, Bytes* out, size_t room = 4096) {
    Bytes bytes;
    typename F::Info info;
    memset(bytes.Add(sizeof(SnapshotHeader)), 0, sizeof(SnapshotHeader));
    if (!Blob<F>::Read(table, socket, &info, &bytes, room)) return false;
    BlobSnapshot snapshot;
    if (!Walk::Run(bytes.data() + kStart, info, &snapshot) || !snapshot.ResolveJumps()) return false;
    snapshot.AddChains(&bytes);
    *out = std::move(bytes);
    return true;
  }

 private:
  typedef typename F::Entry Entry;
  typedef BlobWalk<F, BlobSnapshot> Walk;
  friend Walk;

  static const size_t kStart = sizeof(SnapshotHeader) + Blob<F>::kBefore;

  BlobSnapshot() {}

  bool BeginChain(int hook, const char* name, size_t offset, uint32_t) {
    if (hook == Walk::kUserChain) {
      const bool sorted = chains_.empty() || chains_.back().builtin || strcmp(chains_.back().name, name) < 0;
      if (name[0] == '\0' || strlen(name) > Label::kLongestChain || !sorted) return false;
    } else {
      const bool sorted = chains_.empty() || (chains_.back().builtin && last_hook_ < hook);
      if (!sorted) return false;
      last_hook_ = hook;
    }
    SnapshotChain chain;
    memset(&chain, 0, sizeof chain);
    memcpy(chain.name, Label(name).text, sizeof chain.name);
    chain.builtin = hook != Walk::kUserChain;
    chain.rules_offset = static_cast<uint32_t>(kStart + offset);
    chains_.push_back(chain);
    return true;
  }

  void Rule(Entry* e, size_t offset) {
    chains_.back().rules++;
    SnapshotRule<F>::Clean(e);
    const xt_entry_target* target = TargetOf(e);
    if (target->u.user.name[0] != '\0') {
      const Destination extension = {Destination::kExtension, target->u.user.name};
      return SnapshotRule<F>::SetDestination(e, extension);
    }
    const int verdict = VerdictOf(target);
    if (verdict < 0) {
      const Destination named = {Destination::kVerdict, VerdictName(verdict)};
      return SnapshotRule<F>::SetDestination(e, named);
    }
    if (static_cast<size_t>(verdict) == offset + e->next_offset) {
      const Destination nowhere = {Destination::kNowhere, ""};
      return SnapshotRule<F>::SetDestination(e, nowhere);
    }
    jumps_.push_back(e);
  }

  bool EndChain(Entry* foot, size_t, uint32_t) {
    SnapshotChain& chain = chains_.back();
    if (chain.builtin) {
      const char* policy = PolicyOf(foot);
      if (policy == nullptr) return false;
      strcpy(chain.policy, policy);
      chain.counters = foot->counters;
    }
    Forget(foot);
    return true;
  }

  void Head(Entry* head) { Forget(head); }

  /// Parts of an entry the kernel leaves as they were in our memory.
  static void Forget(Entry* e) { memset(static_cast<void*>(e), 0, e->next_offset); }

  bool ResolveJumps() {
    for (Entry* e : jumps_) {
      const uint32_t offset = static_cast<uint32_t>(kStart + VerdictOf(TargetOf(e)));
      const auto chain =
          std::lower_bound(chains_.begin(), chains_.end(), offset,
                           [](const SnapshotChain& chain, uint32_t offset) { return chain.rules_offset < offset; });
      if (chain == chains_.end() || chain->rules_offset != offset || chain->builtin) return false;
      chain->references++;
      const Destination jump = {Destination::kChain, chain->name};
      SnapshotRule<F>::SetDestination(e, jump);
    }
    return !chains_.empty();
  }

  void AddChains(Bytes* bytes) const {
    const size_t chains_offset = bytes->size();
    const size_t size = chains_.size() * sizeof(SnapshotChain);
    memcpy(bytes->Add(size), chains_.data(), size);
    uint32_t rules = 0;
    for (const SnapshotChain& chain : chains_) rules += chain.rules;
    const SnapshotHeader header = {1,
                                   F::kNumber,
                                   static_cast<uint32_t>(chains_.size()),
                                   rules,
                                   static_cast<uint32_t>(chains_offset),
                                   static_cast<uint32_t>(kStart),
                                   static_cast<uint32_t>(bytes->size()),
                                   0};
    memcpy(bytes->data(), &header, sizeof header);
    bytes->Trim();
  }

  std::vector<SnapshotChain> chains_;
  std::vector<Entry*> jumps_;
  int last_hook_ = 0;  // of the last built-in chain
};

}  // namespace iptc
