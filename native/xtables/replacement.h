#pragma once

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "xtables/blob.h"
#include "xtables/counter_request.h"
#include "xtables/entry_check.h"
#include "xtables/operation.h"

namespace iptc {

/// A program that empties its table and fills it again, as a restore does. It is compiled into the kernel's form as it
/// stands: libiptc would first read and take apart a table that is to be forgotten.
///
/// Only what is plain: chains, policies, rules at their chain's end. Everything else, and whatever is wrong, is for
/// libiptc, which runs the same program from its beginning, and says what it refuses.
template <class F>
class Replacement {
 public:
  Replacement(const std::string& table, const KernelSocket& socket) : table_(table), socket_(socket) {}

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

  /// Takes a piece of the program. False, and it is left, if libiptc has to run pieces(), then this one and all that
  /// come.
  bool Take(Bytes* piece) {
    const uint8_t* program = piece->data();
    const size_t size = piece->size();
    try {
      size_t at = 0;
      if (!begun()) {
        if (!Begins(program, size) || !FindBuiltinChains()) return false;
        at = 2 * sizeof(uint32_t[2]);
      }
      while (at < size) {
        if (!Do(Operation::Next(program, size, &at))) return false;
      }
    } catch (const Failure&) {
      return false;
    }
    pieces_.push_back(std::move(*piece));
    return true;
  }
  /// Whether it holds a program.
  bool begun() const { return !pieces_.empty(); }
  const std::vector<Bytes>& pieces() const { return pieces_; }

  /// False if the kernel refuses: nothing has changed. Throws a Failure of stage kCounters.
  bool Commit(bool keep_policy_counters) {
    std::vector<Chain*> chains;
    if (!Prepare(&chains)) return false;
    std::vector<xt_counters> old(info_.num_entries);
    if (Send(old.data(), info_.num_entries) < 0) return false;
    Live([&] { PutCounters(chains, old, keep_policy_counters); });
    return true;
  }

  /// Has the kernel check the table, and keep the one that it has. It checks all of a table before it looks whether the
  /// caller knows how many entries there are now: no table has as few as one, so it ends there, with EAGAIN.
  void Try() {
    std::vector<Chain*> chains;
    if (!Prepare(&chains)) throw Failure(Stage::kCommit, EOPNOTSUPP, "The table can't be tried");
    xt_counters none;
    const int result = Send(&none, 1);
    if (result < 0 && result != -EAGAIN) throw Failure::System(Stage::kCommit, -result);
  }

 private:
  typedef typename F::Entry Entry;

  struct Chain {
    Label name;
    bool builtin = false;
    bool has_policy = false;  // by the program, or read
    int policy = XT_RETURN;
    xt_counters counters = {0, 0};
    int old_policy = -1;  // the number of its entry in the old table, if it is read there
    std::vector<const Entry*> rules;
    uint32_t size = 0;    // of its rules
    uint32_t offset = 0;  // in the table
  };

  static const int kNone = -1;
  static const size_t kLargest = 1u << 30;  // offsets are ints

