#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "xtables/blob_walk.h"
#include "xtables/counter_request.h"
#include "xtables/family.h"
#include "xtables/label.h"
#include "xtables/last_counters.h"
#include "xtables/rule.h"

namespace iptc {

/// What the entries of a table had counted when libiptc read it, and what the new ones begin with when it is replaced:
/// a rule keeps all that it has counted till then or, once zeroed, what it has counted since it was read.
///
/// So each rule has to be found in what the kernel hands out when it replaces the table. They are numbered as they are
/// read, in `comefrom`, which is nobody's but the kernel's, and which libiptc leaves alone. A rule that a program puts
/// there has no number: its counters are what it begins with.
template <class F>
class OldCounters {
 public:
  typedef typename F::Entry Entry;

  /// Right after the read. All of this is called under the guard.
  explicit OldCounters(xtc_handle* handle) : handle_(handle) {
    bool builtin = true;
    for (const char* name = F::FirstChain(handle); name != nullptr; name = F::NextChain(handle)) {
      builtin = builtin && F::Builtin(name, handle);  // they come first
      AddChain(name, builtin);
    }
    entries_++;  // the last entry is no chain's
  }

  /// How many entries the table had.
  uint32_t entries() const { return entries_; }

  /// For an entry on its way to libiptc.
  static void Unnumber(Entry* e) { e->comefrom = 0; }
  void ZeroChain(const Label& chain) {
    for (Entry* e = FirstRule(chain.text); e != nullptr; e = NextRule(e)) Zero(e);
    Policy* policy = Find(chain);
    if (policy != nullptr && policy->what == Policy::kKept) policy->what = Policy::kZeroed;
  }
  void ZeroRule(const Label& chain, uint32_t index) {
    Entry* e = RuleAt(chain, index);
    if (e != nullptr) Zero(e);
  }
  void SetPolicy(const Label& chain, const xt_counters& counters) {
    Policy* policy = Find(chain);
    if (policy == nullptr) return;
    policy->what = Policy::kSet;
    policy->counters = counters;
  }

  // What is deleted or set to zero, before it is, for what has asked to be told.
  void BeginTelling() { last_.BeginRecord(); }
  void TellDeleted(const Label& chain, uint32_t index) {
    const Entry* e = RuleAt(chain, index);
    if (e == nullptr) return;
    last_.BeginChain(chain);
    last_.Add({e->comefrom, true, e->counters});
  }
  void TellZeroed(const Label& chain, uint32_t index) {
    const Entry* e = RuleAt(chain, index);
    if (e == nullptr) return;
    last_.BeginChain(chain);
    last_.Add(ZeroedOf(e));
  }
  void TellZeroed(const Label& chain) {
    last_.BeginChain(chain);
    for (const Entry* e = FirstRule(chain.text); e != nullptr; e = NextRule(e)) last_.Add(ZeroedOf(e));
    const Policy* policy = Find(chain);
    if (policy == nullptr) return;
    const bool kept = policy->what == Policy::kKept;
    last_.AddPolicy({0, false, kept ? policy->counters : xt_counters{0, 0}});
  }
  size_t last_size() const { return last_.size(); }
  /// The same as bytes, so many of them, once the table is live.
  void WriteLast(const std::vector<xt_counters>& old, Bytes* told) const {
    last_.Write(told, [&](const LastCounters::Rule& rule) {
      return rule.deleted ? Of(rule.comefrom, rule.counters, old) : rule.counters;
    });
  }

  // libiptc sorts the user's chains when it reads them, if the kernel doesn't have them so. Where they were is still to
  // be seen in the rules that jump to them.

  /// For a rule that goes to a chain.
  void SeeJump(const Entry* rule, const char* to) {
    if (rule->comefrom == 0) return;
    const auto chain = std::lower_bound(chains_.begin() + policies_.size(), chains_.end(), to,
                                        [](const Chain& chain, const char* name) { return chain.name < name; });
    if (chain == chains_.end() || !(chain->name == to) || chain->offset != VerdictOf(TargetOf(rule))) {
      doubtful_ = true;
    } else {
      chain->seen = true;
    }
  }
  /// Jumps to that chain say another name from now on.
  void Rename() { doubtful_ = true; }
  /// Whether the kernel has the chains in this order, for all that can be seen: those that no rule jumps to can only
  /// have changed places among themselves, which doesn't matter if there are no rules in them.
  bool Sorted() const {
    size_t unseen = 0, rules = 0;
    for (size_t i = policies_.size(); i < chains_.size(); i++) {
      if (chains_[i].seen) continue;
      unseen++;
      rules += chains_[i].rules;
    }
    return !doubtful_ && (unseen <= 1 || rules == 0);
  }
  /// Finds the chains in the table as it is. False if it isn't as it was read.
  bool Locate(uint8_t* entries, const typename F::Info& info) {
    Locator locator(&chains_);
    if (info.num_entries != entries_ || !BlobWalk<F, Locator>::Run(entries, info, &locator)) return false;
    moved_ = locator.moved();
    return locator.Done();
  }

