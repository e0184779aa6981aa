// The interpreter of programs: two made-up programs, the first of which makes the table and the second changes it. All
// ways to run it must end alike, and so must those to read what comes out.
#include "fuzz/input.h"
#include "ways.h"

using namespace ways;

namespace {

template <class F>
void Run(const std::vector<uint8_t>& first, const std::vector<uint8_t>& second, bool capture) {
  fake::Table& table = TableOf<F>();
  table = fake::EmptyTable<F>();
  ByAddon<F>(first, true, true);
  const fake::Table before = table = Cleaned<F>();
  const Outcome oracle = ByLibiptc<F>(second, capture);
  table = before;
  const Outcome ours = ByAddon<F>(second, capture, false);
  Require(ours.error == oracle.error && ours.operation == oracle.operation, "one fails otherwise than the other");
  Require(Same(ours.table, oracle.table), "the tables differ");
  Require(oracle.error == 0 || Same(ours.table, before), "a failure has changed the table");
  CompareSnapshots<F>(true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  Input input(bytes, size);
  const uint8_t flags = input.Take<uint8_t>();
  seed = flags;
  input.Take<uint8_t>();
  const std::vector<uint8_t> first = input.TakeBytes(input.Take<uint16_t>());
  const std::vector<uint8_t> second = input.TakeBytes(input.left());
  if (flags & 1) {
    Run<Ipv6>(first, second, flags & 2);
  } else {
    Run<Ipv4>(first, second, flags & 2);
  }
  return 0;
}
