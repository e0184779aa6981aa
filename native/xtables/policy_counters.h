#pragma once

#include <algorithm>
#include <vector>

#include "kernel/failure.h"
#include "xtables/blob.h"
#include "xtables/counter_request.h"
#include "xtables/handle.h"
#include "xtables/label.h"

namespace iptc {

/// The counters of a table's policies, kept over a commit.
///
/// libiptc marks them as zeroed when it reads a table, so that its commit leaves only what was counted since that read.
/// Adding what the read found makes the sum exact, whatever traffic flows meanwhile.
template <class F>
class PolicyCounters {
 public:
  /// Right after the read, under the guard.
  explicit PolicyCounters(xtc_handle* handle) {
    // Built-in chains come first.
    for (const char* name = F::FirstChain(handle); name != nullptr; name = F::NextChain(handle)) {
      if (!F::Builtin(name, handle)) break;
      Policy policy = {Label(name), {0, 0}};
      F::GetPolicy(name, &policy.read, handle);
      policies_.push_back(policy);
    }
  }

  /// The program has set or zeroed this chain's.
  void Forget(const Label& chain) {
    for (Policy& policy : policies_) {
      if (policy.chain == chain.text) policy.read = xt_counters{0, 0};
    }
  }

  /// After a commit that changed something, under the guard. Throws a Failure of stage kCounters.
  void Restore(const std::string& table, xtc_handle* handle, const KernelSocket& socket) const {
    if (std::all_of(policies_.begin(), policies_.end(), [](const Policy& p) { return IsZero(p.read); })) return;

    typename F::Info info;
    Must(Blob<F>::GetInfo(table, socket, &info));
    CounterRequest<F> request(info.name, info.num_entries);

    // A policy is its chain's last entry; user chains come after all of them.
    size_t index = 0;
    size_t offset = 0;
    unsigned hook = 0;  // built-in chains come in the order of the hooks that the table has
    for (const Policy& policy : policies_) {
      while (hook < NF_INET_NUMHOOKS && !(info.valid_hooks & (1u << hook))) hook++;
      const char* chain = policy.chain.text;
      for (const typename F::Entry* e = F::FirstRule(chain, handle); e != nullptr; e = F::NextRule(e, handle)) {
        index++;
        offset += e->next_offset;
      }
      // Only in the table that was just committed.
      if (hook == NF_INET_NUMHOOKS || info.underflow[hook] != offset || index >= info.num_entries) Must(-EAGAIN);
      request.Add(index, policy.read);
      hook++;
      index++;
      offset += Blob<F>::kFootSize;
    }
    Must(request.Send(socket));
  }

 private:
  struct Policy {
    Label chain;
    xt_counters read;
  };

  static bool IsZero(const xt_counters& c) { return c.pcnt == 0 && c.bcnt == 0; }
  static void Must(int result) {
    if (result < 0) throw Failure::System(Stage::kCounters, -result);
  }

  std::vector<Policy> policies_;
};

}  // namespace iptc
