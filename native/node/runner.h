#pragma once

#include <napi.h>

#include <memory>
#include <vector>

#include "node/job.h"
#include "thread/worker.h"

namespace iptc {

/// The thread of a JavaScript object: jobs go there, and come back as promises. While one is unsettled, the object
/// stays, and the process doesn't end by itself.
class Runner {
 public:
  /// `object` is the one that has this as a member, `what` it is in sentences. Throws a JavaScript error.
  Runner(Napi::Env env, Napi::Reference<Napi::Object>* object, const char* what, const Netns& netns,
         std::unique_ptr<Resources> resources);
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() { Retire(); }

  /// The kernel's number of the thread.
  pid_t thread() const { return thread_; }
  /// Whether jobs are taken: only then are there a worker and its resources for sure.
  bool IsOpen() const { return !closing_; }
  void RequireOpen() const;
  Napi::Promise Rejected() const;
  Worker& worker() const { return *worker_; }

  /// To the worker, while it is open. Its promise.
  Napi::Promise Post(std::unique_ptr<Job> job);
  /// The same for one that waits while there is nothing else to do.
  Napi::Promise PostIdle(std::unique_ptr<Job> job);
  /// The same for one that nobody waits for.
  void Send(std::unique_ptr<Job> job);
  /// To a queue that a task of the worker serves.
  Napi::Promise PostTo(TaskQueue* queue, std::unique_ptr<Job> job, bool last = false);
  /// Runs it while the caller waits.
  Napi::Value RunNow(Job* job);
  void Cancel(double id, const Failure& failure);
  /// Takes no more jobs. The promise settles when those that were are done, and nothing is open any more.
  Napi::Promise Close();

  /// A job comes back. Called on any thread.
  void Done(std::unique_ptr<Job> job);

 private:
  void Send(TaskQueue* queue, std::unique_ptr<Job> job, bool last);
  Failure Closed() const;
  void Pend();
  void Unpend();
  void Ended();
  static void OnDone(napi_env env, napi_value, void* runner, void*);
  void SettleDone();
  static void OnCleanup(void* runner);
  /// Joins the thread and lets go of all that it had.
  void Retire();

  const Napi::Env env_;
  Napi::Reference<Napi::Object>* const object_;
  const char* const what_;
  napi_threadsafe_function wake_ = nullptr;
  pid_t thread_ = 0;
  size_t pending_ = 0;
  bool closing_ = false;
  std::unique_ptr<Napi::Promise::Deferred> closed_;

  Monitor monitor_;
  // These belong to the monitor.
  std::vector<std::unique_ptr<Job>> done_;
  bool ended_ = false;

  std::unique_ptr<Worker> worker_;  // the last member: its thread uses the others
};

}  // namespace iptc
