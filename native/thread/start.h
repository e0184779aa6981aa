#pragma once

#include <functional>
#include <thread>

namespace iptc {

/// Starts a thread that takes no signals: they are for the threads that expect them. Throws a Failure of stage
/// kNamespace if there can't be one.
std::thread StartThread(std::function<void()> run);

}  // namespace iptc
