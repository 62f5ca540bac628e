#ifndef AMPSTREAM_SERVER_INGRESS_MAILBOX_H_
#define AMPSTREAM_SERVER_INGRESS_MAILBOX_H_

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "server/base/mutex.h"
#include "server/ingress/http_error.h"
#include "server/ingress/request_reader.h"

namespace ampstream {

class Connection;
class Mailbox;

// A whole request, and its answer. Shared by the loop that read it and by whoever answers it.
class Exchange {
 public:
  Exchange(Connection* connection, HttpRequest request, std::shared_ptr<Mailbox> mailbox)
      : connection(connection), request(std::move(request)), mailbox_(std::move(mailbox)) {}

  // Once, from any thread, then or later; what comes second is dropped, and what comes after the loop has given it up.
  static void Answer(const std::shared_ptr<Exchange>& exchange, HttpAnswer answer);

  Connection* connection;  // Of the loop alone; null: it has given it up.
  HttpRequest request;
  HttpAnswer answer;

 private:
  const std::shared_ptr<Mailbox> mailbox_;
  std::atomic<bool> is_answered_{false};
};

// Where answers are left for a loop, which it outlives as long as one may come. Thread-safe.
class Mailbox {
 public:
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void Put(std::shared_ptr<Exchange> exchange);

  // What is left here, or comes later, is dropped: nobody takes it any more. Each exchange owns the mailbox.
  void Close();

  // Makes fd() readable.
  void Wake();

  // Makes it no longer readable.
  void Sleep();

  // All that was put since the last time.
  std::vector<std::shared_ptr<Exchange>> Take();

  int fd() const { return fd_; }

 private:
  const int fd_;
  Mutex mutex_;
  std::vector<std::shared_ptr<Exchange>> answered_ ABSL_GUARDED_BY(mutex_);
  bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_MAILBOX_H_
