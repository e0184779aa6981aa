#pragma once

#include <vector>

#include "kernel/bytes.h"
#include "xtables/handle.h"
#include "xtables/interpreter.h"
#include "xtables/old_counters.h"
#include "xtables/snapshot_writer.h"
#include "xtables/table.h"
#include "xtables/table_writer.h"

namespace iptc {

/// libiptc's copy of a table, and what is done to it.
///
/// libiptc would commit it, too, by two calls to the kernel of which it doesn't tell which one failed: whether the new
/// table is live couldn't be said. So what libiptc has is written here.
template <class F>
class Copy {
 public:
  Copy(const Table::Place& place, bool chains_capture)
      : place_(place),
        handle_(place.name, *place.socket),
        counters_(FirstCounters(handle_.get())),
        interpreter_(handle_.get(), &counters_, chains_capture) {}

  Bytes Snapshot() {
    Guard guard(Handle<F>::Mutex());
    return SnapshotWriter<F>::Write(handle_.get());
  }

  void Run(const uint8_t* program, size_t size) {
    Guard guard(Handle<F>::Mutex());
    interpreter_.Run(program, size);
  }

  Bytes Commit(bool keep_policy_counters) {
    Bytes told;
    if (!interpreter_.changed()) return told;
    Compile();
    told.Need(counters_.last_size());
    const int result =
        writer_->Commit(counters_.entries(), [&](const std::vector<xt_counters>& old, CounterRequest<F>* request) {
          Count(old, keep_policy_counters, request);
          counters_.WriteLast(old, &told);
          return true;  // always, so that what can go wrong doesn't depend on traffic
        });
    if (result < 0) throw Refused(-result);
    return told;
  }

  void Try() {
    Compile();
    const int result = writer_->Try();
    if (result < 0) throw Refused(-result);
  }

 private:
  typedef typename F::Entry Entry;
  typedef typename Handle<F>::Guard Guard;
  typedef typename TableWriter<F>::Chain Chain;

  static OldCounters<F> FirstCounters(xtc_handle* handle) {
    Guard guard(Handle<F>::Mutex());
    return OldCounters<F>(handle);
  }

  void Compile() {
    CompileRequest();
    if (!counters_.Sorted()) LocateChains();
  }

  void CompileRequest() {
    Guard guard(Handle<F>::Mutex());
    xtc_handle* handle = handle_.get();
    chains_.clear();
    for (const char* name = F::FirstChain(handle); name != nullptr; name = F::NextChain(handle)) AddChain(name);
    std::vector<Chain*> chains;
    for (Chain& chain : chains_) chains.push_back(&chain);
    writer_.reset(new TableWriter<F>(place_.name, *place_.socket));
    const auto destination_of = [this, handle](const Entry* rule) {
      const Destination to = DestinationOf<F>(rule, handle);
      if (to.kind == Destination::kChain) counters_.SeeJump(rule, to.name);
      return to;
    };
    if (!writer_->Compile(chains, destination_of, &request_)) {
      throw Failure(Stage::kCommit, E2BIG, "The table would be too large");
    }
  }

  void LocateChains() {
    typename F::Info info;
    Bytes table;
    if (!Blob<F>::Read(place_.name, *place_.socket, &info, &table) ||
        !counters_.Locate(table.data() + Blob<F>::kBefore, info)) {
      throw Refused(EAGAIN);
    }
  }

  /// Built-in chains come first.
  void AddChain(const char* name) {
    xtc_handle* handle = handle_.get();
    const bool builtin = (chains_.empty() || chains_.back().builtin()) && F::Builtin(name, handle);
    chains_.emplace_back();
    Chain* chain = &chains_.back();
    chain->name = Label(name);
    if (builtin) {
      xt_counters counters;
      chain->hook = Hooks::Named(name);
      chain->policy = VerdictNumber(F::GetPolicy(name, &counters, handle));
    }
    for (const Entry* e = F::FirstRule(name, handle); e != nullptr; e = F::NextRule(e, handle)) chain->Add(e);
  }

  void Count(const std::vector<xt_counters>& old, bool keep_policy_counters, CounterRequest<F>* request) {
    size_t number = 0;
    for (const Chain& chain : chains_) {
      if (!chain.builtin()) number++;
      for (const Entry* rule : chain.rules) request->Add(number++, counters_.Of(rule, old));
      if (chain.builtin()) request->Add(number, counters_.OfPolicy(chain.name, old, keep_policy_counters));
      number++;
    }
  }

  /// In libiptc's words.
  Failure Refused(int error) {
    Guard guard(Handle<F>::Mutex());
    F::FirstChain(handle_.get());  // it has a word of its own for some errors of some of its functions
    return Handle<F>::Fail(Stage::kCommit, error);
  }

  const Table::Place place_;
  Handle<F> handle_;
  OldCounters<F> counters_;
  Interpreter<F> interpreter_;
  std::vector<Chain> chains_;
  Bytes request_;
  std::unique_ptr<TableWriter<F>> writer_;
};

}  // namespace iptc
