#include "fake_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "xtables/blob.h"

using namespace iptc;

namespace fake {

template <class F>
Table& TableOf() {
  static Table table = EmptyTable<F>();
  return table;
}

template <class F>
Table EmptyTable() {
  Table table;
  table.valid_hooks = 1u << NF_INET_LOCAL_IN | 1u << NF_INET_FORWARD | 1u << NF_INET_LOCAL_OUT;
  table.num_entries = 4;
  table.size = 3 * Blob<F>::kFootSize + Blob<F>::kHeadSize;
  table.words.assign(table.size / 8, 0);
  uint32_t offset = 0;
  for (Hooks hook(table.valid_hooks); !hook.AtEnd(); ++hook) {
    table.hook_entry[*hook] = table.underflow[*hook] = offset;
    Blob<F>::WriteFoot(table.entries() + offset, -NF_ACCEPT - 1);
    offset += Blob<F>::kFootSize;
  }
  Blob<F>::WriteHead(table.entries() + offset, XT_ERROR_TARGET);
  return table;
}

template Table& TableOf<Ipv4>();
template Table& TableOf<Ipv6>();
template Table EmptyTable<Ipv4>();
template Table EmptyTable<Ipv6>();

namespace {

/// What a kernel would never be given, or give.
void Require(bool condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "The kernel was given %s\n", what);
  abort();
}

int Fail(int error) {
  errno = error;
  return -1;
}

template <class F>
typename F::Entry* EntryAt(Table* table, uint32_t offset) {
  return reinterpret_cast<typename F::Entry*>(table->entries() + offset);
}

template <class F>
int Get(int option, void* value, socklen_t size) {
  Table& table = TableOf<F>();
  if (option == F::kGetInfo) {
    typename F::Info* info = static_cast<typename F::Info*>(value);
    if (strcmp(info->name, "filter") != 0) return Fail(ENOENT);
    info->valid_hooks = table.valid_hooks;
    info->num_entries = table.num_entries;
    info->size = table.size;
    memcpy(info->hook_entry, table.hook_entry, sizeof table.hook_entry);
    memcpy(info->underflow, table.underflow, sizeof table.underflow);
    return 0;
  }
  if (option != F::kGetEntries) return Fail(ENOPROTOOPT);
  typename F::GetEntries* get = static_cast<typename F::GetEntries*>(value);
  if (get->size != table.size) return Fail(EAGAIN);
  Require(size >= Blob<F>::kBefore + table.size, "too little room");
  if (table.size > 0) memcpy(get->entrytable, table.words.data(), table.size);
  return 0;
}

template <class F>
bool Holds(const typename F::Replacement* replacement, unsigned wanted) {
  const uint8_t* entries = reinterpret_cast<const uint8_t*>(replacement->entries);
  for (uint32_t at = 0; at < replacement->size;) {
    const typename F::Entry* e = reinterpret_cast<const typename F::Entry*>(entries + at);
    unsigned sum = 0;
    for (size_t i = 0; i < offsetof(typename F::Entry, nfcache); i++) sum += entries[at + i];
    if (sum != 0 && sum % 7 + 1 == wanted) return true;
    at += e->next_offset;
  }
  return false;
}

template <class F>
int Replace(const typename F::Replacement* replacement, socklen_t size) {
  Table& table = TableOf<F>();
  Require(size == sizeof *replacement + replacement->size, "a table of another size than it says");
  if (table.replace_error != 0) return Fail(table.replace_error);

  if (table.refused_sum != 0 && Holds<F>(replacement, table.refused_sum)) return Fail(EINVAL);

  Table fresh;
  fresh.valid_hooks = replacement->valid_hooks;
  fresh.num_entries = replacement->num_entries;
  fresh.size = replacement->size;
  memcpy(fresh.hook_entry, replacement->hook_entry, sizeof fresh.hook_entry);
  memcpy(fresh.underflow, replacement->underflow, sizeof fresh.underflow);
  fresh.words.assign((fresh.size + 7) / 8, 0);
  memcpy(fresh.words.data(), replacement->entries, fresh.size);
  uint32_t offset = 0, count = 0;
  for (; offset < fresh.size; count++) {
    typename F::Entry* e = EntryAt<F>(&fresh, offset);
    Require(fresh.size - offset >= sizeof *e && e->next_offset >= sizeof *e + sizeof(xt_entry_target) &&
                e->next_offset <= fresh.size - offset && e->target_offset + sizeof(xt_entry_target) <= e->next_offset,
            "an entry that leaves the table");
    e->counters = xt_counters{0, 0};
    e->comefrom = 0;
    offset += e->next_offset;
  }
  Require(offset == fresh.size && count == fresh.num_entries, "another number of entries than it says");
  if (replacement->num_counters != table.num_entries) return Fail(EAGAIN);

  offset = 0;
  for (uint32_t i = 0; i < table.num_entries; i++) {
    const typename F::Entry* e = EntryAt<F>(&table, offset);
    replacement->counters[i] = e->counters;
    if (table.traffic) {
      replacement->counters[i].pcnt += i + 1;
      replacement->counters[i].bcnt += 100 * (i + 1);
    }
    offset += e->next_offset;
  }
  table = fresh;
  return 0;
}

template <class F>
int AddCounters(const xt_counters_info* info, socklen_t size) {
  Table& table = TableOf<F>();
  Require(size == sizeof *info + info->num_counters * sizeof(xt_counters), "counters of another size than it says");
  if (info->num_counters != table.num_entries) return Fail(EINVAL);
  uint32_t offset = 0;
  for (uint32_t i = 0; i < table.num_entries; i++) {
    typename F::Entry* e = EntryAt<F>(&table, offset);
    e->counters.pcnt += info->counters[i].pcnt;
    e->counters.bcnt += info->counters[i].bcnt;
    offset += e->next_offset;
  }
  return 0;
}

template <class F>
int Set(int option, const void* value, socklen_t size) {
  if (option == F::kReplace) return Replace<F>(static_cast<const typename F::Replacement*>(value), size);
  if (option == F::kAddCounters) return AddCounters<F>(static_cast<const xt_counters_info*>(value), size);
  return Fail(ENOPROTOOPT);
}

const int kIpv4 = 1000000;
const int kIpv6 = kIpv4 + 1;

bool IsFake(int fd) {
  return fd == kIpv4 || fd == kIpv6;
}

}  // namespace

}  // namespace fake

using fake::IsFake;
using fake::kIpv4;
using fake::kIpv6;

// The program's own come before the C library's, for shared objects, too.
extern "C" {

int socket(int domain, int, int) {
  return domain == AF_INET ? kIpv4 : kIpv6;
}
int getsockopt(int fd, int, int option, void* value, socklen_t* size) {
  return fd == kIpv4 ? fake::Get<Ipv4>(option, value, *size) : fake::Get<Ipv6>(option, value, *size);
}
int setsockopt(int fd, int, int option, const void* value, socklen_t size) {
  return fd == kIpv4 ? fake::Set<Ipv4>(option, value, size) : fake::Set<Ipv6>(option, value, size);
}
int close(int fd) {
  return IsFake(fd) ? 0 : static_cast<int>(syscall(SYS_close, fd));
}
int fcntl(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return IsFake(fd) ? 0 : static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
}
int fcntl64(int fd, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  const long argument = va_arg(arguments, long);
  va_end(arguments);
  return IsFake(fd) ? 0 : static_cast<int>(syscall(SYS_fcntl, fd, command, argument));
}
}
