#pragma once

#include <napi.h>

#include <memory>
#include <set>
#include <vector>

namespace iptc {

class Channel;
class Runner;

/// What one environment (the main thread, or a worker_thread) has of the addon.
struct Environment {
  static Environment& Of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

  std::set<Runner*> runners;
  /// Those that are open are among them.
  std::vector<std::weak_ptr<Channel>> channels;
  Napi::FunctionReference stream_class;
};

}  // namespace iptc
