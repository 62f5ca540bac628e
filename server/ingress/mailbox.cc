#include "server/ingress/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace ampstream {

void Exchange::Answer(const std::shared_ptr<Exchange>& exchange, HttpAnswer answer) {
  if (exchange->is_answered_.exchange(true)) return;
  exchange->answer = std::move(answer);
  exchange->mailbox_->Put(exchange);
}

Mailbox::Mailbox() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Mailbox::~Mailbox() { close(fd_); }

void Mailbox::Put(std::shared_ptr<Exchange> exchange) {
  bool is_first = false;
  {
    MutexLock lock(&mutex_);
    if (is_closed_) return;
    is_first = answered_.empty();
    answered_.push_back(std::move(exchange));
  }
  if (is_first) Wake();
}

void Mailbox::Close() {
  std::vector<std::shared_ptr<Exchange>> dropped;  // After the lock.
  MutexLock lock(&mutex_);
  is_closed_ = true;
  dropped.swap(answered_);
}

void Mailbox::Wake() {
  const uint64_t one = 1;
  if (write(fd_, &one, sizeof(one)) < 0) return;  // It is readable already: the counter is full.
}

void Mailbox::Sleep() {
  uint64_t times = 0;
  if (read(fd_, &times, sizeof(times)) < 0) return;  // It was not.
}

std::vector<std::shared_ptr<Exchange>> Mailbox::Take() {
  std::vector<std::shared_ptr<Exchange>> answered;
  MutexLock lock(&mutex_);
  answered.swap(answered_);
  return answered;
}

}  // namespace ampstream
