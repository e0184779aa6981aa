#pragma once

#include <memory>
#include <vector>

#include "xtables/copy.h"
#include "xtables/replacement.h"

namespace iptc {

/// A piece of a program, whole operations. It stays where it is.
struct Piece {
  const uint8_t* data;
  size_t size;
};

/// What a program makes of a table. libiptc reads it as soon as somebody wants to know what is in it: a program that
/// replaces all of it doesn't.
template <class F>
class Draft {
 public:
  Draft(const Table::Place& place, bool chains_capture)
      : place_(place), chains_capture_(chains_capture), replacement_(place.name, *place.socket) {
    typename F::Info info;
    if (Blob<F>::GetInfo(place.name, *place.socket, &info) < 0) Read();  // libiptc says why not
  }

  /// The table with what has been run.
  Bytes Snapshot() { return Read().Snapshot(); }

  void Run(const Piece& piece) {
    pieces_.push_back(piece);
    if (copy_) {
      copy_->Run(piece.data, piece.size);
    } else if (!replacement_.Take(piece.data, piece.size)) {
      Read();
    }
  }

  Bytes Commit(bool keep_policy_counters) {
    if (!copy_ && (!replacement_.begun() || replacement_.Commit(keep_policy_counters))) return Bytes();
    return Read().Commit(keep_policy_counters);
  }

  void Try() {
    if (!copy_ && (!replacement_.begun() || replacement_.Try())) return;
    Read().Try();
  }

 private:
  Copy<F>& Read() {
    if (!copy_) {
      std::unique_ptr<Copy<F>> copy(new Copy<F>(place_, chains_capture_));
      for (const Piece& piece : pieces_) copy->Run(piece.data, piece.size);
      copy_ = std::move(copy);
    }
    return *copy_;
  }

  const Table::Place place_;
  const bool chains_capture_;
  std::vector<Piece> pieces_;
  Replacement<F> replacement_;
  std::unique_ptr<Copy<F>> copy_;
};

}  // namespace iptc
