#pragma once

#include <errno.h>

#include <cstddef>
#include <string>

#include "kernel/bytes.h"
#include "kernel/kernel_socket.h"
#include "xtables/family.h"
#include "xtables/rule.h"

namespace iptc {

/// The hooks that a table has, in the order in which libiptc puts their chains.
class Hooks {
 public:
  explicit Hooks(unsigned valid) : valid_(valid), hook_(0) { Skip(); }

  bool AtEnd() const { return hook_ == NF_INET_NUMHOOKS; }
  unsigned operator*() const { return hook_; }
  void operator++() {
    hook_++;
    Skip();
  }

  static const char* Name(unsigned hook) {
    static const char* const kNames[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
    return kNames[hook];
  }
  /// Of a built-in chain's name.
  static int Named(const char* chain) {
    int hook = 0;
    while (strcmp(Name(static_cast<unsigned>(hook)), chain) != 0) hook++;
    return hook;
  }

 private:
  void Skip() {
    while (!AtEnd() && !(valid_ & (1u << hook_))) hook_++;
  }

  unsigned valid_;
  unsigned hook_;
};

/// A table in the form in which the kernel takes and gives it: the built-in chains in the order of their hooks, each
/// ended by an entry with its policy; the user's by name, each between an ERROR entry that says its name and a RETURN;
/// and an ERROR entry at the end. libiptc writes it so; the kernel itself knows hooks, and offsets that jumps lead to.
template <class F>
struct Blob {
  typedef typename F::Entry Entry;
  typedef typename F::Info Info;

  static const size_t kFootSize = sizeof(Entry) + XT_ALIGN(sizeof(xt_standard_target));
  static const size_t kHeadSize = sizeof(Entry) + XT_ALIGN(sizeof(xt_error_target));
  /// What the kernel puts before the entries that it gives.
  static const size_t kBefore = offsetof(typename F::GetEntries, entrytable);

  /// The end of a chain.
  static void WriteFoot(uint8_t* at, int verdict) {
    xt_entry_target* target = WriteEntry(at, kFootSize);
    memcpy(target->data, &verdict, sizeof verdict);
  }
  /// The beginning of a chain of the user's, or the end of the table.
  static void WriteHead(uint8_t* at, const char* name) {
    xt_entry_target* target = WriteEntry(at, kHeadSize);
    strcpy(target->u.user.name, XT_ERROR_TARGET);
    strcpy(reinterpret_cast<char*>(target->data), name);
  }

  /// 0, or -errno.
  static int GetInfo(const std::string& table, const KernelSocket& socket, Info* info) {
    memset(info, 0, sizeof *info);
    if (table.size() >= sizeof info->name) return -EINVAL;
    memcpy(info->name, table.data(), table.size());
    const int result = socket.Get(F::kLevel, F::kGetInfo, info, sizeof *info);
    return result < 0 ? result : 0;
  }

  /// Adds the entries of the table, with kBefore bytes in front, to `bytes`, and room for `more` behind. False where
  /// the kernel refuses, or the table changes faster than it can be read.
  static bool Read(const std::string& table, const KernelSocket& socket, Info* info, Bytes* bytes, size_t more = 0) {
    const size_t start = bytes->size();
    for (int tries = 0; tries < kTries; tries++) {
      if (GetInfo(table, socket, info) < 0) return false;
      bytes->Truncate(start);
      bytes->Need(kBefore + info->size + more);
      typename F::GetEntries* request = reinterpret_cast<typename F::GetEntries*>(bytes->Add(kBefore + info->size));
      memset(request, 0, kBefore);
      memcpy(request->name, info->name, sizeof request->name);
      request->size = info->size;
      const int result = socket.Get(F::kLevel, F::kGetEntries, request, kBefore + info->size);
      if (result >= 0) return true;
      if (result != -EAGAIN) return false;
    }
    return false;
  }

 private:
  static const int kTries = 8;

  static xt_entry_target* WriteEntry(uint8_t* at, size_t size) {
    Entry* e = reinterpret_cast<Entry*>(at);
    memset(at, 0, size);
    e->target_offset = sizeof(Entry);
    e->next_offset = static_cast<uint16_t>(size);
    TargetOf(e)->u.target_size = static_cast<uint16_t>(size - sizeof(Entry));
    return TargetOf(e);
  }
};

}  // namespace iptc
