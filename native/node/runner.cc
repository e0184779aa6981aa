#include "node/runner.h"

#include <errno.h>

#include "node/environment.h"
#include "node/values.h"

namespace iptc {

Runner::Runner(Napi::Env env, Napi::Reference<Napi::Object>* object, const char* what, const Netns& netns,
               std::unique_ptr<Resources> resources)
    : env_(env), object_(object), what_(what) {
  const napi_status status = napi_create_threadsafe_function(env, nullptr, nullptr, Napi::String::New(env, "libiptc"),
                                                             0, 1, nullptr, nullptr, this, OnDone, &wake_);
  if (status != napi_ok) throw Napi::Error::New(env, "Can't make a thread-safe function");
  napi_unref_threadsafe_function(env, wake_);
  try {
    worker_.reset(new Worker(netns, std::move(resources), [this] { Ended(); }));
  } catch (const Failure& failure) {
    napi_release_threadsafe_function(wake_, napi_tsfn_abort);
    throw ErrorOf(env, failure);
  }
  thread_ = worker_->thread();
  // Hooks run in reverse order: this one before the function's own, while the thread may still call it.
  napi_add_env_cleanup_hook(env, OnCleanup, this);
  Environment::Of(env).runners.insert(this);
}

void Runner::RequireOpen() const {
  if (closing_) throw ErrorOf(env_, Closed());
}

Napi::Promise Runner::Rejected() const {
  const Napi::Promise::Deferred deferred(env_);
  deferred.Reject(ErrorOf(env_, Closed()).Value());
  return deferred.Promise();
}

Napi::Promise Runner::Post(std::unique_ptr<Job> job) {
  const Napi::Promise promise = job->Promise(env_);
  Send(&worker_->queue(), std::move(job), false);
  return promise;
}

Napi::Promise Runner::PostIdle(std::unique_ptr<Job> job) {
  const Napi::Promise promise = job->Promise(env_);
  job->runner = this;
  Pend();
  std::unique_ptr<Task> task(std::move(job));
  worker_->queue().PostIdle(&task);
  return promise;
}

void Runner::Send(std::unique_ptr<Job> job) {
  Send(&worker_->queue(), std::move(job), false);
}

Napi::Promise Runner::PostTo(TaskQueue* queue, std::unique_ptr<Job> job, bool last) {
  const Napi::Promise promise = job->Promise(env_);
  if (queue->IsClosed()) {
    // The task that served it may have been the last of the worker: the job has nothing to do, and nobody to wait for.
    job->Run();
    job->Settle(env_);
  } else {
    Send(queue, std::move(job), last);
  }
  return promise;
}

void Runner::Send(TaskQueue* queue, std::unique_ptr<Job> job, bool last) {
  job->runner = this;
  Pend();
  std::unique_ptr<Task> task(std::move(job));
  if (queue->Post(&task, last)) return;
  task->Run();
  Deliver(std::move(task));
}

Napi::Value Runner::RunNow(Job* job) {
  worker_->RunNow(job);
  return job->Return(env_);
}

void Runner::Cancel(double id, const Failure& failure) {
  if (worker_) worker_->queue().Cancel(id, failure);
}

Napi::Promise Runner::Close() {
  if (closing_) return Rejected();
  closing_ = true;
  closed_.reset(new Napi::Promise::Deferred(env_));
  Pend();
  worker_->queue().Close();
  return closed_->Promise();
}

Failure Runner::Closed() const {
  return Failure(Stage::kClosed, EBADF, std::string("The ") + what_ + " is closed");
}

void Runner::Pend() {
  if (pending_++ > 0) return;
  object_->Ref();
  napi_ref_threadsafe_function(env_, wake_);
}

void Runner::Unpend() {
  if (--pending_ > 0) return;
  napi_unref_threadsafe_function(env_, wake_);
  object_->Unref();
}

void Runner::Done(std::unique_ptr<Job> job) {
  bool first;
  {
    Monitor::Lock lock(monitor_);
    first = done_.empty();
    done_.push_back(std::move(job));
  }
  if (first) napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void Runner::Ended() {
  {
    Monitor::Lock lock(monitor_);
    ended_ = true;
  }
  napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void Runner::OnDone(napi_env env, napi_value, void* runner, void*) {
  // Without an environment the function is being torn down, and the runner with it.
  if (env == nullptr) return;
  try {
    static_cast<Runner*>(runner)->SettleDone();
  } catch (const Napi::Error&) {
    // Only when JavaScript is being stopped: nobody is there to be told.
  }
}

void Runner::SettleDone() {
  const Napi::HandleScope scope(env_);
  const Napi::Object object = object_->Value();  // stays till the end, whatever is let go of
  (void)object;
  std::vector<std::unique_ptr<Job>> done;
  bool ended;
  {
    Monitor::Lock lock(monitor_);
    done.swap(done_);
    ended = ended_;
  }
  for (std::unique_ptr<Job>& job : done) {
    const Napi::HandleScope each(env_);
    job->Settle(env_);
    job.reset();
    Unpend();
  }
  if (!ended || !closed_) return;
  const std::unique_ptr<Napi::Promise::Deferred> closed = std::move(closed_);
  Unpend();
  Retire();
  closed->Resolve(env_.Undefined());
}

void Runner::OnCleanup(void* data) {
  Runner* runner = static_cast<Runner*>(data);
  // All of them first, or one would get the lock that the other lets go.
  for (Runner* other : Environment::Of(runner->env_).runners) other->worker_->Halt();
  runner->Retire();
}

void Runner::Retire() {
  if (!worker_) return;
  closing_ = true;
  worker_.reset();
  napi_release_threadsafe_function(wake_, napi_tsfn_abort);
  napi_remove_env_cleanup_hook(env_, OnCleanup, this);
  Environment::Of(env_).runners.erase(this);
}

}  // namespace iptc
