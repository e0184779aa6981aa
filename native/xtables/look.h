#pragma once

#include <cstdint>
#include <string>

#include "kernel/bytes.h"
#include "kernel/kernel_socket.h"
#include "xtables/table.h"

namespace iptc {

/// Whether a table's rules have changed, without a copy of it for libiptc or for JavaScript.

/// What the kernel tells of it without handing it out: how many bytes and entries, and where its chains begin. Costs a
/// microsecond, and any thread may ask. 0, or -errno.
int Outline(const Table::Place& place, Bytes* outline);

/// A number for all its entries, but for what they have counted: costs as much as the kernel takes to hand them out.
/// Throws a Failure of stage kRead.
uint64_t Digest(const Table::Place& place);

}  // namespace iptc
