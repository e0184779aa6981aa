#pragma once

#include <string>

#include "kernel/fd.h"
#include "thread/interrupt.h"

namespace iptc {

/// What a session locks.
struct LockPlace {
  std::string file;  // empty: nothing
  bool socket;       // the abstract socket "@xtables" of the namespace too
};

/// Milliseconds. wait: negative is for ever, 0 tries once.
struct LockPatience {
  double wait;
  double interval;
};

/// The lock by which iptables processes take turns, held while this lives: flock(2) on the file, as iptables 1.8.9
/// takes it, and, if told, the socket that the earliest iptables 1.4.21 binds.
class XtablesLock {
 public:
  /// Throws a Failure of stage kLock: ETIMEDOUT after waiting in vain, ECANCELED when interrupted.
  XtablesLock(const LockPlace& place, const LockPatience& patience, const Interrupt& interrupt);
  XtablesLock(const XtablesLock&) = delete;
  XtablesLock& operator=(const XtablesLock&) = delete;

 private:
  /// Who waits in this process tries again at once.
  struct WakesWaiters {
    ~WakesWaiters() { Waiters::Wake(); }
  };

  bool TryFile();
  bool TrySocket();

  LockPlace place_;
  const WakesWaiters wakes_waiters_;  // after the members below are let go of, also where not all of them were got
  Fd file_;
  Fd socket_;
  bool file_locked_ = false;
};

}  // namespace iptc
