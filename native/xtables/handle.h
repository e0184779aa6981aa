#pragma once

#include <errno.h>

#include <mutex>
#include <string>

#include "kernel/failure.h"
#include "kernel/kernel_socket.h"
#include "xtables/family.h"

namespace iptc {

/// Owns libiptc's copy of one table.
///
/// libiptc keeps the function that failed last, and the chain created last, in statics: one mutex per library (libip4tc
/// and libip6tc are two) around every call, held until the failure's sentence is fetched.
template <class F>
class Handle {
 public:
  typedef std::lock_guard<std::mutex> Guard;

  /// `socket` is one of the same namespace.
  Handle(const std::string& table, const KernelSocket& socket) {
    const int settable = socket.SetCloseOnExec();
    if (settable < 0) throw Failure::System(Stage::kRead, -settable);
    Guard guard(Mutex());
    handle_ = F::Init(table.c_str());
    if (handle_ == nullptr) throw Fail(Stage::kRead, errno);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    Guard guard(Mutex());
    F::Free(handle_);
  }

  xtc_handle* get() const { return handle_; }

  static std::mutex& Mutex() {
    static std::mutex mutex;
    return mutex;
  }
  /// The failure of the call just made, under the same guard.
  static Failure Fail(Stage stage, int error) {
    // Some of libiptc's own failures leave errno as it was, or set it to a negative number.
    if (error == 0) error = EINVAL;
    if (error < 0) error = -error;
    return Failure(stage, error, F::Strerror(error));
  }

 private:
  xtc_handle* handle_;
};

}  // namespace iptc
