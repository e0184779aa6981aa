#pragma once

#include <errno.h>

#include "kernel/failure.h"
#include "xtables/family.h"
#include "xtables/label.h"

namespace iptc {

/// One operation of a program, in the format of lib/backend/program.ts: its operands are used where they are.
struct Operation {
  enum Opcode {
    kChain = 1,
    kAppend,
    kInsert,
    kReplace,
    kDeleteAt,
    kDelete,
    kCheck,
    kExpectAt,
    kFlush,
    kZero,
    kZeroAt,
    kCreate,
    kDeleteChain,
    kRename,
    kPolicy,
    kFlushAll,
    kZeroAll,
    kDeleteChains,
    kEmptyChain,
    kAbandon,
    kTell,
  };

  uint32_t opcode;
  const uint8_t* bytes;
  size_t size;

  /// What begins at `at`, which is moved behind it.
  static Operation Next(const uint8_t* program, size_t size, size_t* at) {
    uint32_t head[2];
    if (size - *at < sizeof head) throw Malformed();
    memcpy(head, program + *at, sizeof head);
    if (head[1] < sizeof head || head[1] > size - *at || head[1] % 8 != 0) throw Malformed();
    const Operation operation = {head[0], program + *at + sizeof head, head[1] - sizeof head};
    *at += head[1];
    return operation;
  }

  void Expect(size_t expected) const {
    if (size != expected) throw Malformed();
  }
  uint32_t U32(size_t at) const {
    if (at + sizeof(uint32_t) > size) throw Malformed();
    uint32_t value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
  }
  xt_counters Counters(size_t at) const {
    if (at + sizeof(xt_counters) > size) throw Malformed();
    xt_counters value;
    memcpy(&value, bytes + at, sizeof value);
    return value;
  }
  Label Name(size_t at) const {
    Label label;
    if (at + Label::kSize > size || !label.Read(bytes + at)) throw Malformed();
    return label;
  }

  static Failure Malformed() { return Failure(Stage::kEdit, EINVAL, "The program is malformed"); }
};

/// The policy that an operation sets.
struct PolicyOperands {
  explicit PolicyOperands(const Operation& operation) {
    operation.Expect(Label::kSize + 8 + sizeof(xt_counters));
    verdict = operation.Name(0);
    with_counters = operation.U32(Label::kSize) != 0;
    counters = operation.Counters(Label::kSize + 8);
  }

  Label verdict;
  bool with_counters;
  xt_counters counters;
};

}  // namespace iptc
