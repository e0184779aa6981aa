#pragma once

#include <algorithm>

#include "xtables/blob.h"

namespace iptc {

/// Takes a table apart that the kernel has handed out, entry by entry, each as a part of its chain. The visitor has
///
///     bool BeginChain(int hook, const char* name, size_t offset, uint32_t number)   hook kUserChain: the user's
///     void Rule(Entry* rule, size_t offset)
///     bool EndChain(Entry* foot, size_t offset, uint32_t number)   a chain's last entry, of a built-in one its policy
///     void Head(Entry* head)   where a chain of the user's begins, or the table ends
///
/// The offset and number of a chain are those of its first entry behind a head. Run() is false where a visitor was, and
/// where entries don't make up chains as libiptc's do.
template <class F, class Visitor>
class BlobWalk {
 public:
  static const int kUserChain = -1;

  static bool Run(uint8_t* entries, const typename F::Info& info, Visitor* visitor) {
    BlobWalk walk(entries, info, visitor);
    return walk.Run();
  }

 private:
  typedef typename F::Entry Entry;

  BlobWalk(uint8_t* entries, const typename F::Info& info, Visitor* visitor)
      : entries_(entries), info_(info), visitor_(visitor) {
    for (Hooks hook(info.valid_hooks); !hook.AtEnd(); ++hook) builtin_[builtins_++] = *hook;
    std::sort(builtin_, builtin_ + builtins_,
              [&info](unsigned a, unsigned b) { return info.hook_entry[a] < info.hook_entry[b]; });
  }

  bool Run() {
    for (uint32_t number = 0;; number++) {
      Entry* e = At(offset_);
      if (e == nullptr) return false;
      const size_t size = e->next_offset;  // the visitor may forget it
      const bool builtin = next_ < builtins_ && info_.hook_entry[builtin_[next_]] == offset_;
      if (strcmp(TargetOf(e)->u.user.name, XT_ERROR_TARGET) == 0) {
        if (builtin || size != Blob<F>::kHeadSize || !EndChain(number)) return false;
        if (offset_ + size == info_.size) {
          visitor_->Head(e);
          return next_ == builtins_;
        }
        if (!BeginUserChain(e, number)) return false;
        visitor_->Head(e);
      } else if (builtin) {
        if (!EndChain(number)) return false;
        const unsigned hook = builtin_[next_++];
        in_chain_ = visitor_->BeginChain(static_cast<int>(hook), Hooks::Name(hook), offset_, number);
        if (!in_chain_) return false;
        last_ = e;
      } else {
        if (!in_chain_) return false;
        if (last_ != nullptr) visitor_->Rule(last_, last_offset_);
        last_ = e;
      }
      last_offset_ = offset_;
      offset_ += size;
    }
  }

  bool BeginUserChain(const Entry* head, uint32_t number) {
    const char* name = reinterpret_cast<const char*>(TargetOf(head)->data);
    if (strnlen(name, XT_FUNCTION_MAXNAMELEN) == XT_FUNCTION_MAXNAMELEN) return false;
    in_chain_ = visitor_->BeginChain(kUserChain, name, offset_ + head->next_offset, number + 1);
    return in_chain_;
  }

  /// What a chain ends with is known when the next begins, by this number.
  bool EndChain(uint32_t number) {
    if (!in_chain_) return true;
    Entry* foot = last_;
    in_chain_ = false;
    last_ = nullptr;
    return foot != nullptr && visitor_->EndChain(foot, last_offset_, number - 1);
  }

  /// The entry at an offset, if its sizes stay within the table.
  Entry* At(size_t offset) const {
    const size_t least = sizeof(Entry) + sizeof(xt_entry_target);
    if (offset % alignof(Entry) != 0 || info_.size < least || offset > info_.size - least) return nullptr;
    Entry* e = reinterpret_cast<Entry*>(entries_ + offset);
    const size_t target = e->target_offset;
    if (e->next_offset > info_.size - offset || target < sizeof(Entry) || target % alignof(_xt_align) != 0 ||
        target + sizeof(xt_entry_target) > e->next_offset) {
      return nullptr;
    }
    if (strcmp(TargetOf(e)->u.user.name, "") == 0 && target + kStandardTargetSize > e->next_offset) return nullptr;
    return e;
  }

  uint8_t* const entries_;
  const typename F::Info& info_;
  Visitor* const visitor_;
  unsigned builtin_[NF_INET_NUMHOOKS];  // by their offsets
  unsigned builtins_ = 0;
  unsigned next_ = 0;  // of these
  size_t offset_ = 0;
  bool in_chain_ = false;
  Entry* last_ = nullptr;  // of the chain
  size_t last_offset_ = 0;
};

}  // namespace iptc
