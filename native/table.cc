#include "table.h"

#include "handle.h"
#include "interpreter.h"
#include "live_table.h"
#include "policy_counters.h"
#include "snapshot_writer.h"

namespace iptc {

namespace {

template <class F>
class TableOf : public Table {
 public:
  TableOf(const Place& place, bool chains_capture)
      : place_(place),
        handle_(place.name),
        policies_(FirstPolicies(handle_.get())),
        interpreter_(handle_.get(), &policies_, chains_capture) {}

  Bytes Snapshot() override {
    Guard guard(Handle<F>::Mutex());
    return SnapshotWriter<F>::Write(handle_.get());
  }

  void Run(const uint8_t* program, size_t size) override {
    Guard guard(Handle<F>::Mutex());
    interpreter_.Run(program, size);
  }

  void Commit(bool keep_policy_counters) override {
    if (!interpreter_.changed()) return;
    Write();
    if (keep_policy_counters) {
      Guard guard(Handle<F>::Mutex());
      policies_.Restore(place_.name, handle_.get(), *place_.socket);
    }
  }

 private:
  typedef typename Handle<F>::Guard Guard;

  static PolicyCounters<F> FirstPolicies(xtc_handle* handle) {
    Guard guard(Handle<F>::Mutex());
    return PolicyCounters<F>(handle);
  }

  /// libiptc's commit is two calls to the kernel and doesn't tell which one failed: the table does.
  void Write() {
    Failure failure(Stage::kCommit, 0, "");
    {
      Guard guard(Handle<F>::Mutex());
      if (F::Commit(handle_.get())) return;
      failure = Handle<F>::Fail(Stage::kCommit, errno);
    }
    if (LiveTable<F>::Is(place_.name, handle_.get(), *place_.socket)) failure.stage = Stage::kCounters;
    throw failure;
  }

  const Place place_;
  Handle<F> handle_;
  PolicyCounters<F> policies_;
  Interpreter<F> interpreter_;
};

}  // namespace

std::unique_ptr<Table> Table::Open(const Place& place, bool chains_capture) {
  if (place.name.find('\0') != std::string::npos)
    throw Failure(Stage::kRead, EINVAL, "A table's name has no zero byte");
  if (place.family == Ipv4::kNumber) return std::unique_ptr<Table>(new TableOf<Ipv4>(place, chains_capture));
  return std::unique_ptr<Table>(new TableOf<Ipv6>(place, chains_capture));
}

}  // namespace iptc
