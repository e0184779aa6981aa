#pragma once

#include <errno.h>

#include <string>

#include "xtables/chains.h"
#include "xtables/entry_buffer.h"
#include "xtables/handle.h"
#include "xtables/old_counters.h"
#include "xtables/operation.h"
#include "xtables/rule_pattern.h"

namespace iptc {

/// Runs a program, in the format of lib/backend/program.ts, on libiptc's copy of a table.
/// Every call is made under the guard of the handle. After a failure the copy is good for nothing.
template <class F>
class Interpreter {
 public:
  /// `chains_capture`: an extension's target with the name of a chain becomes a jump to it, as for the commands.
  Interpreter(xtc_handle* handle, OldCounters<F>* counters, bool chains_capture)
      : handle_(handle), counters_(counters), chains_(handle), chains_capture_(chains_capture) {}

  /// Whole operations; what CHAIN named holds for the next piece, too.
  void Run(const uint8_t* program, size_t size) {
    try {
      for (size_t at = 0; at < size; operation_++) {
        const Operation operation = Operation::Next(program, size, &at);
        Execute(operation);
        telling_ = operation.opcode == Operation::kTell;
      }
    } catch (Failure& failure) {
      failure.operation = operation_;
      if (failure.error == ENOENT && failure.missing.empty()) failure.missing = chain_.text;
      throw;
    }
  }

  /// Whether libiptc has something to commit.
  bool changed() const { return changed_; }

 private:
  typedef typename F::Entry Entry;

  static Failure NoSuchChain() { return Failure(Stage::kEdit, ENOENT, "No chain/target/match by that name"); }

  void Execute(const Operation& operation) {
    switch (operation.opcode) {
      case Operation::kChain:
        operation.Expect(Label::kSize);
        chain_ = operation.Name(0);
        return;
      case Operation::kAppend:
        LoadRule(operation, 0);
        return Changed(F::Append(chain_.text, buffer_.entry(), handle_));
      case Operation::kInsert:
        LoadRule(operation, 8);
        return Changed(F::Insert(chain_.text, buffer_.entry(), operation.U32(0), handle_));
      case Operation::kReplace:
        LoadRule(operation, 8);
        return Changed(F::Replace(chain_.text, buffer_.entry(), operation.U32(0), handle_));
      case Operation::kDeleteAt:
        operation.Expect(8);
        return DeleteAt(operation.U32(0));
      case Operation::kDelete:
        return DeleteAt(Find(operation));
      case Operation::kCheck:
        Find(operation);
        return;
      case Operation::kExpectAt:
        return ExpectAt(operation);
      case Operation::kFlush:
        operation.Expect(0);
        return Flush(chain_);
      case Operation::kZero:
        operation.Expect(0);
        return Zero(chain_);
      case Operation::kZeroAt:
        operation.Expect(8);
        return ZeroAt(operation.U32(0));
      case Operation::kCreate:
        operation.Expect(0);
        RequireNewName(chain_);
        Changed(F::Create(chain_.text, handle_));
        return chains_.Changed(+1);
      case Operation::kDeleteChain:
        operation.Expect(0);
        Changed(F::Delete(chain_.text, handle_));
        return chains_.Changed(-1);
      case Operation::kRename:
        operation.Expect(Label::kSize);
        return Rename(operation.Name(0));
      case Operation::kPolicy:
        operation.Expect(Label::kSize + 8 + sizeof(xt_counters));
        return SetPolicy(PolicyOperands(operation));
      case Operation::kFlushAll:
        operation.Expect(0);
        for (const Label& chain : chains_.All()) Flush(chain);
        return;
      case Operation::kZeroAll:
        operation.Expect(0);
        for (const Label& chain : chains_.All()) Zero(chain);
        return;
      case Operation::kDeleteChains:
        operation.Expect(0);
        return DeleteChains();
      case Operation::kEmptyChain:
        operation.Expect(0);
        if (F::IsChain(chain_.text, handle_)) return Flush(chain_);
        RequireNewName(chain_);
        Changed(F::Create(chain_.text, handle_));
        return chains_.Changed(+1);
      case Operation::kAbandon:
        operation.Expect(0);
        throw Failure(Stage::kEdit, ECANCELED, "Abandoned by the program");
      case Operation::kTell:
        operation.Expect(0);
        return counters_->BeginTelling();
      default:
        throw Operation::Malformed();
    }
  }

  /// What libiptc's call returned. Except for those that only look, a call that succeeds marks the copy as changed.
  void Changed(int ok) {
    if (!ok) throw Handle<F>::Fail(Stage::kEdit, errno);
    changed_ = true;
  }

  /// Puts the operation's entry into the buffer, in the form that libiptc wants.
  void LoadRule(const Operation& operation, size_t at) {
    if (at > operation.size) throw Operation::Malformed();
    buffer_.Load(operation.bytes + at, operation.size - at);
    OldCounters<F>::Unnumber(buffer_.entry());
    ResolveTarget();
    xt_entry_target* target = buffer_.target();
    const char* name = target->u.user.name;
    if (target->u.user.revision != kStandard) {
      if (chains_.IsUsers(name)) {
        throw Failure(Stage::kEdit, EEXIST, "A chain of that name captures the target " + std::string(name));
      }
    } else if (name[0] == '\0') {
      // libiptc gives such a target to the kernel as it is. A verdict's revision it clears at once, and a jump's when
      // it commits: till then it tells a jump in libiptc's copy from an extension.
      target->u.user.revision = 0;
    }
  }

