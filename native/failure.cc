#include "failure.h"

#include <cstring>

namespace iptc {

const char* StageName(Stage stage) {
  switch (stage) {
    case Stage::kNamespace:
      return "namespace";
    case Stage::kLock:
      return "lock";
    case Stage::kRead:
      return "read";
    case Stage::kEdit:
      return "edit";
    case Stage::kCommit:
      return "commit";
    case Stage::kCounters:
      return "counters";
    case Stage::kIdle:
      return "idle";
    case Stage::kBusy:
      return "busy";
    case Stage::kClosed:
      return "closed";
  }
  return "";
}

Failure Failure::System(Stage stage, int error) {
  char buffer[128];
  // The GNU form: it may return a string of its own instead of filling the buffer.
  return Failure(stage, error, strerror_r(error, buffer, sizeof buffer));
}

}  // namespace iptc
