#include "server/ingress/listener.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/host_port.h"
#include "server/base/status_macros.h"
#include "server/ingress/connection.h"
#include "server/ingress/worker_pool.h"

namespace ampstream {
namespace {

constexpr int kBacklog = 1024;
constexpr size_t kInlineBytes = 16 << 10;  // Handling no more takes less than to wake a thread for it.

// What httplib reads a request from, and writes an answer to.
class MemoryStream final : public httplib::Stream {
 public:
  explicit MemoryStream(absl::string_view request) : request_(request) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, size_t size) override {
    const size_t got = request_.copy(out, size);
    request_.remove_prefix(got);
    return static_cast<ssize_t>(got);
  }
  ssize_t write(const char* data, size_t size) override {
    answer_.append(data, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return INVALID_SOCKET; }

  std::string TakeAnswer() { return std::move(answer_); }

 private:
  absl::string_view request_;
  std::string answer_;
};

void SetAnswer(HttpAnswer answer, httplib::Response& response) {
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.set_header("Content-Type", "application/json");
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
}

}  // namespace

// httplib binds the socket, and makes an answer of what the handler says. It sees no byte of a sender: the request that
// it is given from memory is one of ours, since its own reader takes what is no request for one, keeps what it has not
// read for the next, and reads headers that are meant for nobody here.
class Listener::Impl final : public httplib::Server, public ConnectionLoop::Service {
 public:
  Impl(const Listener::Options& options, HttpHandler& handler) : options_(options), handler_(handler) {
    set_socket_options([](socket_t socket) {
      const int yes = 1;  // No SO_REUSEPORT, with which two servers would share a port without a word.
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      SetAnswer(std::move(current_->answer), response);
      return HandlerResponse::Handled;
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) { SetConnection(response); });
    MakeUsual();
  }

  ~Impl() override { StopAt(absl::InfinitePast()); }

  absl::StatusOr<std::string> Listen() {
    AMPSTREAM_ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(options_.address));
    if (address.port == 0) {
      address.port = bind_to_any_port(address.host);
    } else if (!bind_to_port(address.host, address.port)) {
      address.port = -1;
    }
    const int socket = address.port < 0 ? -1 : static_cast<int>(svr_sock_.exchange(INVALID_SOCKET));
    // httplib listens with a backlog of 5.
    if (socket < 0 || fcntl(socket, F_SETFL, O_NONBLOCK) != 0 || ::listen(socket, kBacklog) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("cannot listen on HTTP address ", options_.address,
                                                     ": is the port taken, or the host not this machine's?"));
    }
    workers_ = std::make_unique<WorkerPool>(options_.threads);
    loop_ = std::make_unique<ConnectionLoop>(socket, options_.limits, *this);
    return address.ToString();
  }

  void SetLimits(const ConnectionLimits& limits) { loop_->SetLimits(limits); }

  void StopAt(absl::Time deadline) {
    if (loop_ == nullptr) return;
    loop_->Stop(deadline);
    workers_.reset();
  }

  absl::optional<HttpAnswer> CheckHead(const HttpHead& head) override { return handler_.CheckHead(head); }

  std::string Format(const HttpHead& head, HttpAnswer answer, bool* closes) override {
    const bool is_usual =
        answer.status == 200 && answer.headers.empty() && !*closes && !head.is_http_1_0 && head.method != "HEAD";
    if (is_usual) return absl::StrCat(usual_start_, answer.body.size(), usual_end_, answer.body);
    return Process(head, std::move(answer), closes);
  }

  void Serve(std::vector<std::shared_ptr<Exchange>> exchanges) override {
    std::vector<WorkerPool::Task> tasks;
    size_t inline_bytes = 0;
    for (std::shared_ptr<Exchange>& exchange : exchanges) {
      inline_bytes += exchange->request.body.size();
      if (inline_bytes <= kInlineBytes) {
        Handle(exchange);
      } else {
        tasks.emplace_back([this, exchange = std::move(exchange)] { Handle(exchange); });
      }
    }
    if (!tasks.empty()) workers_->Add(std::move(tasks));
  }

 private:
  void Handle(const std::shared_ptr<Exchange>& exchange) {
    HttpRequest& request = exchange->request;
    try {
      handler_.Handle(request.head, std::move(request.body),
                      [exchange](HttpAnswer answer) { Exchange::Answer(exchange, std::move(answer)); });
    } catch (...) {
      Exchange::Answer(exchange, ErrorAnswer(HttpError::kInternal, "a fault of the server"));
    }
  }

  // An answer that a thread makes. httplib's handlers are not told.
  struct Answering {
    const HttpHead& head;
    HttpAnswer answer;
    bool closes;  // The connection, after the answer.
  };
  static thread_local Answering* current_;

  // Nearly all answers are of 200 on a connection that goes on. Their heads differ in the length alone, so httplib
  // makes one of them, and it is cut in two there.
  void MakeUsual() {
    bool closes = false;
    const std::string answer = Process(HttpHead(), {200, "x", {}}, &closes);
    const absl::string_view made = answer;
    constexpr absl::string_view kLength = "Content-Length: 1\r\n";
    const size_t at = made.find(kLength) + kLength.find('1');
    usual_start_ = std::string(made.substr(0, at));
    usual_end_ = std::string(made.substr(at + 1, made.size() - at - 2));
  }

  // Runs httplib over a request of ours that has this answer.
  std::string Process(const HttpHead& head, HttpAnswer answer, bool* closes) {
    MemoryStream stream(head.method == "HEAD" ? "HEAD / HTTP/1.1\r\n\r\n" : "POST / HTTP/1.1\r\n\r\n");
    Answering answering{head, std::move(answer), *closes};
    current_ = &answering;
    bool is_closed = false;
    process_request(stream, *closes, is_closed, nullptr);
    *closes = answering.closes;
    return stream.TakeAnswer();
  }

  // httplib announces for how long it keeps a connection; here the limits may change meanwhile.
  static void SetConnection(httplib::Response& response) {
    current_->closes = current_->closes || response.status >= 400;
    response.headers.erase("Connection");
    response.headers.erase("Keep-Alive");
    if (current_->closes) {
      response.set_header("Connection", "close");
    } else if (current_->head.is_http_1_0) {
      response.set_header("Connection", "keep-alive");
    }
  }

  const Listener::Options options_;
  HttpHandler& handler_;
  std::string usual_start_;
  std::string usual_end_;
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<ConnectionLoop> loop_;
};

thread_local Listener::Impl::Answering* Listener::Impl::current_ = nullptr;

absl::StatusOr<std::unique_ptr<Listener>> Listener::Start(const Options& options, HttpHandler& handler) {
  auto impl = std::make_unique<Impl>(options, handler);
  AMPSTREAM_ASSIGN_OR_RETURN(std::string address, impl->Listen());
  return std::unique_ptr<Listener>(new Listener(std::move(impl), std::move(address)));
}

Listener::Listener(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

Listener::~Listener() { Stop(absl::InfinitePast()); }

void Listener::SetLimits(const ConnectionLimits& limits) { impl_->SetLimits(limits); }

void Listener::Stop(absl::Time deadline) { impl_->StopAt(deadline); }

}  // namespace ampstream
