#pragma once

#include <algorithm>
#include <new>
#include <string>
#include <vector>

#include "xtables/blob.h"
#include "xtables/handle.h"
#include "xtables/label.h"
#include "xtables/rule.h"

namespace iptc {

/// What a table had counted when it was read: packets, of each rule and of each policy.
typedef std::vector<uint64_t> Counted;

/// Under the guard of the handle.
template <class F>
Counted CountedBy(xtc_handle* handle) {
  Counted counted;
  for (const char* chain = F::FirstChain(handle); chain != nullptr; chain = F::NextChain(handle)) {
    for (const auto* e = F::FirstRule(chain, handle); e != nullptr; e = F::NextRule(e, handle)) {
      counted.push_back(e->counters.pcnt);
    }
    xt_counters policy = {0, 0};
    if (F::Builtin(chain, handle)) F::GetPolicy(chain, &policy, handle);
    counted.push_back(policy.pcnt);
  }
  return counted;
}

/// Which table the kernel has after a commit that failed: the one that was read, or the new one in libiptc's copy.
template <class F>
class LiveTable {
 public:
  enum Which { kOld, kNew, kUnknown };

  /// `before`: what was counted when the table was read; `rules_changed`: whether the program did more than set
  /// counters. Not under the guard.
  static Which Is(const std::string& table, xtc_handle* ours, const Counted& before, bool rules_changed,
                  const KernelSocket& socket) {
    typename F::Info info;
    if (Blob<F>::GetInfo(table, socket, &info) < 0) return kUnknown;
    {
      // A table of another size isn't ours: most refused programs change it, and end here.
      typename Handle<F>::Guard guard(Handle<F>::Mutex());
      if (SizeOf(ours) != info.size) return kOld;
    }
    try {
      const Handle<F> live(table);
      typename Handle<F>::Guard guard(Handle<F>::Mutex());
      LiveTable compared;
      if (!compared.SameChains(ours, live.get())) return kOld;
      // A new table begins to count at zero. Only its counters tell one whose rules are the old ones, and, on kernels
      // before 4.11, one in whose data private bytes, pointers among them, can be read.
      if (Fell(before, CountedBy<F>(live.get()))) return kNew;
      if (compared.data_differs_ || Any(before)) return kOld;
      return rules_changed ? kNew : kOld;
    } catch (const Failure&) {
      return kUnknown;
    } catch (const std::bad_alloc&) {
      return kUnknown;
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
    for (size_t at = sizeof(Entry); at < x.target_offset; at += At(x, at).u.match_size) {
      if (At(x, at).u.match_size != At(y, at).u.match_size || !SameName(At(x, at), At(y, at))) return false;
      if (!SameData(At(x, at), At(y, at))) data_differs_ = true;
    }
    if (to.kind == Destination::kExtension && !SameData(At(x, x.target_offset), At(y, x.target_offset))) {
      data_differs_ = true;
    }
    return true;
  }

  /// Matches and targets have the same form.
  static const xt_entry_match& At(const Entry& e, size_t offset) {
    return *reinterpret_cast<const xt_entry_match*>(reinterpret_cast<const char*>(&e) + offset);
  }
  /// The kernel leaves the bytes behind a name as they were in the memory that it writes to.
  static bool SameName(const xt_entry_match& a, const xt_entry_match& b) {
    return strcmp(a.u.user.name, b.u.user.name) == 0 && a.u.user.revision == b.u.user.revision;
  }
  static bool SameData(const xt_entry_match& a, const xt_entry_match& b) {
    return memcmp(a.data, b.data, a.u.match_size - sizeof a) == 0;
  }

  static bool Any(const Counted& counted) {
    return std::any_of(counted.begin(), counted.end(), [](uint64_t packets) { return packets > 0; });
  }
  static bool Fell(const Counted& before, const Counted& now) {
    if (before.size() != now.size()) return true;  // another number of rules in the same size
    for (size_t i = 0; i < now.size(); i++) {
      if (now[i] < before[i]) return true;
    }
    return false;
  }

  bool data_differs_ = false;
};

}  // namespace iptc
