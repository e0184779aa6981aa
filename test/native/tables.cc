// tables COUNT SEED: what no kernel hands out, to everything that reads what a kernel hands out. Nothing may read or
// write beyond it; what the readers make of it doesn't matter.
#include <stdio.h>
#include <stdlib.h>

#include <algorithm>
#include <memory>

#include "dice.h"
#include "fake_kernel.h"
#include "program.h"
#include "reads.h"
#include "xtables/handle.h"
#include "xtables/table.h"

using namespace iptc;
using fake::TableOf;

namespace {

struct Counts {
  unsigned read = 0, refused = 0;
} counts;

/// A table with something in it, not always a sound one.
template <class F>
void Fill(Dice* dice) {
  TableOf<F>() = fake::EmptyTable<F>();
  const KernelSocket socket(F::kDomain);
  for (const std::vector<uint8_t>& program : {RandomProgram<F>::Chains(dice), RandomProgram<F>::Edits(dice, 3)}) {
    try {
      const Interrupt never;
      const std::unique_ptr<Table> table = Table::Open(Table::Place{F::kNumber, "filter", &socket}, true, never);
      table->Run(Bytes(program.data(), program.size()));
      table->Commit(true);
    } catch (const Failure&) {
    }
  }
}

/// A table of whatever comes, in whatever order.
template <class F>
void Assemble(Dice* dice) {
  fake::Table& table = TableOf<F>();
  table = fake::Table();
  std::vector<uint8_t> bytes;
  std::vector<uint32_t> offsets;
  for (uint32_t n = dice->Below(6); n > 0; n--) {
    uint8_t entry[512] = {0};
    const char* const names[] = {"a", "b", "c", "", "web", XT_ERROR_TARGET};
    size_t size = Blob<F>::kFootSize;
    switch (dice->Below(3)) {
      case 0:
        size = Blob<F>::kHeadSize;
        Blob<F>::WriteHead(entry, names[dice->Below(6)]);
        break;
      case 1:
        Blob<F>::WriteFoot(entry, static_cast<int>(dice->Below(9)) - 6);
        break;
      default: {  // one that has room for no verdict, at times
        Blob<F>::WriteFoot(entry, 0);
        typename F::Entry* e = reinterpret_cast<typename F::Entry*>(entry);
        strcpy(TargetOf(e)->u.user.name, dice->Chance(50) ? "LOG" : "");
        size -= 8 * dice->Below(2);
        e->next_offset = static_cast<uint16_t>(size);
      }
    }
    offsets.push_back(static_cast<uint32_t>(bytes.size()));
    bytes.insert(bytes.end(), entry, entry + size);
  }
  if (dice->Chance(80)) {
    uint8_t entry[512] = {0};
    Blob<F>::WriteHead(entry, XT_ERROR_TARGET);
    if (dice->Chance(10)) memset(TargetOf(reinterpret_cast<typename F::Entry*>(entry))->data, 'x', 30);
    bytes.insert(bytes.end(), entry, entry + Blob<F>::kHeadSize);
  }
  if (offsets.empty()) offsets.push_back(0);
  table.valid_hooks = dice->Chance(40) ? 0 : dice->Below(32);
  for (int hook = 0; hook < NF_INET_NUMHOOKS; hook++) {
    table.hook_entry[hook] = offsets[dice->Below(static_cast<uint32_t>(offsets.size()))];
    table.underflow[hook] = offsets[dice->Below(static_cast<uint32_t>(offsets.size()))];
  }
  table.size = static_cast<uint32_t>(bytes.size());
  table.num_entries = static_cast<uint32_t>(offsets.size() + 1);
  table.words.assign((bytes.size() + 7) / 8, 0);
  if (!bytes.empty()) memcpy(table.entries(), bytes.data(), bytes.size());
}

template <class F>
void Spoil(Dice* dice) {
  fake::Table& table = TableOf<F>();
  for (uint32_t n = dice->Below(5); n > 0; n--) {
    const uint32_t interesting[] = {
        0, 1, 8, sizeof(typename F::Entry), Blob<F>::kFootSize, Blob<F>::kHeadSize, 65535, table.size};
    switch (dice->Below(11)) {
      case 0:
        table.valid_hooks = dice->Below(32);
        break;
      case 1:
        table.hook_entry[dice->Below(5)] =
            dice->Chance(50) ? dice->Below(table.size / 8 + 1) * 8 : interesting[dice->Below(8)];
        break;
      case 2:
        table.underflow[dice->Below(5)] = dice->Below(table.size + 8);
        break;
      case 3:
        table.num_entries = dice->Below(9);
        break;
      case 4:  // its end is cut off
        table.size = dice->Below(table.size + 1);
        table.words.resize((table.size + 7) / 8);
        break;
      case 5: {
        const uint16_t value = static_cast<uint16_t>(interesting[dice->Below(8)]);
        const uint32_t at = dice->Below(table.size / 2 + 1) * 2;
        if (at + 2 <= table.size) memcpy(table.entries() + at, &value, 2);
        break;
      }
      case 6: {
        const char* const names[] = {XT_ERROR_TARGET, "", "LOG", "web"};
        const uint32_t at = dice->Below(table.size / 8 + 1) * 8 + 2;
        if (at + 30 <= table.size) strcpy(reinterpret_cast<char*>(table.entries() + at), names[dice->Below(4)]);
        break;
      }
      case 7:
      case 8:
      case 9: {  // an offset of the last entry, or of one before
        uint32_t at = 0, last = 0;
        while (at % 8 == 0 && at + sizeof(typename F::Entry) <= table.size && (at == 0 || !dice->Chance(10))) {
          last = at;
          at += std::max<uint32_t>(8, reinterpret_cast<typename F::Entry*>(table.entries() + at)->next_offset);
        }
        if (last + sizeof(typename F::Entry) > table.size) break;
        typename F::Entry* e = reinterpret_cast<typename F::Entry*>(table.entries() + last);
        (dice->Chance(70) ? e->target_offset : e->next_offset) = static_cast<uint16_t>(8 * dice->Below(40));
        break;
      }
      default:
        if (table.size > 0) table.entries()[dice->Below(table.size)] = static_cast<uint8_t>(dice->Below(256));
    }
  }
}

template <class F>
void RunOne(Dice* dice) {
  const KernelSocket socket(F::kDomain);
  TableOf<F>() = fake::EmptyTable<F>();
  // libiptc trusts its kernel: it gets sound tables alone.
  Fill<F>(dice);
  Handle<F> handle("filter", socket);
  OldCounters<F> counters(handle.get());
  if (dice->Chance(50)) {
    Spoil<F>(dice);
  } else {
    Assemble<F>(dice);
  }

  const int error = dice->Chance(50) ? EPERM : EAGAIN;
  const std::vector<uint8_t> refill = RandomProgram<F>::Refill(dice);
  const bool read = reads::Everything<F>(socket, &counters, refill, error, dice->Chance(50));
  (read ? counts.read : counts.refused)++;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const uint32_t count = static_cast<uint32_t>(strtoul(argv[1], nullptr, 10));
  const uint32_t seed = static_cast<uint32_t>(strtoul(argv[2], nullptr, 10));
  for (uint32_t i = 0; i < count; i++) {
    Dice dice(seed + i);
    if (i % 2 == 0) {
      RunOne<Ipv4>(&dice);
    } else {
      RunOne<Ipv6>(&dice);
    }
  }
  printf("%u read, %u refused\n", counts.read, counts.refused);
  return 0;
}
