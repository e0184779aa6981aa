#pragma once

#include <errno.h>

#include <string>
#include <vector>

#include "entry_buffer.h"
#include "handle.h"
#include "label.h"
#include "policy_counters.h"
#include "rule_pattern.h"

namespace iptc {

/// Runs a program, in the format of lib/backend/program.ts, on libiptc's copy of a table.
/// Every call is made under the guard of the handle. After a failure the copy is good for nothing.
template <class F>
class Interpreter {
 public:
  /// `chains_capture`: an extension's target with the name of a chain becomes a jump to it, as for the commands.
  Interpreter(xtc_handle* handle, PolicyCounters<F>* policies, bool chains_capture)
      : handle_(handle), policies_(policies), chains_capture_(chains_capture) {}

  /// Whole operations; what CHAIN named holds for the next piece, too.
  void Run(const uint8_t* program, size_t size) {
    try {
      for (size_t at = 0; at < size; operation_++) {
        uint32_t head[2];
        if (size - at < sizeof head) throw Malformed();
        memcpy(head, program + at, sizeof head);
        if (head[1] < sizeof head || head[1] > size - at || head[1] % 8 != 0) throw Malformed();
        Execute(head[0], Operands{program + at + sizeof head, head[1] - sizeof head});
        at += head[1];
      }
    } catch (Failure& failure) {
      failure.operation = operation_;
      throw;
    }
  }

  /// Whether libiptc has something to commit.
  bool changed() const { return changed_; }

 private:
  typedef typename F::Entry Entry;

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
    kSetCounters,
    kCreate,
    kDeleteChain,
    kRename,
    kPolicy,
    kFlushAll,
    kZeroAll,
    kDeleteChains,
    kEmptyChain,
    kAbandon,
  };

  struct Operands {
    const uint8_t* bytes;
    size_t size;

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
  };

  static Failure Malformed() { return Failure(Stage::kEdit, EINVAL, "The program is malformed"); }
  static Failure NoSuchChain() { return Failure(Stage::kEdit, ENOENT, "No chain by that name"); }

  void Execute(uint32_t opcode, const Operands& operands) {
    switch (opcode) {
      case kChain:
        operands.Expect(Label::kSize);
        chain_ = operands.Name(0);
        return;
      case kAppend:
        LoadRule(operands, 0);
        return Changed(F::Append(chain_.text, buffer_.entry(), handle_));
      case kInsert:
        LoadRule(operands, 8);
        return Changed(F::Insert(chain_.text, buffer_.entry(), operands.U32(0), handle_));
      case kReplace:
        LoadRule(operands, 8);
        return Changed(F::Replace(chain_.text, buffer_.entry(), operands.U32(0), handle_));
      case kDeleteAt:
        operands.Expect(8);
        return Changed(F::DeleteAt(chain_.text, operands.U32(0), handle_));
      case kDelete:
        return Changed(F::DeleteAt(chain_.text, Find(operands), handle_));
      case kCheck:
        Find(operands);
        return;
      case kExpectAt:
        return ExpectAt(operands);
      case kFlush:
        operands.Expect(0);
        return Changed(F::Flush(chain_.text, handle_));
      case kZero:
        operands.Expect(0);
        Changed(F::Zero(chain_.text, handle_));
        return policies_->Forget(chain_);
      case kZeroAt:
        operands.Expect(8);
        return Changed(F::ZeroAt(chain_.text, operands.U32(0) + 1, handle_));
      case kSetCounters: {
        operands.Expect(8 + sizeof(xt_counters));
        xt_counters counters = operands.Counters(8);
        return Changed(F::SetCounters(chain_.text, operands.U32(0) + 1, &counters, handle_));
      }
      case kCreate:
        operands.Expect(0);
        RequireNewName(chain_);
        Changed(F::Create(chain_.text, handle_));
        return ChainsChanged(+1);
      case kDeleteChain:
        operands.Expect(0);
        Changed(F::Delete(chain_.text, handle_));
        return ChainsChanged(-1);
      case kRename:
        operands.Expect(Label::kSize);
        return Rename(operands.Name(0));
      case kPolicy:
        operands.Expect(Label::kSize + 8 + sizeof(xt_counters));
        return SetPolicy(operands);
      case kFlushAll:
        operands.Expect(0);
        for (const Label& chain : Chains()) Changed(F::Flush(chain.text, handle_));
        return;
      case kZeroAll:
        operands.Expect(0);
        for (const Label& chain : Chains()) {
          Changed(F::Zero(chain.text, handle_));
          policies_->Forget(chain);
        }
        return;
      case kDeleteChains:
        operands.Expect(0);
        return DeleteChains();
      case kEmptyChain:
        operands.Expect(0);
        if (F::IsChain(chain_.text, handle_)) return Changed(F::Flush(chain_.text, handle_));
        RequireNewName(chain_);
        Changed(F::Create(chain_.text, handle_));
        return ChainsChanged(+1);
      case kAbandon:
        operands.Expect(0);
        throw Failure(Stage::kEdit, ECANCELED, "Abandoned by the program");
      default:
        throw Malformed();
    }
  }

  /// What libiptc's call returned. Except for those that only look, a call that succeeds marks the copy as changed.
  void Changed(int ok) {
    if (!ok) throw Handle<F>::Fail(Stage::kEdit, errno);
    changed_ = true;
  }