  void ResolveTarget() {
    xt_entry_target* target = buffer_.target();
    const char* name = target->u.user.name;
    if (target->u.user.revision != kStandard) {
      if (chains_capture_ && chains_.IsUsers(name)) buffer_.MakeJump();
      return;
    }
    const bool jump = name[0] != '\0' && !IsVerdict(name);
    if (jump && !chains_.IsUsers(name)) {
      if (F::Builtin(name, handle_)) throw Failure(Stage::kEdit, EINVAL, "Can't jump to a built-in chain");
      Failure failure(Stage::kEdit, ENOENT, "No chain/target by that name");
      failure.missing = name;
      throw failure;
    }
    if (!jump && name[0] != '\0' && F::IsGoto(*buffer_.entry())) {
      throw Failure(Stage::kEdit, EINVAL, "Can't go to a verdict, only to a chain");
    }
  }

  void RequireChain() {
    if (!F::IsChain(chain_.text, handle_)) throw NoSuchChain();
  }

  RulePattern<F> LoadPattern(const Operation& operation, size_t size) {
    const uint64_t end = 8 + 2 * static_cast<uint64_t>(size);
    if (operation.size < end) throw Operation::Malformed();
    buffer_.Load(operation.bytes + 8, size);
    ResolveTarget();
    RulePattern<F> pattern(buffer_.entry(), operation.bytes + 8 + size);
    pattern.AddAlternatives(operation.bytes + end, operation.size - end);
    return pattern;
  }

  /// The index of the first rule that fits. ESRCH where libiptc says ENOENT: the chain is there, the rule isn't.
  unsigned Find(const Operation& operation) {
    const RulePattern<F> pattern = LoadPattern(operation, operation.U32(0));
    RequireChain();
    unsigned index = 0;
    for (const Entry* e = F::FirstRule(chain_.text, handle_); e != nullptr; e = F::NextRule(e, handle_), index++) {
      if (pattern.Fits(e, handle_)) return index;
    }
    throw Failure(Stage::kEdit, ESRCH, "Bad rule (does a matching rule exist in that chain?)");
  }

  void ExpectAt(const Operation& operation) {
    const RulePattern<F> pattern = LoadPattern(operation, operation.U32(4));
    RequireChain();
    const Entry* e = F::FirstRule(chain_.text, handle_);
    for (uint32_t left = operation.U32(0); left > 0 && e != nullptr; left--) e = F::NextRule(e, handle_);
    if (e == nullptr || !pattern.Fits(e, handle_)) {
      throw Failure(Stage::kEdit, ESTALE, "Another rule, or none, is at that number");
    }
  }

  static void RequireNewName(const Label& name) {
    if (name.length() == 0 || name.length() > Label::kLongestChain) {
      throw Failure(Stage::kEdit, EINVAL, "A chain's name has 1 to 28 bytes");
    }
  }

  void DeleteChains() {
    for (const Label& chain : chains_.All()) {
      if (F::Builtin(chain.text, handle_)) continue;
      Changed(F::Delete(chain.text, handle_));
      chains_.Changed(-1);
    }
  }

  void Rename(const Label& name) {
    RequireNewName(name);
    const bool pad = chains_.RenameNeedsOneMore();
    Label padding("\x7f libiptc rename");
    if (pad) Changed(F::Create(padding.text, handle_));
    Changed(F::Rename(chain_.text, name.text, handle_));
    counters_->Rename();
    if (pad) Changed(F::Delete(padding.text, handle_));
    chain_ = name;
    chains_.Changed(0);
  }

  void Zero(const Label& chain) {
    if (telling_) counters_->TellZeroed(chain);
    Changed(F::Zero(chain.text, handle_));
    counters_->ZeroChain(chain);
  }
  void ZeroAt(uint32_t index) {
    if (telling_) counters_->TellZeroed(chain_, index);
    Changed(F::ZeroAt(chain_.text, index + 1, handle_));
    counters_->ZeroRule(chain_, index);
  }
  /// Its jumps say where chains were: what isn't known by then costs another read of the table.
  void Flush(const Label& chain) {
    for (const Entry* e = F::FirstRule(chain.text, handle_); e != nullptr; e = F::NextRule(e, handle_)) {
      const Destination to = DestinationOf<F>(e, handle_);
      if (to.kind == Destination::kChain) counters_->SeeJump(e, to.name);
    }
    Changed(F::Flush(chain.text, handle_));
  }
  void DeleteAt(uint32_t index) {
    if (telling_) counters_->TellDeleted(chain_, index);
    Changed(F::DeleteAt(chain_.text, index, handle_));
  }

  void SetPolicy(PolicyOperands policy) {
    xt_counters* counters = policy.with_counters ? &policy.counters : nullptr;
    Changed(F::SetPolicy(chain_.text, policy.verdict.text, counters, handle_));
    counters_->SetPolicy(chain_, policy.with_counters ? policy.counters : xt_counters{0, 0});
  }

  xtc_handle* handle_;
  OldCounters<F>* counters_;
  Chains<F> chains_;
  const bool chains_capture_;
  EntryBuffer<F> buffer_;
  Label chain_;
  uint32_t operation_ = 0;
  bool changed_ = false;
  bool telling_ = false;  // of the next operation
};

}  // namespace iptc
