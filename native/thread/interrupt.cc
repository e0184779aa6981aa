#include "thread/interrupt.h"

#include "thread/monitor.h"

namespace iptc {

namespace {

struct Place {
  Monitor monitor;
  uint64_t wakes = 0;
};

Place& ThePlace() {
  static Place* place = new Place;  // never destroyed: a thread may outlive static destruction
  return *place;
}

}  // namespace

std::atomic<bool> Interrupt::everyone_(false);

void Interrupt::Set() {
  set_ = true;
  Waiters::Wake();
}

void Interrupt::SetAll() {
  everyone_ = true;
  Waiters::Wake();
}

uint64_t Waiters::Wakes() {
  Monitor::Lock lock(ThePlace().monitor);
  return ThePlace().wakes;
}

void Waiters::Wake() {
  Monitor::Lock lock(ThePlace().monitor);
  ThePlace().wakes++;
  lock.NotifyAll();
}

void Waiters::Wait(uint64_t wakes, const Interrupt& interrupt, Nanoseconds until) {
  Monitor::Lock lock(ThePlace().monitor);
  while (wakes == ThePlace().wakes && !interrupt.IsSet() && Now() < until) lock.WaitUntil(until);
}

}  // namespace iptc
