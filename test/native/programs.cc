// programs COUNT SEED: random programs on random tables, each run in all the ways that there are, which must end alike:
// libiptc's own commit is the oracle of the addon's, and libiptc's reading of a table that of the addon's.
#include <stdio.h>
#include <stdlib.h>

#include <memory>

#include "dice.h"
#include "fake_kernel.h"
#include "program.h"
#include "ways.h"

using namespace iptc;
using namespace ways;
using fake::TableOf;

namespace {

struct Counts {
  unsigned committed = 0, refused = 0, blamed = 0, unsorted = 0, zeroed = 0;
} counts;

/// Puts the user's chains of the table into another order, which the kernel doesn't mind: its jumps go to offsets.
template <class F>
void Shuffle(Dice* dice) {
  typedef typename F::Entry Entry;
  fake::Table& table = TableOf<F>();
  std::vector<std::pair<uint32_t, uint32_t>> chains;  // where they begin and end
  uint32_t users = 0;
  for (uint32_t at = 0; at < table.size;) {
    const Entry* e = reinterpret_cast<Entry*>(table.entries() + at);
    if (strcmp(TargetOf(e)->u.user.name, XT_ERROR_TARGET) == 0) {
      if (chains.empty())
        users = at;
      else
        chains.back().second = at;
      if (at + e->next_offset < table.size) chains.push_back({at, 0});
    }
    at += e->next_offset;
  }
  if (chains.size() < 2) return;
  counts.unsorted++;
  std::vector<std::pair<uint32_t, uint32_t>> order = chains;
  for (size_t i = order.size() - 1; i > 0; i--) std::swap(order[i], order[dice->Below(static_cast<uint32_t>(i + 1))]);
  std::vector<uint8_t> bytes;
  std::vector<int> moved(table.size);
  for (const auto& chain : order) {
    for (uint32_t at = chain.first; at < chain.second; at++) {
      moved[at] = static_cast<int>(users + bytes.size());
      bytes.push_back(table.entries()[at]);
    }
  }
  for (uint32_t at = 0; at < users; at++) moved[at] = static_cast<int>(at);
  memcpy(table.entries() + users, bytes.data(), bytes.size());
  for (uint32_t at = 0; at < table.size;) {
    Entry* e = reinterpret_cast<Entry*>(table.entries() + at);
    xt_entry_target* target = TargetOf(e);
    const int verdict = target->u.user.name[0] == '\0' ? VerdictOf(target) : -1;
    if (verdict >= 0) memcpy(target->data, &moved[static_cast<size_t>(verdict)], sizeof verdict);
    at += e->next_offset;
  }
}

template <class F>
void Count(Dice* dice) {
  fake::Table& table = TableOf<F>();
  for (uint32_t at = 0; at < table.size;) {
    typename F::Entry* e = reinterpret_cast<typename F::Entry*>(table.entries() + at);
    if (dice->Chance(60)) e->counters = xt_counters{dice->Below(1000), dice->Below(100000)};
    at += e->next_offset;
  }
}

/// Whether the kernel refuses what so many operations of a program make. The table stays as it is.
template <class F>
bool Refuses(const std::vector<uint8_t>& program, uint32_t operations, bool capture) {
  const fake::Table before = TableOf<F>();
  size_t end = 0;
  while (operations-- > 0) Operation::Next(program.data(), program.size(), &end);
  const bool refused = ByLibiptc<F>(std::vector<uint8_t>(program.begin(), program.begin() + end), capture).error != 0;
  TableOf<F>() = before;
  return refused;
}

/// Whether the kernel would refuse the table that it has.
template <class F>
bool RefusesOld() {
  const KernelSocket socket(F::kDomain);
  const Interrupt never;
  const std::unique_ptr<Table> table = Table::Open(Table::Place{F::kNumber, "filter", &socket}, false, never);
  table->Snapshot();
  try {
    table->Try();
    return false;
  } catch (const Failure&) {
    return true;
  }
}

/// The operation that is blamed is the one with which the kernel begins to refuse.
template <class F>
void Blame(Dice* dice, const std::vector<uint8_t>& program, bool capture) {
  fake::Table& table = TableOf<F>();
  table.refused_sum = 1 + dice->Below(7);
  const fake::Table before = table;
  const Outcome outcome = ByAddon<F>(program, capture, true);
  if (outcome.error == 0) return;
  Require(Same(outcome.table, before), "a refusal has changed the table");
  if (!outcome.blamed) return Require(RefusesOld<F>(), "nobody is blamed");
  counts.blamed++;
  Require(Refuses<F>(program, outcome.operation + 1, capture), "one is blamed that the kernel takes");
  Require(outcome.operation == 0 || !Refuses<F>(program, outcome.operation, capture), "one is blamed for another");
}

template <class F>
void RunOne(Dice* dice) {
  TableOf<F>() = fake::EmptyTable<F>();
  ByAddon<F>(RandomProgram<F>::Chains(dice), true, true);
  for (uint32_t n = dice->Below(20); n > 0; n--) ByAddon<F>(RandomProgram<F>::Edits(dice, 1), true, true);
  const bool shuffled = dice->Chance(30);
  if (shuffled) Shuffle<F>(dice);
  if (dice->Chance(70)) Count<F>(dice);
  TableOf<F>().traffic = dice->Chance(50);
  CompareSnapshots<F>(!shuffled);

  const fake::Table before = TableOf<F>() = Cleaned<F>();
  const bool capture = dice->Chance(30);
  const std::vector<uint8_t> program = dice->Chance(25)   ? RandomProgram<F>::Refill(dice)
                                       : dice->Chance(20) ? RandomProgram<F>::Emptying(dice)
                                                          : RandomProgram<F>::Edits(dice, 4);
  Outcome oracle = ByLibiptc<F>(program, capture);
  TableOf<F>() = before;
  Outcome ours = ByAddon<F>(program, capture, false);
  Require(ours.error == oracle.error && ours.operation == oracle.operation, "one fails otherwise than the other");
  Require(Same(ours.table, oracle.table), "the tables differ");
  if (oracle.error != 0) {
    Require(Same(ours.table, before), "a failure has changed the table");
    counts.refused++;
    return;
  }
  counts.committed++;
  CompareSnapshots<F>(!shuffled || !Same(before, ours.table));

  // Where they are kept, policies begin with all that they had counted, or with what is as it was.
  TableOf<F>() = before;
  Outcome kept = ByAddon<F>(program, capture, true);
  fake::Table first = before;
  const std::vector<xt_counters> read = Policies<F>(&first), lost = Policies<F>(&ours.table),
                                 now = Policies<F>(&kept.table);
  Require(Same(ours.table, kept.table), "keeping the policies' counters changes more than these");
  for (size_t i = 0; i < now.size(); i++) {
    const bool same = now[i].pcnt == lost[i].pcnt && now[i].bcnt == lost[i].bcnt;
    const bool more = now[i].pcnt == lost[i].pcnt + read[i].pcnt && now[i].bcnt == lost[i].bcnt + read[i].bcnt;
    Require(same || more, "a policy's counters are none that it ever had");
    if (same && read[i].pcnt > 0) counts.zeroed++;
  }

  TableOf<F>() = before;
  Blame<F>(dice, program, capture);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const uint32_t count = static_cast<uint32_t>(strtoul(argv[1], nullptr, 10));
  seed = static_cast<uint32_t>(strtoul(argv[2], nullptr, 10));
  for (uint32_t i = 0; i < count; i++, seed++) {
    Dice dice(seed);
    if (seed % 2 == 0) {
      RunOne<Ipv4>(&dice);
    } else {
      RunOne<Ipv6>(&dice);
    }
  }
  printf("%u committed, %u refused, %u blamed, %u unsorted, %u zeroed\n", counts.committed, counts.refused,
         counts.blamed, counts.unsorted, counts.zeroed);
  return 0;
}
