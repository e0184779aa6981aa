#pragma once

#include <sys/types.h>

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "kernel/netlink_socket.h"
#include "kernel/netns.h"
#include "node/netlink_tasks.h"
#include "thread/monitor.h"
#include "thread/task.h"

namespace iptc {

/// What a netlink socket is opened with.
struct NetlinkOptions {
  int protocol;
  Netns netns;
  std::vector<uint32_t> groups;
  size_t receive_buffer;
};

/// A netlink socket's thread: it enters the namespace, opens the socket there, and runs tasks in the order in which
/// they were posted. Without one it waits for what comes unasked, if somebody wants it. All public functions are called
/// on the thread that made it, the one that runs JavaScript.
class NetlinkThread {
 public:
  /// Starts the thread; throws a Failure if it can't open the socket. `completed` is called on any thread when there is
  /// something to take after there was nothing.
  NetlinkThread(const NetlinkOptions& options, std::function<void()> completed);
  NetlinkThread(const NetlinkThread&) = delete;
  NetlinkThread& operator=(const NetlinkThread&) = delete;
  ~NetlinkThread() { Stop(); }

  NetlinkSocket& socket() { return *socket_; }
  pid_t id() const { return id_; }

  void Post(std::unique_ptr<Task> task);
  void PostReceive(std::unique_ptr<ReceiveTask> task);
  /// Runs the task to its end: here, or on the thread after the tasks already posted.
  void RunNow(Task& task);
  /// The last task: the thread ends after it. Who waits to receive has waited in vain.
  void PostLast(std::unique_ptr<Task> task);
  /// Waits for the thread's end. A task under way is finished if it is with the kernel; nothing else is.
  void Stop();

  std::vector<std::unique_ptr<Task>> TakeCompleted();

 private:
  struct Job {
    std::unique_ptr<Task> task;
    bool last;
    bool waited_for;  // by a caller on the other thread; no promise
  };

  void RunJobs();
  /// Whether there is more to do.
  bool RunJob(Job job);
  void Enqueue(Job job);
  /// Until there is a job, or something to receive for somebody who waits for it.
  void Wait(bool receiving);
  void Receive();
  void EndReceives();
  bool IsIdle();
  void Wake();
  void Complete(std::unique_ptr<Task> task);

  const std::function<void()> notify_;
  pid_t id_ = 0;
  Fd wake_;  // an eventfd
  std::unique_ptr<NetlinkSocket> socket_;

  Monitor monitor_;
  // These belong to the monitor.
  std::deque<Job> jobs_;
  std::deque<std::unique_ptr<ReceiveTask>> receives_;
  bool busy_ = false;
  bool stopping_ = false;
  std::vector<std::unique_ptr<Task>> completed_;

  std::thread thread_;
};

}  // namespace iptc
