#pragma once

#include <string>

#include "thread/worker.h"
#include "xtables/queries.h"
#include "xtables/table.h"
#include "xtables/xtables_lock.h"

namespace iptc {

/// What the tasks of a session work with.
class Context : public Resources {
 public:
  /// libiptc opens a socket for each table, in the namespace of the thread that asks it to.
  Context(int family, const LockPlace& lock) : Resources(false), lock(lock), family_(family) {}

  void Open() override { queries = KernelQueries(family_); }
  Table::Place PlaceOf(const std::string& table) const { return Table::Place{family_, table, &queries.socket()}; }

  const LockPlace lock;
  /// Of the session's namespace. Any thread may ask.
  KernelQueries queries;

 private:
  const int family_;
};

}  // namespace iptc
