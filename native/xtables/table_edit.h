#pragma once

#include <memory>
#include <string>

#include "kernel/bytes.h"
#include "kernel/kernel_socket.h"
#include "xtables/table.h"
#include "xtables/xtables_lock.h"

namespace iptc {

struct EditOptions {
  LockPatience patience;
  bool keep_policy_counters;
  bool chains_capture;
  bool trial;
};

/// What a commit cost, in microseconds.
struct Timing {
  double lock_wait;
  double read;
  double edit;
  double commit;
};

struct Outcome {
  Timing timing;
  Bytes told;  // what operations were to tell
};

/// One table from the xtables lock to the end of the commit; the lock is let go when this is destroyed.
class TableEdit {
 public:
  /// Takes the lock and reads the table.
  TableEdit(const LockPlace& lock, const Table::Place& place, const EditOptions& options, const Interrupt& interrupt);

  Bytes Snapshot() { return table_->Snapshot(); }
  /// A piece of a program, whole operations.
  void Run(Bytes program);
  Outcome Commit();

 private:
  // The order matters: the table is destroyed before the lock is let go.
  std::unique_ptr<XtablesLock> lock_;
  std::unique_ptr<Table> table_;
  const bool keep_policy_counters_;
  const bool trial_;
  Timing timing_;
};

}  // namespace iptc
