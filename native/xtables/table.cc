#include "xtables/table.h"

#include "xtables/blob_snapshot.h"
#include "xtables/handle.h"
#include "xtables/interpreter.h"
#include "xtables/live_table.h"
#include "xtables/policy_counters.h"
#include "xtables/replacement.h"
#include "xtables/snapshot_writer.h"

namespace iptc {

namespace {

/// libiptc's copy of a table, and what is done to it.
template <class F>
class Copy {
 public:
  Copy(const Table::Place& place, bool chains_capture)
      : place_(place),
        handle_(place.name),
        policies_(FirstPolicies(handle_.get())),
        counted_(FirstCounted(handle_.get())),
        interpreter_(handle_.get(), &policies_, chains_capture) {}

  Bytes Snapshot() {
    Guard guard(Handle<F>::Mutex());
    return SnapshotWriter<F>::Write(handle_.get());
  }

  void Run(const uint8_t* program, size_t size) {
    Guard guard(Handle<F>::Mutex());
    interpreter_.Run(program, size);
  }

  void Commit(bool keep_policy_counters) {
    if (!interpreter_.changed()) return;
    Write();
    if (!keep_policy_counters) return;
    Live([this] {
      Guard guard(Handle<F>::Mutex());
      policies_.Restore(place_.name, handle_.get(), *place_.socket);
    });
  }

 private:
  typedef typename Handle<F>::Guard Guard;

  static PolicyCounters<F> FirstPolicies(xtc_handle* handle) {
    Guard guard(Handle<F>::Mutex());
    return PolicyCounters<F>(handle);
  }

  static Counted FirstCounted(xtc_handle* handle) {
    Guard guard(Handle<F>::Mutex());
    return CountedBy<F>(handle);
  }

  /// libiptc's commit is two calls to the kernel and doesn't tell which one failed: the table does.
  void Write() {
    Failure failure(Stage::kCommit, 0, "");
    {
      Guard guard(Handle<F>::Mutex());
      if (F::Commit(handle_.get())) return;
      failure = Handle<F>::Fail(Stage::kCommit, errno);
    }
    switch (LiveTable<F>::Is(place_.name, handle_.get(), counted_, interpreter_.rules_changed(), *place_.socket)) {
      case LiveTable<F>::kOld:
        break;
      case LiveTable<F>::kNew:
        failure.stage = Stage::kCounters;
        break;
      case LiveTable<F>::kUnknown:
        failure.stage = Stage::kUnknown;
        break;
    }
    throw failure;
  }

  const Table::Place place_;
  Handle<F> handle_;
  PolicyCounters<F> policies_;
  const Counted counted_;
  Interpreter<F> interpreter_;
};

/// libiptc reads the table as soon as somebody wants to know what is in it: a program that replaces all of it doesn't.
template <class F>
class TableOf : public Table {
 public:
  TableOf(const Place& place, bool chains_capture)
      : place_(place), chains_capture_(chains_capture), replacement_(place.name, *place.socket) {
    typename F::Info info;
    if (Blob<F>::GetInfo(place.name, *place.socket, &info) < 0) Read();  // libiptc says why not
  }

  static Bytes Snapshot(const Place& place) {
    Bytes bytes;
    if (BlobSnapshot<F>::Read(place.name, *place.socket, &bytes)) return bytes;
    return Copy<F>(place, false).Snapshot();
  }

  Bytes Snapshot() override { return Read().Snapshot(); }

  void Run(Bytes program) override {
    if (!copy_ && replacement_.Take(&program)) return;
    Read().Run(program.data(), program.size());
  }

  void Commit(bool keep_policy_counters) override {
    if (!copy_ && (!replacement_.begun() || replacement_.Commit(keep_policy_counters))) return;
    Read().Commit(keep_policy_counters);
  }

  void Try() override {
    if (!copy_ && replacement_.begun()) return replacement_.Try();
    throw Failure(Stage::kCommit, EOPNOTSUPP, "Only a program that replaces a table as a whole can be tried");
  }

 private:
  Copy<F>& Read() {
    if (!copy_) {
      std::unique_ptr<Copy<F>> copy(new Copy<F>(place_, chains_capture_));
      for (const Bytes& piece : replacement_.pieces()) copy->Run(piece.data(), piece.size());
      copy_ = std::move(copy);
    }
    return *copy_;
  }

  const Place place_;
  const bool chains_capture_;
  Replacement<F> replacement_;
  std::unique_ptr<Copy<F>> copy_;
};

void CheckName(const std::string& name) {
  if (name.find('\0') != std::string::npos) throw Failure(Stage::kRead, EINVAL, "A table's name has no zero byte");
}

}  // namespace

Bytes Table::Read(const Place& place) {
  CheckName(place.name);
  return place.family == Ipv4::kNumber ? TableOf<Ipv4>::Snapshot(place) : TableOf<Ipv6>::Snapshot(place);
}

std::unique_ptr<Table> Table::Open(const Place& place, bool chains_capture) {
  CheckName(place.name);
  if (place.family == Ipv4::kNumber) return std::unique_ptr<Table>(new TableOf<Ipv4>(place, chains_capture));
  return std::unique_ptr<Table>(new TableOf<Ipv6>(place, chains_capture));
}

}  // namespace iptc
