#pragma once

#include <vector>

#include "fake_kernel.h"
#include "xtables/blob_snapshot.h"
#include "xtables/old_counters.h"
#include "xtables/replacement.h"

namespace reads {

using namespace iptc;

/// Hands the table of the kernel in memory to everything that reads what a kernel hands out; whether a snapshot could
/// be made of it. `counters` are of a sound table that it had before; the program is a refill; `error` is what the
/// kernel says to it.
template <class F>
bool Everything(const KernelSocket& socket, OldCounters<F>* counters, const std::vector<uint8_t>& refill, int error,
                bool commit) {
  Bytes snapshot;
  const bool read = BlobSnapshot<F>::Read("filter", socket, &snapshot, 0);
  if (read) {  // each of its bytes is there
    for (size_t i = 0; i < snapshot.size(); i++) snapshot.data()[i] ^= 1;
  }

  typename F::Info info;
  Bytes bytes;
  if (Blob<F>::Read("filter", socket, &info, &bytes)) counters->Locate(bytes.data() + Blob<F>::kBefore, info);

  Replacement<F> replacement("filter", socket);
  fake::TableOf<F>().replace_error = error;
  if (replacement.Take(refill.data(), refill.size())) {
    if (commit) {
      replacement.Commit(true);
    } else {
      replacement.Try();
    }
  }
  return read;
}

}  // namespace reads
