// The readers of what a kernel hands out: a made-up table.
#include <errno.h>

#include "fuzz/input.h"
#include "reads.h"
#include "xtables/handle.h"
#include "xtables/operation.h"

using namespace reads;

namespace {

template <class F>
void Run(Input* input, uint8_t flags) {
  fake::Table& table = fake::TableOf<F>();
  table = fake::EmptyTable<F>();
  const KernelSocket socket(F::kDomain);
  // libiptc trusts its kernel: it gets a sound table.
  Handle<F> handle("filter", socket);
  OldCounters<F> counters(handle.get());

  table.valid_hooks = input->Take<uint8_t>() & 31;
  table.num_entries = input->Take<uint8_t>();
  for (uint32_t& offset : table.hook_entry) offset = input->Take<uint32_t>();
  for (uint32_t& offset : table.underflow) offset = input->Take<uint32_t>();
  const std::vector<uint8_t> entries = input->TakeBytes(input->left());
  table.size = static_cast<uint32_t>(entries.size());
  table.words.assign((entries.size() + 7) / 8, 0);
  if (!entries.empty()) memcpy(table.entries(), entries.data(), entries.size());

  const uint32_t operations[] = {Operation::kFlushAll, 8, Operation::kDeleteChains, 8};
  const uint8_t* refill = reinterpret_cast<const uint8_t*>(operations);
  Everything<F>(socket, &counters, std::vector<uint8_t>(refill, refill + sizeof operations), flags & 2 ? EPERM : EAGAIN,
                flags & 4);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Input input(bytes, size);
  const uint8_t flags = input.Take<uint8_t>();
  if (flags & 1) {
    Run<Ipv6>(&input, flags);
  } else {
    Run<Ipv4>(&input, flags);
  }
  return 0;
}
