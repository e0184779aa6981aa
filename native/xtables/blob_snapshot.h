#pragma once

#include <algorithm>
#include <vector>

#include "xtables/blob.h"
#include "xtables/snapshot_format.h"

namespace iptc {

/// Makes a snapshot of what the kernel hands out, in place, without libiptc's copy of it: a third of the time and of
/// the memory. Only of a table as libiptc leaves it; what else there may be is libiptc's to read.
template <class F>
class BlobSnapshot {
 public:
  /// False if libiptc has to do it, or to say why it can't be done.
  static bool Read(const std::string& table, const KernelSocket& socket, Bytes* out) {
    Bytes bytes;
    typename F::Info info;
    memset(bytes.Add(sizeof(SnapshotHeader)), 0, sizeof(SnapshotHeader));
    if (!Blob<F>::Read(table, socket, &info, &bytes, kRoomForChains)) return false;
    BlobSnapshot snapshot(&bytes, info);
    if (!snapshot.FindChains() || !snapshot.ResolveJumps()) return false;
    snapshot.Finish();
    *out = std::move(bytes);
    return true;
  }

 private:
  typedef typename F::Entry Entry;

  static const size_t kRoomForChains = 4096;
  static const size_t kStart = sizeof(SnapshotHeader) + Blob<F>::kBefore;

  BlobSnapshot(Bytes* bytes, const typename F::Info& info)
      : bytes_(bytes), entries_(bytes->data() + kStart), info_(info) {}

  bool FindChains() {
    size_t previous = 0;  // what a chain ends with is known when the next begins
    for (size_t offset = 0;;) {
      Entry* e = Blob<F>::At(entries_, info_.size, offset);
      if (e == nullptr) return false;
      const size_t size = e->next_offset;
      const bool head = strcmp(TargetOf(e)->u.user.name, XT_ERROR_TARGET) == 0;
      const bool last = offset + size == info_.size;
      if (last && (!head || HookFrom(hook_) < NF_INET_NUMHOOKS)) return false;
      if (head) {
        if (size != Blob<F>::kHeadSize || !EndChain(previous)) return false;
        if (!last && !BeginUserChain(e, offset)) return false;
        memset(e, 0, size);  // parts of it the kernel has left as they were in our memory
        if (last) return true;
      } else {
        if (HookFrom(hook_) < NF_INET_NUMHOOKS && info_.hook_entry[HookFrom(hook_)] == offset) {
          if (!EndChain(previous)) return false;
          BeginBuiltinChain(offset);
        }
        if (chains_.empty()) return false;
        TakeRule(e, offset);
      }
      previous = offset;
      offset += size;
    }
  }

  /// The next hook that the table has.
  unsigned HookFrom(unsigned hook) const {
    while (hook < NF_INET_NUMHOOKS && !(info_.valid_hooks & (1u << hook))) hook++;
    return hook;
  }

  void BeginBuiltinChain(size_t offset) {
    const unsigned hook = HookFrom(hook_);
    hook_ = hook + 1;
    Begin(Blob<F>::HookName(hook), offset)->builtin = 1;
  }

  bool BeginUserChain(const Entry* head, size_t offset) {
    if (HookFrom(hook_) < NF_INET_NUMHOOKS) return false;  // built-in chains come first
    Label name;
    const xt_entry_target* target = TargetOf(head);
    strncpy(name.text, reinterpret_cast<const char*>(target->data), XT_FUNCTION_MAXNAMELEN - 1);
    const bool sorted = chains_.back().builtin || strcmp(chains_.back().name, name.text) < 0;
    if (name.text[0] == '\0' || name.length() > Label::kLongestChain || !sorted) return false;
    Begin(name.text, offset + Blob<F>::kHeadSize);
    return true;
  }

  SnapshotChain* Begin(const char* name, size_t offset) {
    SnapshotChain chain;
    memset(&chain, 0, sizeof chain);
    memcpy(chain.name, Label(name).text, sizeof chain.name);
    chain.rules_offset = static_cast<uint32_t>(kStart + offset);
    chains_.push_back(chain);
    return &chains_.back();
  }

  /// The last entry of a chain is its policy.
  bool EndChain(size_t last) {
    if (chains_.empty()) return true;
    SnapshotChain& chain = chains_.back();
    if (chain.rules == 0) return false;
    chain.rules--;
    rules_ += chain.rules;
    if (!chain.builtin) return true;
    const Entry* foot = reinterpret_cast<const Entry*>(entries_ + last);
    if (strcmp(policy_, IPTC_LABEL_ACCEPT) != 0 && strcmp(policy_, IPTC_LABEL_DROP) != 0) return false;
    strcpy(chain.policy, policy_);
    chain.counters = foot->counters;
    return true;
  }

  void TakeRule(Entry* e, size_t offset) {
    chains_.back().rules++;
    SnapshotRule<F>::Clean(e);
    const xt_entry_target* target = TargetOf(e);
    policy_ = "";
    if (target->u.user.name[0] != '\0') {
      const Destination extension = {Destination::kExtension, target->u.user.name};
      return SnapshotRule<F>::SetDestination(e, extension);
    }
    const int verdict = VerdictOf(target);
    if (verdict < 0) {
      policy_ = VerdictName(verdict);
      const Destination named = {Destination::kVerdict, policy_};
      return SnapshotRule<F>::SetDestination(e, named);
    }
    if (static_cast<size_t>(verdict) == offset + e->next_offset) {
      const Destination nowhere = {Destination::kNowhere, ""};
      return SnapshotRule<F>::SetDestination(e, nowhere);
    }
    jumps_.push_back(e);
  }

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
    return true;
  }

  void Finish() {
    const size_t chains_offset = bytes_->size();
    const size_t size = chains_.size() * sizeof(SnapshotChain);
    memcpy(bytes_->Add(size), chains_.data(), size);
    const SnapshotHeader header = {1,
                                   F::kNumber,
                                   static_cast<uint32_t>(chains_.size()),
                                   rules_,
                                   static_cast<uint32_t>(chains_offset),
                                   static_cast<uint32_t>(kStart),
                                   static_cast<uint32_t>(bytes_->size()),
                                   0};
    memcpy(bytes_->data(), &header, sizeof header);
    bytes_->Trim();
  }

  Bytes* bytes_;
  uint8_t* entries_;
  const typename F::Info info_;
  std::vector<SnapshotChain> chains_;
  std::vector<Entry*> jumps_;
  unsigned hook_ = 0;        // of the last built-in chain, plus one
  const char* policy_ = "";  // what the last rule would be as one
  uint32_t rules_ = 0;
};

}  // namespace iptc
