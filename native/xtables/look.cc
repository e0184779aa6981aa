#include "xtables/look.h"

#include <errno.h>

#include <cstdlib>
#include <memory>

#include "kernel/failure.h"
#include "xtables/blob.h"
#include "xtables/family.h"

namespace iptc {

namespace {

struct Freeing {
  void operator()(void* memory) const { free(memory); }
};

template <class F>
int OutlineOf(const Table::Place& place, Bytes* outline) {
  typename F::Info info;
  const int result = Blob<F>::GetInfo(place.name, *place.socket, &info);
  if (result < 0) return result;
  memcpy(outline->Add(sizeof info), &info, sizeof info);
  return 0;
}

/// Words, each of which changes all of the bits behind it.
class Hash {
 public:
  void Add(const uint8_t* bytes, size_t size) {
    for (; size >= sizeof(uint64_t); bytes += sizeof(uint64_t), size -= sizeof(uint64_t)) {
      uint64_t word;
      memcpy(&word, bytes, sizeof word);
      AddWord(word);
    }
    for (; size > 0; bytes++, size--) AddWord(*bytes);
  }
  uint64_t value() const { return value_; }

 private:
  void AddWord(uint64_t word) {
    value_ = (value_ ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    value_ ^= value_ >> 29;
  }

  uint64_t value_ = UINT64_C(0xcbf29ce484222325);
};

template <class F>
uint64_t DigestOf(const Table::Place& place) {
  typedef typename F::Entry Entry;
  typedef typename F::GetEntries Request;
  typename F::Info info;
  const int kTries = 8;
  for (int tries = 0; tries < kTries; tries++) {
    int result = Blob<F>::GetInfo(place.name, *place.socket, &info);
    if (result < 0) throw Failure::System(Stage::kRead, -result);
    const size_t size = Blob<F>::kBefore + info.size;
    // Zeros: parts of an entry the kernel leaves as they are in our memory.
    const std::unique_ptr<void, Freeing> memory(calloc(1, size));
    if (!memory) throw std::bad_alloc();
    Request* request = static_cast<Request*>(memory.get());
    memcpy(request->name, info.name, sizeof request->name);
    request->size = info.size;
    result = place.socket->Get(F::kLevel, F::kGetEntries, request, static_cast<socklen_t>(size));
    if (result == -EAGAIN) continue;
    if (result < 0) throw Failure::System(Stage::kRead, -result);
    Hash hash;
    hash.Add(reinterpret_cast<const uint8_t*>(&info), sizeof info);
    const uint8_t* const entries = reinterpret_cast<const uint8_t*>(request->entrytable);
    for (size_t at = 0; at + sizeof(Entry) <= info.size;) {
      const Entry* e = reinterpret_cast<const Entry*>(entries + at);
      if (e->next_offset < sizeof(Entry) || e->next_offset > info.size - at) break;
      hash.Add(entries + at, offsetof(Entry, counters));
      hash.Add(entries + at + sizeof(Entry), e->next_offset - sizeof(Entry));
      at += e->next_offset;
    }
    return hash.value();
  }
  throw Failure::System(Stage::kRead, EAGAIN);
}

}  // namespace

int Outline(const Table::Place& place, Bytes* outline) {
  return place.family == Ipv4::kNumber ? OutlineOf<Ipv4>(place, outline) : OutlineOf<Ipv6>(place, outline);
}

uint64_t Digest(const Table::Place& place) {
  return place.family == Ipv4::kNumber ? DigestOf<Ipv4>(place) : DigestOf<Ipv6>(place);
}

}  // namespace iptc
