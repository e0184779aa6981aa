#pragma once

#include <pthread.h>

#include "thread/clock.h"

namespace iptc {

/// A mutex with one condition. Times are CLOCK_MONOTONIC's: std::condition_variable waits by the wall clock in GCC 4.8,
/// so that setting the time would stretch or cut short every wait.
class Monitor {
 public:
  Monitor() {
    pthread_mutexattr_t mutex_attributes;
    pthread_mutexattr_init(&mutex_attributes);
#ifdef __GLIBC__
    // Held for some nanoseconds at a time, often asked for just then: going to sleep for it would cost far more.
    pthread_mutexattr_settype(&mutex_attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
#endif
    pthread_mutex_init(&mutex_, &mutex_attributes);
    pthread_mutexattr_destroy(&mutex_attributes);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&condition_, &attributes);
    pthread_condattr_destroy(&attributes);
  }
  Monitor(const Monitor&) = delete;
  Monitor& operator=(const Monitor&) = delete;
  ~Monitor() {
    pthread_cond_destroy(&condition_);
    pthread_mutex_destroy(&mutex_);
  }

  class Lock {
   public:
    explicit Lock(Monitor& monitor) : monitor_(monitor) { pthread_mutex_lock(&monitor.mutex_); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    ~Lock() { pthread_mutex_unlock(&monitor_.mutex_); }

    /// May return without a reason: call it in a loop that looks at what it waits for.
    void Wait() { pthread_cond_wait(&monitor_.condition_, &monitor_.mutex_); }
    void WaitUntil(Nanoseconds time) {
      if (time == kNever) return Wait();
      timespec t;
      t.tv_sec = time / 1000000000;
      t.tv_nsec = time % 1000000000;
      pthread_cond_timedwait(&monitor_.condition_, &monitor_.mutex_, &t);
    }
    void NotifyAll() { pthread_cond_broadcast(&monitor_.condition_); }

   private:
    Monitor& monitor_;
  };

 private:
  pthread_mutex_t mutex_;
  pthread_cond_t condition_;
};

}  // namespace iptc
