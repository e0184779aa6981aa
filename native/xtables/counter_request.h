#pragma once

#include <vector>

#include "kernel/kernel_socket.h"
#include "xtables/family.h"

namespace iptc {

/// What an entry has counted since it was read.
inline xt_counters Since(const xt_counters& read, const xt_counters& now) {
  return xt_counters{now.pcnt - read.pcnt, now.bcnt - read.bcnt};
}

/// What is to be added to the counters of a table's entries, policies among them.
template <class F>
class CounterRequest {
 public:
  CounterRequest(const char (&table)[XT_TABLE_MAXNAMELEN], uint32_t entries)
      : words_((sizeof(xt_counters_info) + entries * kEach) / kWord) {
    xt_counters_info* info = reinterpret_cast<xt_counters_info*>(words_.data());
    memcpy(info->name, table, sizeof table);
    info->num_counters = entries;
  }

  void Add(size_t index, const xt_counters& counters) {
    if (counters.pcnt == 0 && counters.bcnt == 0) return;
    memcpy(words_.data() + (sizeof(xt_counters_info) + index * kEach) / kWord, &counters, kEach);
    any_ = true;
  }
  /// Whether there is anything to add.
  bool any() const { return any_; }
  /// 0, or -errno: -EINVAL where the table has another number of entries by now.
  int Send(const KernelSocket& socket) const {
    return socket.Set(F::kLevel, F::kAddCounters, words_.data(), static_cast<socklen_t>(words_.size() * kWord));
  }

 private:
  static const size_t kWord = sizeof(uint64_t);
  static const size_t kEach = sizeof(xt_counters);

  std::vector<uint64_t> words_;
  bool any_ = false;
};

}  // namespace iptc
