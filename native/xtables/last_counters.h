#pragma once

#include <cstring>
#include <vector>

#include "kernel/bytes.h"
#include "xtables/family.h"
#include "xtables/label.h"

namespace iptc {

/// What operations have deleted or set to zero that were to tell of it: noted while the program runs, written once it
/// is known what has been counted until the end. The format is in lib/backend/told.ts.
class LastCounters {
 public:
  struct Rule {
    uint32_t comefrom;  // its number, as OldCounters says it
    bool deleted;       // else set to zero
    xt_counters counters;
  };

  void BeginRecord() {
    records_.emplace_back();
    size_ += kHead;
  }
  void BeginChain(const Label& name) {
    records_.back().emplace_back();
    records_.back().back().name = name;
    size_ += kChain;
  }
  void Add(const Rule& rule) {
    records_.back().back().rules.push_back(rule);
    size_ += sizeof(xt_counters);
  }
  void AddPolicy(const Rule& policy) {
    records_.back().back().has_policy = true;
    Add(policy);
  }

  /// How many bytes Write() writes.
  size_t size() const { return size_; }

  template <class CountersOf>
  void Write(Bytes* bytes, const CountersOf& counters_of) const {
    for (const std::vector<Chain>& chains : records_) {
      Put(bytes, static_cast<uint32_t>(chains.size()));
      Put(bytes, static_cast<uint32_t>(0));
      for (const Chain& chain : chains) {
        memcpy(bytes->Add(Label::kSize), chain.name.text, Label::kSize);
        Put(bytes, static_cast<uint32_t>(chain.rules.size() - (chain.has_policy ? 1 : 0)));
        Put(bytes, static_cast<uint32_t>(chain.has_policy));
        for (const Rule& rule : chain.rules) Put(bytes, counters_of(rule));
      }
    }
  }

 private:
  static const size_t kHead = 2 * sizeof(uint32_t);
  static const size_t kChain = Label::kSize + 2 * sizeof(uint32_t);

  struct Chain {
    Label name;
    std::vector<Rule> rules;  // the policy last
    bool has_policy = false;
  };

  template <class T>
  static void Put(Bytes* bytes, const T& value) {
    memcpy(bytes->Add(sizeof value), &value, sizeof value);
  }

  std::vector<std::vector<Chain>> records_;
  size_t size_ = 0;
};

}  // namespace iptc
