#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "xtables/blob.h"
#include "xtables/counter_request.h"
#include "xtables/rule.h"

namespace iptc {

/// Writes a table as a whole, in the two calls of the kernel that a commit is: the new table, which starts to count at
/// zero, and what its entries are to begin with. Each says for itself whether it has failed.
template <class F>
class TableWriter {
 public:
  typedef typename F::Entry Entry;

  struct Chain {
    Label name;
    int hook = kUsers;
    int policy = XT_RETURN;  // where its end leads to
    std::vector<const Entry*> rules;
    uint32_t size = 0;    // of its rules
    uint32_t offset = 0;  // in the table

    bool builtin() const { return hook != kUsers; }
    void Add(const Entry* rule) {
      rules.push_back(rule);
      size += rule->next_offset;
    }
  };
  static const int kUsers = -1;

  TableWriter(const std::string& table, const KernelSocket& socket) : table_(table), socket_(socket) {}

  /// Over whatever is in `request`: memory that has been touched is cheap. The chains are in the kernel's order;
  /// `destination_of` tells where a rule goes. False if it would be too large for a table.
  template <class DestinationOf>
  bool Compile(const std::vector<Chain*>& chains, const DestinationOf& destination_of, Bytes* request) {
    if (!Layout(chains)) return false;
    const size_t head = sizeof(Replacement);
    request->Truncate(0);
    request->Need(head + size_);
    request_ = reinterpret_cast<Replacement*>(request->Add(head + size_));
    memset(request_, 0, head);
    memcpy(request_->name, table_.data(), table_.size());
    request_->num_entries = entries_;
    request_->size = size_;

    uint8_t* const start = reinterpret_cast<uint8_t*>(request_->entries);
    uint8_t* at = start;
    for (const Chain* chain : chains) {
      if (chain->builtin()) {
        request_->valid_hooks |= 1u << chain->hook;
        request_->hook_entry[chain->hook] = chain->offset;
        request_->underflow[chain->hook] = chain->offset + chain->size;
      } else {
        Blob<F>::WriteHead(at, chain->name.text);
        at += Blob<F>::kHeadSize;
      }
      for (const Entry* rule : chain->rules) {
        Entry* e = reinterpret_cast<Entry*>(at);
        memcpy(at, rule, rule->next_offset);
        e->comefrom = 0;  // the kernel's own
        SetDestination(e, static_cast<uint32_t>(at - start), destination_of(rule));
        at += rule->next_offset;
      }
      Blob<F>::WriteFoot(at, chain->policy);
      at += Blob<F>::kFootSize;
    }
    Blob<F>::WriteHead(at, XT_ERROR_TARGET);
    return true;
  }

  /// Puts it into the place of a table of so many entries, and fetches what they have counted. Then `count` adds, to
  /// the request that it is given, what the new entries begin with, numbered as in the table; it tells whether to send
  /// it. 0, or -errno if the kernel refuses: nothing has changed. Throws a Failure of stage kCounters: the new table is
  /// live.
  template <class Count>
  int Commit(uint32_t entries, const Count& count) {
    // No memory may be missing once the table is live.
    std::vector<xt_counters> old(entries);
    CounterRequest<F> counters(request_->name, entries_);
    const int result = Replace(old.data(), entries);
    if (result < 0) return result;
    if (!count(old, &counters)) return 0;
    const int added = counters.Send(socket_);
    if (added < 0) throw Failure::System(Stage::kCounters, -added);
    return 0;
  }

  /// Has the kernel check it, and keep the table that it has: 0, or -errno. The kernel checks all of a table before it
  /// looks whether the caller knows how many entries there are now: no table has as few as one, so it ends there.
  int Try() {
    xt_counters none;
    const int result = Replace(&none, 1);
    return result == -EAGAIN ? 0 : result;
  }

 private:
  typedef typename F::Replacement Replacement;

  static const size_t kLargest = 1u << 30;  // offsets are ints

  bool Layout(const std::vector<Chain*>& chains) {
    size_t offset = 0;
    entries_ = 1;
    for (Chain* chain : chains) {
      if (!chain->builtin()) {
        offset += Blob<F>::kHeadSize;
        entries_++;
        offsets_[chain->name.text] = static_cast<uint32_t>(offset);
      }
      chain->offset = static_cast<uint32_t>(offset);
      offset += chain->size + Blob<F>::kFootSize;
      entries_ += static_cast<uint32_t>(chain->rules.size()) + 1;
      if (offset > kLargest) return false;
    }
    size_ = static_cast<uint32_t>(offset + Blob<F>::kHeadSize);
    return true;
  }

  /// Names of verdicts and chains become what the kernel knows.
  void SetDestination(Entry* rule, uint32_t offset, const Destination& to) {
    if (to.kind == Destination::kExtension) return;
    xt_entry_target* target = TargetOf(rule);
    memset(target->u.user.name, 0, sizeof target->u.user.name);
    target->u.user.revision = 0;
    if (to.kind == Destination::kVerdict && to.name[0] == '\0') return;  // it is there as a number
    const int verdict = to.kind == Destination::kNowhere   ? static_cast<int>(offset + rule->next_offset)
                        : to.kind == Destination::kVerdict ? VerdictNumber(to.name)
                                                           : static_cast<int>(OffsetOf(to.name));
    memcpy(target->data, &verdict, sizeof verdict);
  }

  /// Rules in a row mostly go to the same place.
  uint32_t OffsetOf(const char* chain) {
    if (!(asked_ == chain)) {
      asked_ = Label(chain);
      asked_offset_ = offsets_.at(chain);
    }
    return asked_offset_;
  }

  int Replace(xt_counters* old, uint32_t entries) {
    request_->counters = old;
    request_->num_counters = entries;
    return socket_.Set(F::kLevel, F::kReplace, request_, static_cast<socklen_t>(sizeof *request_ + size_));
  }

  const std::string table_;
  const KernelSocket& socket_;
  Replacement* request_ = nullptr;
  uint32_t entries_ = 0;
  uint32_t size_ = 0;
  std::unordered_map<std::string, uint32_t> offsets_;  // of the first rules of the user's chains
  Label asked_;
  uint32_t asked_offset_ = 0;
};

}  // namespace iptc
