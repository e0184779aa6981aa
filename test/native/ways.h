#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <memory>
#include <string>
#include <vector>

#include "fake_kernel.h"
#include "xtables/blob_snapshot.h"
#include "xtables/copy.h"
#include "xtables/table.h"

/// The ways in which a program can be run on the table of the kernel in memory, and a table be read: all of them must
/// end alike.
namespace ways {

using namespace iptc;
using fake::TableOf;

/// Of what is under way; with a third of them it is tried first.
static uint32_t seed;

inline void Require(bool condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "seed %u: %s\n", seed, what);
  abort();
}

inline int LibiptcCommit(xtc_handle* h, Ipv4) {
  return iptc_commit(h);
}
inline int LibiptcCommit(xtc_handle* h, Ipv6) {
  return ip6tc_commit(h);
}

/// What a program ends with: a failure, or the table.
struct Outcome {
  int error = 0;
  uint32_t operation = 0;
  bool blamed = false;  // that operation, by a kernel that refuses the table
  fake::Table table;
};

inline void CleanName(char (&name)[XT_EXTENSION_MAXNAMELEN]) {
  const size_t length = strnlen(name, sizeof name);
  memset(name + length, 0, sizeof name - length);
}

/// The table, without what comes behind the ends of names, which nobody reads.
template <class F>
fake::Table Cleaned() {
  fake::Table table = TableOf<F>();
  for (uint32_t at = 0; at < table.size;) {
    typename F::Entry* e = reinterpret_cast<typename F::Entry*>(table.entries() + at);
    for (size_t match = sizeof *e; match < e->target_offset;) {
      xt_entry_match* m = reinterpret_cast<xt_entry_match*>(table.entries() + at + match);
      CleanName(m->u.user.name);
      match += m->u.match_size;
    }
    CleanName(TargetOf(e)->u.user.name);
    at += e->next_offset;
  }
  return table;
}

/// Everything by libiptc.
template <class F>
Outcome ByLibiptc(const std::vector<uint8_t>& program, bool capture) {
  const KernelSocket socket(F::kDomain);
  Outcome outcome;
  try {
    Handle<F> handle("filter", socket);
    OldCounters<F> counters(handle.get());
    Interpreter<F> interpreter(handle.get(), &counters, capture);
    interpreter.Run(program.data(), program.size());
    if (interpreter.changed() && !LibiptcCommit(handle.get(), F())) outcome.error = errno;
  } catch (const Failure& failure) {
    outcome.error = failure.error;
    outcome.operation = failure.operation;
  }
  outcome.table = Cleaned<F>();
  return outcome;
}

/// By all that the addon has.
template <class F>
Outcome ByAddon(const std::vector<uint8_t>& program, bool capture, bool keep) {
  const KernelSocket socket(F::kDomain);
  Outcome outcome;
  try {
    const Interrupt never;
    const std::unique_ptr<Table> table = Table::Open(Table::Place{F::kNumber, "filter", &socket}, capture, never);
    table->Run(Bytes(program.data(), program.size()));
    if (seed % 3 == 0) table->Try();
    table->Commit(keep);
  } catch (const Failure& failure) {
    outcome.error = failure.error;
    outcome.operation = failure.operation;
    outcome.blamed = failure.refusal != nullptr;
  }
  outcome.table = Cleaned<F>();
  return outcome;
}

inline bool Same(const fake::Table& a, const fake::Table& b) {
  return a.valid_hooks == b.valid_hooks && a.num_entries == b.num_entries && a.size == b.size && a.words == b.words &&
         memcmp(a.hook_entry, b.hook_entry, sizeof a.hook_entry) == 0 &&
         memcmp(a.underflow, b.underflow, sizeof a.underflow) == 0;
}

/// The counters of the policies.
template <class F>
std::vector<xt_counters> Policies(fake::Table* table) {
  std::vector<xt_counters> policies;
  for (Hooks hook(table->valid_hooks); !hook.AtEnd(); ++hook) {
    typename F::Entry* foot = reinterpret_cast<typename F::Entry*>(table->entries() + table->underflow[*hook]);
    policies.push_back(foot->counters);
    foot->counters = xt_counters{0, 0};
  }
  return policies;
}

/// A snapshot's chains and rules, wherever they are in it.
template <class F>
std::string Canonical(const Bytes& bytes) {
  SnapshotHeader header;
  memcpy(&header, bytes.data(), sizeof header);
  std::string canonical;
  for (uint32_t i = 0; i < header.chains; i++) {
    SnapshotChain chain;
    memcpy(&chain, bytes.data() + header.chains_offset + i * sizeof chain, sizeof chain);
    const uint8_t* rule = bytes.data() + chain.rules_offset;
    chain.rules_offset = 0;
    canonical.append(reinterpret_cast<const char*>(&chain), sizeof chain);
    for (uint32_t r = 0; r < chain.rules; r++) {
      const size_t size = reinterpret_cast<const typename F::Entry*>(rule)->next_offset;
      canonical.append(reinterpret_cast<const char*>(rule), size);
      rule += size;
    }
  }
  return canonical;
}

template <class F>
void CompareSnapshots(bool sorted) {
  const KernelSocket socket(F::kDomain);
  Bytes by_addon;
  const bool read = BlobSnapshot<F>::Read("filter", socket, &by_addon);
  Require(read || !sorted, "the addon can't read what libiptc has written");
  if (!read) return;
  Handle<F> handle("filter", socket);
  Require(Canonical<F>(by_addon) == Canonical<F>(SnapshotWriter<F>::Write(handle.get())), "the snapshots differ");
}

}  // namespace ways
