#include "kernel/file_uses.h"

#include <sys/inotify.h>
#include <unistd.h>

namespace iptc {

bool FileUses::Any() {
  if (!inotify_) inotify_ = Fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_) return false;
  if (!watched_) {
    // Whoever needs it first makes it, and may have been and gone.
    watched_ = inotify_add_watch(inotify_.get(), path_.c_str(), IN_CLOSE | IN_DELETE_SELF) >= 0;
    return watched_;
  }
  alignas(inotify_event) char events[4096];
  bool any = false;
  for (;;) {
    const ssize_t size = read(inotify_.get(), events, sizeof events);
    if (size <= 0) return any;
    any = true;
    for (ssize_t at = 0; at < size;) {
      const inotify_event* event = reinterpret_cast<const inotify_event*>(events + at);
      if (event->mask & IN_IGNORED) watched_ = false;  // another may take its place
      at += static_cast<ssize_t>(sizeof *event + event->len);
    }
  }
}

}  // namespace iptc
