#include "thread/task.h"

#include <errno.h>

#include <new>

namespace iptc {

void Task::Run() {
  try {
    Execute();
  } catch (const Failure& failure) {
    Fail(failure);
  } catch (const std::bad_alloc&) {
    Fail(Failure(Stage::kRead, ENOMEM, "Out of memory"));
  }
}

}  // namespace iptc
