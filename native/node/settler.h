#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <vector>

#include "thread/task.h"

namespace iptc {

/// Settles the promises of tasks that another thread has done. As long as one is expected, the object that promised it
/// stays, and the process doesn't end by itself.
class Settler {
 public:
  /// `settle` is called on the thread that runs JavaScript, some time after a notice.
  Settler(Napi::Env env, Napi::Reference<Napi::Object>& owner, std::function<void(Napi::Env)> settle);
  Settler(const Settler&) = delete;
  Settler& operator=(const Settler&) = delete;
  ~Settler() { Close(); }

  /// To be called on any thread, until this is closed.
  std::function<void()> notice() const;
  void Expect();
  /// Settles a task that was expected, and destroys it.
  void Settle(std::unique_ptr<Task> task);
  /// Nobody gives notice any more.
  void Close();

 private:
  static void OnNotice(napi_env env, napi_value, void* settler, void*);

  const napi_env env_;
  Napi::Reference<Napi::Object>& owner_;
  const std::function<void(Napi::Env)> settle_;
  napi_threadsafe_function notice_ = nullptr;
  size_t expected_ = 0;
};

}  // namespace iptc
