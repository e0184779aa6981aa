#pragma once

#include <atomic>
#include <string>

#include "kernel/kernel_socket.h"
#include "xtables/table.h"
#include "xtables/xtables_lock.h"

namespace iptc {

/// What a session's tasks work with. Outlives them.
struct Context {
  Context(int family, const LockPlace& lock) : family(family), lock(lock), stopping(false) {}

  Table::Place PlaceOf(const std::string& table) const { return Table::Place{family, table, &queries.socket()}; }

  const int family;
  const LockPlace lock;
  /// Of the session's namespace; set once, when its thread has entered it.
  KernelQueries queries;
  /// The environment is being torn down: nothing new begins.
  std::atomic<bool> stopping;
};

}  // namespace iptc
