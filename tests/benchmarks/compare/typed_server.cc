// A server as a team would write it first: webhooks over cpp-httplib, a thread and a queue for each stream, an event a
// message; it keeps nothing. Verifies and translates as ampstreamd does, so that what differs is the rest. SIGTERM ends
// it; its ready line is like ampstreamd's.

#include <grpcpp/grpcpp.h>
#include <httplib.h>

#include <csignal>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "server/amplitude/translator.h"
#include "server/base/mutex.h"
#include "server/event/cursor.h"
#include "server/ingress/hmac.h"
#include "typed_feed.grpc.pb.h"

namespace ampstream {
namespace {

constexpr absl::Duration kBetweenLooks = absl::Seconds(1);  // Whether the subscriber is still there.

using SharedEvent = std::shared_ptr<const v1::Event>;

// What waits for one stream. Thread-safe.
class Queue {
 public:
  void Add(const SharedEvent& event) {
    MutexLock lock(&mutex_);
    events_.push_back(event);
    added_.Signal();
  }

  // Null: nothing came.
  SharedEvent Take() {
    MutexLock lock(&mutex_);
    if (events_.empty()) added_.WaitUntil(&mutex_, absl::Now() + kBetweenLooks);
    if (events_.empty()) return nullptr;
    const SharedEvent event = events_.front();
    events_.pop_front();
    return event;
  }

 private:
  Mutex mutex_;
  CondVar added_;
  std::deque<SharedEvent> events_ ABSL_GUARDED_BY(mutex_);
};

class FeedService final : public benchmarks::Feed::Service {
 public:
  void Publish(const SharedEvent& event) {
    MutexLock lock(&mutex_);
    for (Queue* const queue : queues_) queue->Add(event);
  }

 private:
  grpc::Status Subscribe(grpc::ServerContext* context, const google::protobuf::Empty*,
                         grpc::ServerWriter<v1::Event>* writer) override {
    Queue queue;
    Join(&queue);
    for (bool open = writer->Write(v1::Event()); open && !context->IsCancelled();) {
      const SharedEvent event = queue.Take();
      if (event != nullptr) open = writer->Write(*event);
    }
    Leave(&queue);
    return grpc::Status::OK;
  }

  void Join(Queue* queue) {
    MutexLock lock(&mutex_);
    queues_.insert(queue);
  }

  void Leave(Queue* queue) {
    MutexLock lock(&mutex_);
    queues_.erase(queue);
  }

  Mutex mutex_;
  std::set<Queue*> queues_ ABSL_GUARDED_BY(mutex_);
};

class Ingress {
 public:
  Ingress(std::string secret, FeedService& feed) : key_(secret), feed_(feed) {
    http_.set_tcp_nodelay(true);
    http_.set_keep_alive_max_count(1000000);
    http_.set_keep_alive_timeout(60);
    http_.Post("/webhooks/amplitude/default",
               [this](const httplib::Request& request, httplib::Response& response) { Take(request, &response); });
  }

  int Bind() { return http_.bind_to_any_port("127.0.0.1"); }
  void Serve() { http_.listen_after_bind(); }

 private:
  void Take(const httplib::Request& request, httplib::Response* response) {
    const HmacKey::Mac mac = key_.Sign(request.body).value();
    const std::string expected =
        absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
    if (request.get_header_value("x-amplitude-signature") != expected) return void(response->status = 401);
    std::string body = request.body;
    Translator translator{TranslateLimits()};
    const auto events = translator.Translate(body, {"default", absl::Now(), ""});
    if (!events.ok()) return void(response->status = 422);
    // Several webhooks at once keep the order of their own.
    MutexLock lock(&mutex_);
    for (const NewEvent& one : *events) {
      auto event = std::make_shared<v1::Event>();
      event->ParseFromString(one.encoded);
      event->set_cursor(cursor_);
      feed_.Publish(event);
    }
    response->set_content(absl::StrCat("{\"accepted\":", events->size(), ",\"duplicates\":0,\"ids\":[]}"),
                          "application/json");
  }

  const HmacKey key_;
  const std::string cursor_ = Cursor().Encode();  // So that an event is as large as ampstreamd's.
  FeedService& feed_;
  Mutex mutex_;
  httplib::Server http_;
};

int Run() {
  const char* const secret = std::getenv("AMPSTREAM_WEBHOOK_SECRET");
  if (secret == nullptr) return 2;
  FeedService feed;
  grpc::ServerBuilder builder;
  int grpc_port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &grpc_port);
  builder.RegisterService(&feed);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  Ingress ingress(secret, feed);
  const int http_port = ingress.Bind();
  if (server == nullptr || http_port < 0) return 1;
  std::cout << "typed_server ready http=127.0.0.1:" << http_port << " grpc=127.0.0.1:" << grpc_port << std::endl;
  ingress.Serve();
  return 1;
}

}  // namespace
}  // namespace ampstream

int main() {
  std::signal(SIGTERM, [](int) { std::_Exit(0); });
  return ampstream::Run();
}
