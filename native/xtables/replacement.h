#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "xtables/blob_walk.h"
#include "xtables/entry_check.h"
#include "xtables/operation.h"
#include "xtables/table_writer.h"

namespace iptc {

/// A program that empties its table and fills it again, as a restore does. It is compiled into the kernel's form as it
/// stands: libiptc would first read and take apart a table that is to be forgotten.
///
/// Only what is plain: chains, policies, rules at their chain's end. Everything else, and whatever is wrong, is for
/// libiptc, which runs the same program from its beginning, and says what it refuses.
template <class F>
class Replacement {
 public:
  Replacement(const std::string& table, const KernelSocket& socket)
      : table_(table), socket_(socket), writer_(table, socket) {}

  /// Whether a program empties the table before anything else.
  static bool Begins(const uint8_t* program, size_t size) {
    size_t at = 0;
    for (const uint32_t opcode : {Operation::kFlushAll, Operation::kDeleteChains}) {
      uint32_t head[2];
      if (size - at < sizeof head) return false;
      memcpy(head, program + at, sizeof head);
      if (head[0] != opcode || head[1] != sizeof head) return false;
      at += sizeof head;
    }
    return true;
  }

  /// Takes a piece of the program, which has to stay where it is. False if libiptc has to run all of them.
  bool Take(const uint8_t* program, size_t size) {
    try {
      size_t at = 0;
      if (!begun_) {
        if (!Begins(program, size) || !FindBuiltinChains()) return false;
        at = 2 * sizeof(uint32_t[2]);
      }
      while (at < size) {
        if (!Do(Operation::Next(program, size, &at))) return false;
      }
    } catch (const Failure&) {
      return false;
    }
    begun_ = true;
    return true;
  }
  /// Whether it holds a program.
  bool begun() const { return begun_; }

  /// False if the kernel refuses: nothing has changed. Throws a Failure of stage kCounters.
  bool Commit(bool keep_policy_counters) {
    if (!Compile()) return false;
    const auto count = [&](const std::vector<xt_counters>& old, CounterRequest<F>* request) {
      Count(old, keep_policy_counters, request);
      return request->any();
    };
    return writer_.Commit(info_.num_entries, count) >= 0;
  }

  /// Has the kernel check the table, and keep the one that it has. False if it refuses.
  bool Try() { return Compile() && writer_.Try() >= 0; }

 private:
  typedef typename F::Entry Entry;

  typedef typename TableWriter<F>::Chain WrittenChain;

  struct Chain : WrittenChain {
    bool has_policy = false;        // by the program, or read
    xt_counters counters = {0, 0};  // of the policy: what it begins with, or what it had counted when it was read
    int old_policy = -1;            // the number of its entry in the old table, if it is read there
  };

  static const int kNone = -1;

  bool FindBuiltinChains() {
    if (Blob<F>::GetInfo(table_, socket_, &info_) < 0) return false;
    uint32_t offset = 0;
    for (Hooks hook(info_.valid_hooks); !hook.AtEnd(); ++hook) {
      if (info_.hook_entry[*hook] != offset) return false;  // libiptc keeps an order of somebody else's
      offset = info_.underflow[*hook] + Blob<F>::kFootSize;
      AddChain(Label(Hooks::Name(*hook)))->hook = static_cast<int>(*hook);
    }
    return true;
  }

  Chain* AddChain(const Label& name) {
    index_[name.text] = static_cast<int>(chains_.size());
    chains_.emplace_back();
    chains_.back().name = name;
    return &chains_.back();
  }

  int Find(const char* name) const {
    const auto found = index_.find(name);
    return found == index_.end() ? kNone : found->second;
  }

  bool Do(const Operation& operation) {
    switch (operation.opcode) {
      case Operation::kChain:
        operation.Expect(Label::kSize);
        chain_ = operation.Name(0);
        current_ = Find(chain_.text);
        return true;
      case Operation::kCreate:
        operation.Expect(0);
        if (current_ != kNone || chain_.length() == 0 || chain_.length() > Label::kLongestChain ||
            IsVerdict(chain_.text)) {
          return false;
        }
        current_ = static_cast<int>(chains_.size());
        AddChain(chain_);
        return true;
      case Operation::kPolicy:
        return current_ != kNone && SetPolicy(&chains_[current_], PolicyOperands(operation));
      case Operation::kAppend:
        return current_ != kNone && Append(&chains_[current_], operation);
      default:
        return false;
    }
  }

  static bool SetPolicy(Chain* chain, const PolicyOperands& operands) {
    const bool accept = operands.verdict == IPTC_LABEL_ACCEPT;
    if (!chain->builtin() || !(accept || operands.verdict == IPTC_LABEL_DROP)) return false;
    chain->has_policy = true;
    chain->policy = (accept ? -NF_ACCEPT : -NF_DROP) - 1;
    chain->counters = operands.with_counters ? operands.counters : xt_counters{0, 0};
    return true;
  }

