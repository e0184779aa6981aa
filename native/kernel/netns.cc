#include "kernel/netns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/failure.h"

namespace iptc {

namespace {

Failure Refused(const std::string& what, int error) {
  return Failure(Stage::kNamespace, error, what + ": " + Failure::System(Stage::kNamespace, error).reason);
}

/// Whether the calling thread is in it already: entering takes CAP_SYS_ADMIN, even there.
bool IsHere(int fd) {
  const std::string path = "/proc/self/task/" + std::to_string(syscall(SYS_gettid)) + "/ns/net";
  struct stat there, here;
  return fstat(fd, &there) == 0 && stat(path.c_str(), &here) == 0 && there.st_dev == here.st_dev &&
         there.st_ino == here.st_ino;
}

}  // namespace

Netns Netns::New() {
  Netns netns;
  netns.kind = kNew;
  return netns;
}

Netns Netns::AtPath(const std::string& path) {
  Netns netns;
  netns.kind = kOpen;
  netns.fd = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!netns.fd) throw Refused("Can't open the network namespace " + path, errno);
  return netns;
}

Netns Netns::OfDescriptor(int fd) {
  Netns netns;
  netns.kind = kOpen;
  netns.fd = Fd(fcntl(fd, F_DUPFD_CLOEXEC, 3));
  if (!netns.fd) throw Refused("Can't use the descriptor " + std::to_string(fd), errno);
  return netns;
}

void Netns::Enter() const {
  if (kind == kNew && unshare(CLONE_NEWNET) != 0) throw Refused("Can't make a network namespace", errno);
  if (kind == kOpen && !IsHere(fd.get()) && setns(fd.get(), CLONE_NEWNET) != 0)
    throw Refused("Can't enter the network namespace", errno);
}

}  // namespace iptc
