#include "kernel/failure.h"

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
    case Stage::kOpen:
      return "open";
    case Stage::kSend:
      return "send";
    case Stage::kReceive:
      return "receive";
  }
  return "";
}

namespace {

/// strerror_r's result: glibc's may be a string of its own instead of the buffer; musl's is an error number.
inline const char* Sentence(const char* result, const char*) {
  return result;
}
inline const char* Sentence(int, const char* buffer) {
  return buffer;
}

}  // namespace

Failure Failure::System(Stage stage, int error) {
  char buffer[128];
  return Failure(stage, error, Sentence(strerror_r(error, buffer, sizeof buffer), buffer));
}

}  // namespace iptc