  /// What a rule begins with, `old` being what the table's entries had counted in the end.
  xt_counters Of(const Entry* rule, const std::vector<xt_counters>& old) const {
    return Of(rule->comefrom, rule->counters, old);
  }
  /// The same of a policy. iptables keeps what it has counted since it was read, `keep` all.
  xt_counters OfPolicy(const Label& chain, const std::vector<xt_counters>& old, bool keep) {
    const Policy* policy = Find(chain);
    if (policy == nullptr) return xt_counters{0, 0};
    if (policy->what == Policy::kSet) return policy->counters;
    const xt_counters& now = old[PlaceOf(policy->number)];
    return keep && policy->what == Policy::kKept ? now : Since(policy->counters, now);
  }

 private:
  xt_counters Of(uint32_t comefrom, const xt_counters& counters, const std::vector<xt_counters>& old) const {
    if (comefrom == 0) return counters;
    const xt_counters& now = old[PlaceOf((comefrom & ~kZeroed) - 1)];
    return comefrom & kZeroed ? Since(counters, now) : now;
  }

  static const uint32_t kZeroed = 1u << 31;  // in comefrom, besides one more than the rule's number

  struct Chain {
    Label name;
    uint32_t rules;
    int offset;      // of its first entry, its head aside
    uint32_t first;  // the number of that
    uint32_t place;  // the same in the kernel's table
    bool seen;       // that it is there
  };
  struct Policy {
    Label chain;
    uint32_t number;
    enum { kKept, kZeroed, kSet } what;
    xt_counters counters;  // as read, or set
  };

  /// A visitor of a table that finds chains in it.
  class Locator {
   public:
    explicit Locator(std::vector<Chain>* chains) : chains_(chains) {}

    bool BeginChain(int, const char* name, size_t, uint32_t number) {
      chain_ = Find(name);
      if (chain_ != nullptr) chain_->place = number;
      return chain_ != nullptr;
    }
    void Rule(Entry*, size_t) {}
    bool EndChain(Entry*, size_t, uint32_t number) { return number - chain_->place == chain_->rules; }
    void Head(Entry*) {}

    bool Done() const { return found_ == chains_->size(); }
    bool moved() const { return !index_.empty(); }

   private:
    Chain* Find(const char* name) {
      if (found_ < chains_->size() && (*chains_)[found_].name == name) return &(*chains_)[found_++];
      if (index_.empty()) {
        for (Chain& chain : *chains_) index_[chain.name.text] = &chain;
      }
      const auto found = index_.find(name);
      found_++;
      return found == index_.end() ? nullptr : found->second;
    }

    std::vector<Chain>* const chains_;
    size_t found_ = 0;
    std::unordered_map<std::string, Chain*> index_;  // for a table in another order
    Chain* chain_ = nullptr;
  };

  void AddChain(const char* name, bool builtin) {
    if (!builtin) {  // its head
      entries_++;
      size_ += Blob<F>::kHeadSize;
    }
    Chain chain = {Label(name), 0, static_cast<int>(size_), entries_, entries_, false};
    for (Entry* e = FirstRule(name); e != nullptr; e = NextRule(e)) {
      e->comefrom = ++entries_;
      size_ += e->next_offset;
      chain.rules++;
    }
    if (builtin) {
      Policy policy = {Label(name), entries_, Policy::kKept, {0, 0}};
      F::GetPolicy(name, &policy.counters, handle_);
      policies_.push_back(policy);
    }
    entries_++;  // its foot
    size_ += Blob<F>::kFootSize;
    chains_.push_back(chain);
  }

  static void Zero(Entry* e) {
    if (e->comefrom != 0) e->comefrom |= kZeroed;
  }
  /// What is taken from it by that: what it had counted when it was read.
  static LastCounters::Rule ZeroedOf(const Entry* e) {
    const bool counted = e->comefrom != 0 && (e->comefrom & kZeroed) == 0;
    return {e->comefrom, false, counted ? e->counters : xt_counters{0, 0}};
  }

  /// By libiptc's own numbers: where the kernel has it.
  uint32_t PlaceOf(uint32_t number) const {
    if (!moved_) return number;
    const auto next = std::upper_bound(chains_.begin(), chains_.end(), number,
                                       [](uint32_t number, const Chain& chain) { return number < chain.first; });
    const Chain& chain = *(next - 1);
    return chain.place + (number - chain.first);
  }

  Policy* Find(const Label& chain) {
    for (Policy& policy : policies_) {
      if (policy.chain == chain.text) return &policy;
    }
    return nullptr;
  }

  /// libiptc says const for what its callers needn't change.
  Entry* FirstRule(const char* chain) const { return const_cast<Entry*>(F::FirstRule(chain, handle_)); }
  Entry* NextRule(const Entry* e) const { return const_cast<Entry*>(F::NextRule(e, handle_)); }
  Entry* RuleAt(const Label& chain, uint32_t index) const {
    Entry* e = FirstRule(chain.text);
    while (e != nullptr && index-- > 0) e = NextRule(e);
    return e;
  }

  xtc_handle* const handle_;
  std::vector<Chain> chains_;
  std::vector<Policy> policies_;  // of the built-in chains
  LastCounters last_;
  uint32_t entries_ = 0;
  size_t size_ = 0;  // in bytes
  bool doubtful_ = false;
  bool moved_ = false;
};

}  // namespace iptc
