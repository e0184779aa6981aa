#include "xtables/table.h"

#include "xtables/blob_snapshot.h"
#include "xtables/copy.h"
#include "xtables/culprit.h"

namespace iptc {

namespace {

/// It keeps the program, to find out with which of its operations the kernel refuses it.
template <class F>
class TableOf : public Table {
 public:
  TableOf(const Place& place, bool chains_capture, const Interrupt& interrupt)
      : place_(place), chains_capture_(chains_capture), interrupt_(interrupt), draft_(place, chains_capture) {}

  static Bytes Snapshot(const Place& place) {
    Bytes bytes;
    if (BlobSnapshot<F>::Read(place.name, *place.socket, &bytes)) return bytes;
    return Copy<F>(place, false).Snapshot();
  }

  Bytes Snapshot() override { return draft_.Snapshot(); }

  void Run(Bytes program) override {
    program_.push_back(std::move(program));
    draft_.Run(Piece{program_.back().data(), program_.back().size()});
  }

  Bytes Commit(bool keep_policy_counters) override {
    Bytes told;
    Blaming([&] { told = draft_.Commit(keep_policy_counters); });
    return told;
  }
  void Try() override {
    Blaming([&] { draft_.Try(); });
  }

 private:
  template <class Work>
  void Blaming(const Work& work) {
    try {
      work();
    } catch (const Failure& failure) {
      throw Culprit<F>(place_, chains_capture_, program_, interrupt_).Find(failure);
    }
  }

  const Place place_;
  const bool chains_capture_;
  const Interrupt& interrupt_;
  std::vector<Bytes> program_;
  Draft<F> draft_;
};

void CheckName(const std::string& name) {
  if (name.find('\0') != std::string::npos) throw Failure(Stage::kRead, EINVAL, "A table's name has no zero byte");
}

}  // namespace

Bytes Table::Read(const Place& place) {
  CheckName(place.name);
  return place.family == Ipv4::kNumber ? TableOf<Ipv4>::Snapshot(place) : TableOf<Ipv6>::Snapshot(place);
}

std::unique_ptr<Table> Table::Open(const Place& place, bool chains_capture, const Interrupt& interrupt) {
  CheckName(place.name);
  if (place.family == Ipv4::kNumber) return std::unique_ptr<Table>(new TableOf<Ipv4>(place, chains_capture, interrupt));
  return std::unique_ptr<Table>(new TableOf<Ipv6>(place, chains_capture, interrupt));
}

}  // namespace iptc
