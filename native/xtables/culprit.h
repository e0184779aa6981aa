#pragma once

#include <errno.h>

#include <memory>
#include <vector>

#include "thread/interrupt.h"
#include "xtables/draft.h"
#include "xtables/operation.h"

namespace iptc {

/// The operation for which the kernel refuses what a program makes of a table. The kernel tells no more than an errno:
/// it is found by halves, by having the kernel check what the operations up to one of them make, which changes nothing.
template <class F>
class Culprit {
 public:
  Culprit(const Table::Place& place, bool chains_capture, const std::vector<Bytes>& program, const Interrupt& interrupt)
      : place_(place), chains_capture_(chains_capture), program_(program), interrupt_(interrupt) {}

  /// The failure of the whole program, or that of the operation, if one is to blame.
  Failure Find(const Failure& failure) {
    if (!IsRefusal(failure)) return failure;
    LocateOperations();
    Failure found = failure;
    size_t taken = 0;
    size_t refused = ends_.size();
    while (refused - taken > 1) {
      if (interrupt_.IsSet()) return failure;
      const size_t middle = taken + (refused - taken) / 2;
      const std::unique_ptr<Failure> trial = Try(middle);
      if (!trial) {
        taken = middle;
      } else if (IsRefusal(*trial)) {
        refused = middle;
        found = *trial;
      } else {
        return failure;
      }
    }
    // A chain that is only named changes nothing: the kernel would refuse the table that it has.
    if (refused == 0 || OperationAt(taken).opcode == Operation::kChain) return failure;
    found.operation = static_cast<uint32_t>(taken);
    found.refusal = Describe(taken);
    return found;
  }

 private:
  struct End {
    size_t piece;
    size_t start;
    size_t end;
  };

  /// What isn't for lack of memory, of a right, or of luck.
  static bool IsRefusal(const Failure& failure) {
    switch (failure.error) {
      case ENOMEM:
      case ENOBUFS:
      case EPERM:
      case EAGAIN:
      case EINTR:
        return false;
      default:
        return failure.stage == Stage::kCommit;
    }
  }

  void LocateOperations() {
    for (size_t piece = 0; piece < program_.size(); piece++) {
      const Bytes& bytes = program_[piece];
      for (size_t at = 0; at < bytes.size();) {
        const size_t start = at;
        Operation::Next(bytes.data(), bytes.size(), &at);
        ends_.push_back(End{piece, start, at});
      }
    }
  }
  Operation OperationAt(size_t number) const {
    size_t at = ends_[number].start;
    const Bytes& bytes = program_[ends_[number].piece];
    return Operation::Next(bytes.data(), bytes.size(), &at);
  }

  /// Runs so many operations.
  void Run(size_t count, Draft<F>* draft) const {
    const End& last = ends_[count - 1];
    for (size_t i = 0; i < last.piece; i++) draft->Run(Piece{program_[i].data(), program_[i].size()});
    draft->Run(Piece{program_[last.piece].data(), last.end});
  }

  /// How the kernel refuses what so many operations make, if it does.
  std::unique_ptr<Failure> Try(size_t count) const {
    try {
      Draft<F> draft(place_, chains_capture_);
      Run(count, &draft);
      draft.Try();
      return nullptr;
    } catch (const Failure& failure) {
      return std::unique_ptr<Failure>(new Failure(failure));
    }
  }

  std::shared_ptr<const Refusal> Describe(size_t number) const {
    const std::shared_ptr<Refusal> refusal(new Refusal);
    size_t chain = number;
    while (chain > 0 && OperationAt(chain).opcode != Operation::kChain) chain--;
    for (const size_t operation : {chain, number}) {
      const End& place = ends_[operation];
      const size_t size = place.end - place.start;
      memcpy(refusal->program.Add(size), program_[place.piece].data() + place.start, size);
    }
    Draft<F> draft(place_, chains_capture_);
    Run(number + 1, &draft);
    refusal->table = draft.Snapshot();
    return refusal;
  }

  const Table::Place place_;
  const bool chains_capture_;
  const std::vector<Bytes>& program_;
  const Interrupt& interrupt_;
  std::vector<End> ends_;
};

}  // namespace iptc
