#pragma once

#include "xtables/blob.h"
#include "xtables/handle.h"
#include "xtables/label.h"
#include "xtables/rule.h"

namespace iptc {

/// Whether the kernel's table is the one in libiptc's copy, counters aside.
template <class F>
class LiveTable {
 public:
  /// After a commit that failed: the copy has been compiled. Not under the guard.
  static bool Is(const std::string& table, xtc_handle* ours, const KernelSocket& socket) {
    typename F::Info info;
    if (Blob<F>::GetInfo(table, socket, &info) < 0) return false;
    {
      // A table of another size isn't ours: most refused programs change it, and end here.
      typename Handle<F>::Guard guard(Handle<F>::Mutex());
      if (SizeOf(ours) != info.size) return false;
    }
    try {
      const Handle<F> live(table);
      typename Handle<F>::Guard guard(Handle<F>::Mutex());
      LiveTable compared;
      if (!compared.SameChains(ours, live.get())) return false;
      return !compared.data_differs_ || compared.counters_fell_;
    } catch (const Failure&) {
      return false;
    }
  }

 private:
  typedef typename F::Entry Entry;

  static uint32_t SizeOf(xtc_handle* h) {
    size_t size = Blob<F>::kHeadSize;  // the entry at the end has a head's form
    for (const char* chain = F::FirstChain(h); chain != nullptr; chain = F::NextChain(h)) {
      size += Blob<F>::kFootSize;
      size += F::Builtin(chain, h) ? 0 : Blob<F>::kHeadSize;
      for (const Entry* e = F::FirstRule(chain, h); e != nullptr; e = F::NextRule(e, h)) size += e->next_offset;
    }
    return static_cast<uint32_t>(size);
  }

  bool SameChains(xtc_handle* a, xtc_handle* b) {
    const char* x = F::FirstChain(a);
    const char* y = F::FirstChain(b);
    for (; x != nullptr && y != nullptr; x = F::NextChain(a), y = F::NextChain(b)) {
      if (strcmp(x, y) != 0 || !SamePolicy(x, a, b) || !SameRules(x, a, b)) return false;
    }
    return x == nullptr && y == nullptr;
  }

  static bool SamePolicy(const char* chain, xtc_handle* a, xtc_handle* b) {
    xt_counters counters;
    const char* x = F::GetPolicy(chain, &counters, a);
    const char* y = F::GetPolicy(chain, &counters, b);
    return x == nullptr || y == nullptr ? x == y : strcmp(x, y) == 0;
  }

  bool SameRules(const char* chain, xtc_handle* a, xtc_handle* b) {
    const Entry* x = F::FirstRule(chain, a);
    const Entry* y = F::FirstRule(chain, b);
    while (x != nullptr && y != nullptr) {
      if (!SameRule(*x, a, *y, b)) return false;
      x = F::NextRule(x, a);
      y = F::NextRule(y, b);
    }
    return x == nullptr && y == nullptr;
  }

  bool SameRule(const Entry& x, xtc_handle* a, const Entry& y, xtc_handle* b) {
    if (x.next_offset != y.next_offset || x.target_offset != y.target_offset) return false;
    if (!F::SameHead(x, y)) return false;
    const Destination to = DestinationOf<F>(&x, a);
    const Destination other = DestinationOf<F>(&y, b);
    if (to.kind != other.kind || strcmp(to.name, other.name) != 0) return false;
    const size_t end = to.kind == Destination::kExtension ? x.next_offset : x.target_offset;
    if (memcmp(x.elems, y.elems, end - sizeof(Entry)) != 0) data_differs_ = true;
    if (x.counters.pcnt > y.counters.pcnt) counters_fell_ = true;
    return true;
  }

  // Kernels before 4.11 let private bytes, pointers among them, be read in the data of matches and targets. A
  // difference there may be theirs: then a new table shows in that its counters start again.
  bool data_differs_ = false;
  bool counters_fell_ = false;
};

}  // namespace iptc
