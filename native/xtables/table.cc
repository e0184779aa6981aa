#include "xtables/table.h"

#include "xtables/blob_snapshot.h"
#include "xtables/copy.h"
#include "xtables/replacement.h"

namespace iptc {

namespace {

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
    if (!copy_ && (!replacement_.begun() || replacement_.Try())) return;
    Read().Try();
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