  bool Append(Chain* chain, const Operation& operation) {
    const Entry* rule = reinterpret_cast<const Entry*>(operation.bytes);
    CheckEntry(rule, operation.size);
    if (!IsPlain(rule)) return false;
    chain->Add(rule);
    return true;
  }

  /// Whether its target says where it goes, and means no other.
  bool IsPlain(const Entry* rule) const {
    const xt_entry_target* target = TargetOf(rule);
    const char* name = target->u.user.name;
    if (target->u.user.revision != kStandard) return Find(name) == kNone;
    if (name[0] == '\0') return true;
    if (IsVerdict(name)) return !F::IsGoto(*rule);
    const int to = Find(name);
    return to != kNone && !chains_[to].builtin();
  }

  bool KnowsPolicies() const {
    return std::all_of(chains_.begin(), chains_.end(), [](const Chain& c) { return !c.builtin() || c.has_policy; });
  }

  /// A visitor of the old table, for the chains of which the program sets no policy.
  struct Policies {
    explicit Policies(std::vector<Chain>* chains) : chains(chains) {}

    bool BeginChain(int hook, const char*, size_t, uint32_t) {
      chain = nullptr;
      if (hook == TableWriter<F>::kUsers) return true;
      if (at == chains->size() || (*chains)[at].hook != hook) return false;
      chain = &(*chains)[at++];
      return true;
    }
    void Rule(Entry*, size_t) {}
    bool EndChain(const Entry* foot, size_t, uint32_t number) {
      if (chain == nullptr || chain->has_policy) return true;
      const char* policy = PolicyOf(foot);
      if (policy == nullptr) return false;
      chain->policy = VerdictNumber(policy);
      chain->counters = foot->counters;
      chain->old_policy = static_cast<int>(number);
      chain->has_policy = true;
      return true;
    }
    void Head(Entry*) {}

    std::vector<Chain>* const chains;
    size_t at = 0;
    Chain* chain = nullptr;
  };

  /// Not before the end: a kernel that doesn't preempt itself hands out a large table in one stretch, and whoever fills
  /// the next piece may have to wait for that.
  bool ReadPolicies() {
    request_.Truncate(0);
    if (!Blob<F>::Read(table_, socket_, &info_, &request_)) return false;
    Policies policies(&chains_);
    return BlobWalk<F, Policies>::Run(request_.data() + Blob<F>::kBefore, info_, &policies);
  }

  bool Compile() {
    if (!KnowsPolicies() && !ReadPolicies()) return false;
    order_.clear();
    for (Chain& chain : chains_) order_.push_back(&chain);
    std::sort(order_.begin(), order_.end(), [](const WrittenChain* a, const WrittenChain* b) {
      if (a->builtin() || b->builtin()) return a->builtin() && (!b->builtin() || a->hook < b->hook);
      return strcmp(a->name.text, b->name.text) < 0;
    });
    return writer_.Compile(order_, ProgramDestination, &request_);
  }

  static Destination ProgramDestination(const Entry* rule) {
    const xt_entry_target* target = TargetOf(rule);
    const char* name = target->u.user.name;
    if (target->u.user.revision != kStandard) return Destination{Destination::kExtension, name};
    if (name[0] == '\0') return Destination{Destination::kNowhere, name};
    return Destination{IsVerdict(name) ? Destination::kVerdict : Destination::kChain, name};
  }

  void Count(const std::vector<xt_counters>& old, bool keep_policy_counters, CounterRequest<F>* request) const {
    size_t number = 0;
    for (const WrittenChain* written : order_) {
      const Chain* chain = static_cast<const Chain*>(written);
      if (!chain->builtin()) number++;
      for (const Entry* rule : chain->rules) request->Add(number++, rule->counters);
      if (chain->builtin()) request->Add(number, CountersOf(*chain, old, keep_policy_counters));
      number++;
    }
  }

  static xt_counters CountersOf(const Chain& chain, const std::vector<xt_counters>& old, bool keep) {
    if (chain.old_policy < 0) return chain.counters;
    const xt_counters& now = old[static_cast<size_t>(chain.old_policy)];
    return keep ? now : Since(chain.counters, now);
  }

  const std::string table_;
  const KernelSocket& socket_;
  typename F::Info info_;
  bool begun_ = false;
  std::vector<Chain> chains_;  // as they were created; built-in ones come first
  std::unordered_map<std::string, int> index_;
  Label chain_;  // what CHAIN named last
  int current_ = kNone;
  Bytes request_;  // the old table first, if it is read; then the new one
  std::vector<WrittenChain*> order_;
  TableWriter<F> writer_;
};

}  // namespace iptc
