#pragma once

#include <memory>
#include <string>

#include "kernel/bytes.h"
#include "kernel/kernel_socket.h"
#include "thread/interrupt.h"

namespace iptc {

/// One table, read once, edited in a copy and written back at most once. For one thread at a time.
/// What fails throws a Failure; after that the copy is good for nothing.
class Table {
 public:
  struct Place {
    int family;
    std::string name;
    const KernelSocket* socket;  // of the namespace; outlives the table
  };

  /// A table to look at, in the format of lib/backend/snapshot.ts.
  static Bytes Read(const Place& place);
  /// A table to change, in the namespace of the calling thread. `interrupt` ends the search for what the kernel
  /// refuses.
  static std::unique_ptr<Table> Open(const Place& place, bool chains_capture, const Interrupt& interrupt);
  virtual ~Table() {}

  /// The table as it was read: before any program.
  virtual Bytes Snapshot() = 0;
  /// Runs a piece of a program, whole operations.
  virtual void Run(Bytes program) = 0;
  /// Gives what operations were to tell (lib/backend/told.ts).
  /// A failure of stage kCommit tells the operation that the kernel refuses, where one is to blame.
  virtual Bytes Commit(bool keep_policy_counters) = 0;
  /// Has the kernel check what Commit() would write, and changes nothing.
  virtual void Try() = 0;
};

}  // namespace iptc
