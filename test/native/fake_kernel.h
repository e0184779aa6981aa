#pragma once

#include <cstdint>
#include <vector>

namespace fake {

/// A kernel with one table of each family, in memory. It stands before the C library's socket, getsockopt, setsockopt,
/// fcntl and close, for the addon's code and for libiptc alike.
struct Table {
  uint32_t valid_hooks = 0, num_entries = 0, size = 0;
  uint32_t hook_entry[5] = {0}, underflow[5] = {0};
  std::vector<uint64_t> words;  // the entries

  int replace_error = 0;  // what SO_SET_REPLACE fails with, if it does
  /// It refuses a table with an entry that says anything and whose head adds up to this, if it isn't 0.
  unsigned refused_sum = 0;
  /// What each entry counts between the moment in which it is read and that in which the table is replaced: more than
  /// nothing, and something else for each.
  bool traffic = false;

  uint8_t* entries() { return reinterpret_cast<uint8_t*>(words.data()); }
};

/// The table of a family, which has INPUT, FORWARD and OUTPUT, and no rules to begin with.
template <class F>
Table& TableOf();
template <class F>
Table EmptyTable();

}  // namespace fake