  bool FindBuiltinChains() {
    if (Blob<F>::GetInfo(table_, socket_, &info_) < 0) return false;
    uint32_t offset = 0;
    for (unsigned hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
      if (!(info_.valid_hooks & (1u << hook))) continue;
      if (info_.hook_entry[hook] != offset) return false;  // libiptc keeps an order of somebody else's
      offset = info_.underflow[hook] + Blob<F>::kFootSize;
      Chain* chain = AddChain(Label(Blob<F>::HookName(hook)));
      chain->builtin = true;
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
    if (!chain->builtin || !(accept || operands.verdict == IPTC_LABEL_DROP)) return false;
    chain->has_policy = true;
    chain->policy = (accept ? -NF_ACCEPT : -NF_DROP) - 1;
    chain->counters = operands.with_counters ? operands.counters : xt_counters{0, 0};
    return true;
  }

  bool Append(Chain* chain, const Operation& operation) {
    const Entry* rule = reinterpret_cast<const Entry*>(operation.bytes);
    CheckEntry(rule, operation.size);
    if (!IsPlain(rule)) return false;
    chain->rules.push_back(rule);
    chain->size += rule->next_offset;
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
    return to != kNone && !chains_[to].builtin;
  }

  bool KnowsPolicies() const {
    return std::all_of(chains_.begin(), chains_.end(), [](const Chain& c) { return !c.builtin || c.has_policy; });
  }

  /// Of the chains for which the program sets none. Not before the end: a kernel that doesn't preempt itself hands out
  /// a large table in one stretch, and whoever fills the next piece may have to wait for that.
  bool ReadPolicies(Bytes* bytes) {
    bytes->Truncate(0);
    if (!Blob<F>::Read(table_, socket_, &info_, bytes)) return false;
    uint8_t* entries = bytes->data() + Blob<F>::kBefore;
    unsigned hook = 0;
    size_t offset = 0;
    int number = 0;
    for (Chain& chain : chains_) {
      if (!chain.builtin) break;
      while (!(info_.valid_hooks & (1u << hook))) hook++;
      const Entry* e;
      for (;; offset += e->next_offset, number++) {
        e = Blob<F>::At(entries, info_.size, offset);
        if (e == nullptr) return false;
        if (offset == info_.underflow[hook]) break;
      }
      if (!chain.has_policy) {
        chain.policy = VerdictOf(TargetOf(e));
        chain.old_policy = number;
        chain.has_policy = true;
      }
      hook++;
    }
    return true;
  }

  /// Compiles the request; false if it can't be done here.
  bool Prepare(std::vector<Chain*>* chains) {
    if (!KnowsPolicies() && !ReadPolicies(&request_)) return false;
    *chains = Layout();
    if (chains->empty()) return false;
    Compile(*chains, &request_);
    return true;
  }

  /// 0 or more, or -errno. The kernel fills in what its `count` entries have counted.
  int Send(xt_counters* old, uint32_t count) {
    typename F::Replacement* replacement = reinterpret_cast<typename F::Replacement*>(request_.data());
    replacement->counters = old;
    replacement->num_counters = count;
    return socket_.Set(F::kLevel, F::kReplace, replacement, static_cast<socklen_t>(request_.size()));
  }

  /// The chains in the kernel's order, with their offsets. None: it would be too large.
  std::vector<Chain*> Layout() {
    std::vector<Chain*> chains;
    for (Chain& chain : chains_) chains.push_back(&chain);
    std::sort(chains.begin(), chains.end(), [](const Chain* a, const Chain* b) {
      if (a->builtin || b->builtin) return a->builtin && (!b->builtin || a < b);
      return strcmp(a->name.text, b->name.text) < 0;
    });
    size_t offset = 0;
    entries_ = 1;
    for (Chain* chain : chains) {
      chain->offset = static_cast<uint32_t>(offset);
      offset += (chain->builtin ? 0 : Blob<F>::kHeadSize) + chain->size + Blob<F>::kFootSize;
      entries_ += (chain->builtin ? 1 : 2) + static_cast<uint32_t>(chain->rules.size());
      if (offset > kLargest) return std::vector<Chain*>();
    }
    size_ = static_cast<uint32_t>(offset + Blob<F>::kHeadSize);
    return chains;
  }

  /// Over whatever is in `request`: memory that has been touched is cheap.
  void Compile(const std::vector<Chain*>& chains, Bytes* request) {
    const size_t head = sizeof(typename F::Replacement);
    request->Truncate(0);
    request->Need(head + size_);
    request->Add(head + size_);
    typename F::Replacement* replacement = reinterpret_cast<typename F::Replacement*>(request->data());
    memset(replacement, 0, head);
    memcpy(replacement->name, info_.name, sizeof replacement->name);
    replacement->valid_hooks = info_.valid_hooks;
    replacement->num_entries = entries_;
    replacement->size = size_;

    uint8_t* at = reinterpret_cast<uint8_t*>(replacement->entries);
    uint8_t* const start = at;
    unsigned hook = 0;
    for (const Chain* chain : chains) {
      if (chain->builtin) {
        while (!(info_.valid_hooks & (1u << hook))) hook++;
        replacement->hook_entry[hook] = chain->offset;
        replacement->underflow[hook] = chain->offset + chain->size;
        hook++;
      } else {
        Blob<F>::WriteHead(at, chain->name.text);
        at += Blob<F>::kHeadSize;
      }
      for (const Entry* rule : chain->rules) {
        memcpy(at, rule, rule->next_offset);
        Resolve(reinterpret_cast<Entry*>(at), static_cast<uint32_t>(at - start));
        at += rule->next_offset;
      }
      Blob<F>::WriteFoot(at, chain->policy);
      at += Blob<F>::kFootSize;
    }
    Blob<F>::WriteHead(at, XT_ERROR_TARGET);
  }

  /// Names of verdicts and chains become what the kernel knows.
  void Resolve(Entry* rule, uint32_t offset) const {
    xt_entry_target* target = TargetOf(rule);
    if (target->u.user.revision != kStandard) return;
    const char* name = target->u.user.name;
    const int verdict = name[0] == '\0'   ? static_cast<int>(offset + rule->next_offset)
                        : IsVerdict(name) ? VerdictNumber(name)
                                          : static_cast<int>(chains_[Find(name)].offset + Blob<F>::kHeadSize);
    memset(target->u.user.name, 0, sizeof target->u.user.name);
    target->u.user.revision = 0;
    memcpy(target->data, &verdict, sizeof verdict);
  }

  /// The new table is live. Its counters start at zero; some have to begin with more.
  void PutCounters(const std::vector<Chain*>& chains, const std::vector<xt_counters>& old, bool keep) const {
    CounterRequest<F> request(info_.name, entries_);
    bool any = false;
    const auto add = [&](size_t index, const xt_counters& counters) {
      if (counters.pcnt == 0 && counters.bcnt == 0) return;
      request.Add(index, counters);
      any = true;
    };
    size_t index = 0;
    for (const Chain* chain : chains) {
      if (!chain->builtin) index++;
      for (const Entry* rule : chain->rules) add(index++, rule->counters);
      if (chain->old_policy < 0) {
        add(index, chain->counters);
      } else if (keep) {
        add(index, old[chain->old_policy]);
      }
      index++;
    }
    if (!any) return;
    const int result = request.Send(socket_);
    if (result < 0) throw Failure::System(Stage::kCounters, -result);
  }

  const std::string table_;
  const KernelSocket& socket_;
  typename F::Info info_;
  std::vector<Bytes> pieces_;
  std::vector<Chain> chains_;  // as they were created; built-in ones come first
  std::unordered_map<std::string, int> index_;
  Label chain_;  // what CHAIN named last
  int current_ = kNone;
  Bytes request_;  // the old table first, if it is read; then the new one
  uint32_t entries_ = 0;
  uint32_t size_ = 0;
};

}  // namespace iptc