  /// Puts the operation's entry into the buffer, in the form that libiptc wants.
  void LoadRule(const Operands& operands, size_t at) {
    if (at > operands.size) throw Malformed();
    buffer_.Load(operands.bytes + at, operands.size - at);
    ResolveTarget();
    xt_entry_target* target = buffer_.target();
    const char* name = target->u.user.name;
    if (target->u.user.revision != kStandard) {
      if (IsUserChain(name)) {
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
      if (chains_capture_ && IsUserChain(name)) buffer_.MakeJump();
      return;
    }
    const bool jump = name[0] != '\0' && !IsVerdict(name);
    if (jump && !IsUserChain(name)) {
      if (F::Builtin(name, handle_)) throw Failure(Stage::kEdit, EINVAL, "Can't jump to a built-in chain");
      throw Failure(Stage::kEdit, ENOENT, "No chain/target by that name");
    }
    if (!jump && name[0] != '\0' && F::IsGoto(*buffer_.entry())) {
      throw Failure(Stage::kEdit, EINVAL, "Can't go to a verdict, only to a chain");
    }
  }

  /// Rules in a row mostly go to the same place.
  bool IsUserChain(const char* name) {
    if (!asked_ || !(asked_name_ == name)) {
      asked_name_ = Label(name);
      asked_ = true;
      asked_is_user_chain_ = F::IsChain(name, handle_) && !F::Builtin(name, handle_);
    }
    return asked_is_user_chain_;
  }

  void RequireChain() {
    if (!F::IsChain(chain_.text, handle_)) throw NoSuchChain();
  }

  RulePattern<F> LoadPattern(const Operands& operands, size_t size) {
    if (operands.size != 8 + 2 * static_cast<uint64_t>(size)) throw Malformed();
    buffer_.Load(operands.bytes + 8, size);
    ResolveTarget();
    return RulePattern<F>(buffer_.entry(), operands.bytes + 8 + size);
  }

  /// The index of the first rule that fits. ESRCH where libiptc says ENOENT: the chain is there, the rule isn't.
  unsigned Find(const Operands& operands) {
    const RulePattern<F> pattern = LoadPattern(operands, operands.U32(0));
    RequireChain();
    unsigned index = 0;
    for (const Entry* e = F::FirstRule(chain_.text, handle_); e != nullptr; e = F::NextRule(e, handle_), index++) {
      if (pattern.Fits(e, handle_)) return index;
    }
    throw Failure(Stage::kEdit, ESRCH, "Bad rule (does a matching rule exist in that chain?)");
  }

  void ExpectAt(const Operands& operands) {
    const RulePattern<F> pattern = LoadPattern(operands, operands.U32(4));
    RequireChain();
    const Entry* e = F::FirstRule(chain_.text, handle_);
    for (uint32_t left = operands.U32(0); left > 0 && e != nullptr; left--) e = F::NextRule(e, handle_);
    if (e == nullptr || !pattern.Fits(e, handle_)) {
      throw Failure(Stage::kEdit, ESTALE, "Another rule, or none, is at that number");
    }
  }

  static void RequireNewName(const Label& name) {
    if (name.length() == 0 || name.length() > Label::kLongestChain) {
      throw Failure(Stage::kEdit, EINVAL, "A chain's name has 1 to 28 bytes");
    }
  }

  /// libiptc's walk doesn't outlive an edit.
  std::vector<Label> Chains() {
    std::vector<Label> chains;
    for (const char* name = F::FirstChain(handle_); name != nullptr; name = F::NextChain(handle_)) {
      chains.push_back(Label(name));
    }
    return chains;
  }

  void DeleteChains() {
    for (const Label& chain : Chains()) {
      if (F::Builtin(chain.text, handle_)) continue;
      Changed(F::Delete(chain.text, handle_));
      ChainsChanged(-1);
    }
  }

  void ChainsChanged(int by) {
    asked_ = false;
    if (user_chains_ >= 0) user_chains_ += by;
  }

  void Rename(const Label& name) {
    RequireNewName(name);
    // libiptc sizes its index of chains, one pointer for 40 of them, while the renamed chain is counted but not in the
    // list: with one chain over a multiple of 40 the last pointer may stay null, and is followed. One more for the time
    // of the call keeps it off that number.
    if (user_chains_ < 0) CountUserChains();
    const bool pad = user_chains_ % kIndexStep == 1;
    Label padding("\x7f libiptc rename");
    if (pad) Changed(F::Create(padding.text, handle_));
    Changed(F::Rename(chain_.text, name.text, handle_));
    if (pad) Changed(F::Delete(padding.text, handle_));
    chain_ = name;
    ChainsChanged(0);
  }

  void CountUserChains() {
    user_chains_ = 0;
    bool builtin = true;
    for (const char* name = F::FirstChain(handle_); name != nullptr; name = F::NextChain(handle_)) {
      builtin = builtin && F::Builtin(name, handle_);  // they come first
      if (!builtin) user_chains_++;
    }
  }

  void SetPolicy(const Operands& operands) {
    const Label policy = operands.Name(0);
    xt_counters counters = operands.Counters(Label::kSize + 8);
    const bool with_counters = operands.U32(Label::kSize) != 0;
    Changed(F::SetPolicy(chain_.text, policy.text, with_counters ? &counters : nullptr, handle_));
    policies_->Forget(chain_);
  }

  static const int kIndexStep = 40;  // CHAIN_INDEX_BUCKET_LEN

  xtc_handle* handle_;
  PolicyCounters<F>* policies_;
  const bool chains_capture_;
  EntryBuffer<F> buffer_;
  Label chain_;
  uint32_t operation_ = 0;
  bool changed_ = false;
  int user_chains_ = -1;  // not counted

  bool asked_ = false;
  Label asked_name_;
  bool asked_is_user_chain_ = false;
};

}  // namespace iptc
