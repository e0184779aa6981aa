#include "xtables/table_edit.h"

#include "thread/clock.h"

namespace iptc {

namespace {

double Since(Nanoseconds start) {
  return static_cast<double>(Now() - start) / 1000;
}

}  // namespace

TableEdit::TableEdit(const LockPlace& lock, const Table::Place& place, const EditOptions& options,
                     const Interrupt& interrupt)
    : keep_policy_counters_(options.keep_policy_counters), trial_(options.trial), timing_() {
  Nanoseconds start = Now();
  lock_.reset(new XtablesLock(lock, options.patience, interrupt));
  timing_.lock_wait = Since(start);
  start = Now();
  table_ = Table::Open(place, options.chains_capture, interrupt);
  timing_.read = Since(start);
}

void TableEdit::Run(Bytes program) {
  const Nanoseconds start = Now();
  table_->Run(std::move(program));
  timing_.edit += Since(start);
}

Outcome TableEdit::Commit() {
  const Nanoseconds start = Now();
  Bytes told;
  if (trial_) {
    table_->Try();
  } else {
    told = table_->Commit(keep_policy_counters_);
  }
  timing_.commit = Since(start);
  return Outcome{timing_, std::move(told)};
}

}  // namespace iptc
