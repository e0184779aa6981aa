#pragma once

#include <vector>

#include "xtables/handle.h"
#include "xtables/label.h"

namespace iptc {

/// Which chains there are in libiptc's copy of a table, asked no more often than it changes.
template <class F>
class Chains {
 public:
  explicit Chains(xtc_handle* handle) : handle_(handle) {}

  /// libiptc's walk doesn't outlive an edit.
  std::vector<Label> All() {
    std::vector<Label> chains;
    for (const char* name = F::FirstChain(handle_); name != nullptr; name = F::NextChain(handle_)) {
      chains.push_back(Label(name));
    }
    return chains;
  }

  /// Rules in a row mostly go to the same place.
  bool IsUsers(const char* name) {
    if (!asked_ || !(asked_name_ == name)) {
      asked_name_ = Label(name);
      asked_ = true;
      asked_is_users_ = F::IsChain(name, handle_) && !F::Builtin(name, handle_);
    }
    return asked_is_users_;
  }

  /// So many of the user's have come, or have gone; 0: one has another name.
  void Changed(int by) {
    asked_ = false;
    if (users_ >= 0) users_ += by;
  }

  /// libiptc sizes its index of chains, one pointer for 40 of them, while a renamed chain is counted but not in the
  /// list: with one chain over a multiple of 40 the last pointer may stay null, and is followed. One chain more for the
  /// time of the call keeps it off that number.
  bool RenameNeedsOneMore() {
    if (users_ < 0) Count();
    return users_ % kIndexStep == 1;
  }

 private:
  void Count() {
    users_ = 0;
    bool builtin = true;
    for (const char* name = F::FirstChain(handle_); name != nullptr; name = F::NextChain(handle_)) {
      builtin = builtin && F::Builtin(name, handle_);  // they come first
      if (!builtin) users_++;
    }
  }

  static const int kIndexStep = 40;  // CHAIN_INDEX_BUCKET_LEN

  xtc_handle* handle_;
  int users_ = -1;  // not counted
  bool asked_ = false;
  Label asked_name_;
  bool asked_is_users_ = false;
};

}  // namespace iptc
