#include "server/ingress/listener.h"

#include <httplib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/base/host_port.h"
#include "server/base/mutex.h"
#include "server/base/status_macros.h"
#include "server/ingress/connection.h"

namespace ampstream {
namespace {

constexpr int kBacklog = 1024;
constexpr size_t kAnnouncedRequests = 1000000;  // A connection: as many as one likes.
constexpr size_t kHeadBudget = 16 << 10;        // The most bytes of a request's head.

// httplib's view of a connection.
class ConnectionStream final : public httplib::Stream {
 public:
  explicit ConnectionStream(Connection& connection) : connection_(connection) {}
  bool is_readable() const override { return true; }
  bool is_writable() const override { return true; }
  ssize_t read(char* out, size_t size) override { return connection_.Read(out, size); }
  ssize_t write(const char* data, size_t size) override {
    connection_.Write(data, size);
    return static_cast<ssize_t>(size);
  }
  void get_remote_ip_and_port(std::string&, int&) const override {}
  void get_local_ip_and_port(std::string&, int&) const override {}
  socket_t socket() const override { return connection_.fd(); }

 private:
  Connection& connection_;
};

HttpHead HeadOf(const httplib::Request& request) {
  HttpHead head{request.method, request.path, {}};
  for (const auto& [name, value] : request.headers) head.headers.emplace_back(name, value);
  return head;
}

void SetAnswer(HttpAnswer answer, httplib::Response& response) {
  response.status = answer.status;
  response.body = std::move(answer.body);
  response.set_header("Content-Type", "application/json");
  for (const auto& [name, value] : answer.headers) response.set_header(name, value);
}

// The one Content-Length of digits only; one beyond 64 bits is as large as a number can be.
absl::optional<uint64_t> ContentLength(const std::vector<absl::string_view>& values) {
  if (values.size() != 1 || values[0].empty() ||
      !std::all_of(values[0].begin(), values[0].end(), absl::ascii_isdigit)) {
    return absl::nullopt;
  }
  uint64_t length = 0;
  return absl::SimpleAtoi(values[0], &length) ? length : std::numeric_limits<uint64_t>::max();
}

bool IsIdentity(absl::string_view encoding) { return encoding.empty() || absl::EqualsIgnoreCase(encoding, "identity"); }

// httplib would cut an answer to the range that a request asks for, as if it were a file.
void DropRanges(httplib::Request& request) { request.ranges.clear(); }

}  // namespace

std::vector<absl::string_view> HttpHead::Values(absl::string_view name) const {
  std::vector<absl::string_view> values;
  for (const auto& [header, value] : headers) {
    if (absl::EqualsIgnoreCase(header, name)) values.push_back(value);
  }
  return values;
}

absl::string_view HttpHead::Value(absl::string_view name) const {
  const std::vector<absl::string_view> values = Values(name);
  return values.empty() ? absl::string_view() : values.front();
}

// httplib reads and routes; connections, deadlines and refusals are ours.
class Listener::Impl final : public httplib::Server {
 public:
  Impl(const Listener::Options& options, HttpHandler& handler)
      : options_(options), handler_(handler), stop_fd_(eventfd(0, EFD_CLOEXEC)) {
    SetUpConnections();
    SetUpRequests();
  }
  ~Impl() override { close(stop_fd_); }

  absl::StatusOr<std::string> Listen() {
    AMPSTREAM_ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(options_.address));
    if (address.port == 0) {
      address.port = bind_to_any_port(address.host);
    } else if (!bind_to_port(address.host, address.port)) {
      address.port = -1;
    }
    // httplib listens with a backlog of 5.
    if (address.port < 0 || ::listen(svr_sock_, kBacklog) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("cannot listen on HTTP address ", options_.address,
                                                     ": is the port taken, or the host not this machine's?"));
    }
    thread_ = std::thread([this] { listen_after_bind(); });
    return address.ToString();
  }

  void StopAt(absl::Time deadline) {
    if (!thread_.joinable()) return;
    stopping_ = true;
    const uint64_t one = 1;
    if (write(stop_fd_, &one, sizeof(one)) < 0) return;  // Cannot fail: the counter is far from full.
    // Before it accepts, stop() has no effect.
    while (!is_running()) std::this_thread::yield();
    stop();
    CutOffAt(deadline);
    thread_.join();
  }

 private:
  void SetUpConnections() {
    set_tcp_nodelay(true);
    // Only announced by httplib, in a header; kept by the loop below.
    set_keep_alive_timeout(absl::ToInt64Seconds(options_.idle_timeout));
    set_keep_alive_max_count(kAnnouncedRequests);
    set_socket_options([](socket_t socket) {
      const int yes = 1;  // No SO_REUSEPORT, with which two servers would share a port without a word.
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    new_task_queue = [this] { return new httplib::ThreadPool(static_cast<size_t>(options_.threads)); };
  }

  void SetUpRequests() {
    // A body that will be refused is not asked for.
    set_expect_100_continue_handler([this](const httplib::Request& request, httplib::Response& response) {
      absl::optional<HttpAnswer> refusal = Refusal(HeadOf(request));
      if (!refusal.has_value()) return 100;
      SetAnswer(*std::move(refusal), response);
      return response.status;
    });
    set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      current_->head = HeadOf(request);
      absl::optional<HttpAnswer> refusal = Refusal(current_->head);
      if (!refusal.has_value()) return HandlerResponse::Unhandled;
      SetAnswer(*std::move(refusal), response);
      return HandlerResponse::Handled;
    });
    Post(".*", [this](const httplib::Request&, httplib::Response& response, const httplib::ContentReader& reader) {
      SetAnswer(ReadAndHandle(reader), response);
    });
    set_error_handler(Handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty()) SetAnswer(OwnError(response.status), response);
    }));
    // Its text would stand in a header of the answer.
    set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
      SetAnswer(ErrorAnswer(HttpError::kInternal, "a fault of the server"), response);
    });
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      current_->rejected = response.status >= 400;
      if (!current_->rejected) return;
      response.headers.erase("Connection");
      response.headers.erase("Keep-Alive");
      response.set_header("Connection", "close");
    });
  }

  // Of a request that httplib itself refuses.
  static HttpAnswer OwnError(int status) {
    if (current_->connection.over_budget()) {
      return ErrorAnswer(HttpError::kHeadersTooLarge, absl::StrCat("the head is larger than ", kHeadBudget, " bytes"));
    }
    if (status == StatusOf(HttpError::kBodyTooLarge))
      return ErrorAnswer(HttpError::kBodyTooLarge, "the body is over the limit");
    if (status == StatusOf(HttpError::kNotFound)) return ErrorAnswer(HttpError::kNotFound, "nothing is here");
    return ErrorAnswer(HttpError::kMalformedRequest, "not a well-formed HTTP/1.1 request");
  }

  absl::optional<HttpAnswer> Refusal(const HttpHead& head) {
    absl::optional<HttpAnswer> refusal = handler_.CheckHead(head);
    if (refusal.has_value()) return refusal;
    if (!head.Values("Transfer-Encoding").empty()) {
      if (!head.Values("Content-Length").empty()) {
        return ErrorAnswer(HttpError::kMalformedRequest, "Content-Length and Transfer-Encoding together");
      }
      return ErrorAnswer(HttpError::kTransferEncodingUnsupported, "send the body with a Content-Length");
    }
    const std::vector<absl::string_view> encodings = head.Values("Content-Encoding");
    if (!std::all_of(encodings.begin(), encodings.end(), IsIdentity)) {
      return ErrorAnswer(HttpError::kUnsupportedMediaType, "send the body without a Content-Encoding");
    }
    return LengthRefusal(head.Values("Content-Length"));
  }

  absl::optional<HttpAnswer> LengthRefusal(const std::vector<absl::string_view>& lengths) const {
    if (lengths.empty()) return ErrorAnswer(HttpError::kLengthRequired, "a Content-Length is required");
    const absl::optional<uint64_t> length = ContentLength(lengths);
    if (!length.has_value()) return ErrorAnswer(HttpError::kMalformedRequest, "Content-Length must be one number");
    if (*length > options_.max_body_bytes) {
      return ErrorAnswer(HttpError::kBodyTooLarge, absl::StrCat("the body's ", *length, " bytes are more than the ",
                                                                options_.max_body_bytes, " that are allowed"));
    }
    return absl::nullopt;
  }

  HttpAnswer ReadAndHandle(const httplib::ContentReader& reader) {
    const HttpHead& head = current_->head;
    const auto length = static_cast<int64_t>(*ContentLength(head.Values("Content-Length")));
    const absl::Cleanup release = [this, length] { in_flight_ -= length; };
    if ((in_flight_ += length) > options_.max_bytes_in_flight) {
      return ErrorAnswer(HttpError::kOverloaded, absl::StrCat("more than ", options_.max_bytes_in_flight,
                                                              " bytes of bodies are under way; send it again later"));
    }
    current_->connection.AllowMore(static_cast<size_t>(length));
    std::string body;
    body.reserve(static_cast<size_t>(length));
    const bool whole = reader([&](const char* data, size_t size) {
      body.append(data, size);
      return true;
    });
    if (!whole || body.size() != static_cast<size_t>(length)) {
      return ErrorAnswer(HttpError::kRequestTimeout, "the body did not come whole in time");
    }
    return handler_.Handle(head, std::move(body));
  }

  bool process_and_close_socket(socket_t socket) override {
    Connection connection(static_cast<int>(socket), stop_fd_);
    Register(connection.fd());
    ConnectionStream stream(connection);
    Exchange exchange{connection, {}, false};
    current_ = &exchange;
    bool goes_on = true;
    while (goes_on && !stopping_ && connection.WaitForRequest(options_.idle_timeout)) {
      connection.BeginRequest(absl::Now() + options_.request_timeout, kHeadBudget);
      bool closes = false;
      const bool served = process_request(stream, false, closes, DropRanges);
      goes_on = connection.Flush() && served && !closes && !exchange.rejected;
    }
    if (exchange.rejected) connection.CloseAfterRejection();
    current_ = nullptr;
    Unregister(connection.fd());
    return goes_on;
  }

  void Register(int fd) {
    MutexLock lock(&mutex_);
    connections_.insert(fd);
  }

  void Unregister(int fd) {
    MutexLock lock(&mutex_);
    connections_.erase(fd);
    if (connections_.empty()) ended_.SignalAll();
  }

  void CutOffAt(absl::Time deadline) {
    MutexLock lock(&mutex_);
    while (!connections_.empty() && ended_.WaitUntil(&mutex_, deadline)) {
    }
    for (int fd : connections_) shutdown(fd, SHUT_RD);
  }

  // What this thread serves. httplib's handlers are not told.
  struct Exchange {
    Connection& connection;
    HttpHead head;  // Of the request, from the look before its body on.
    bool rejected;  // The last request: then the connection is closed.
  };
  static thread_local Exchange* current_;

  const Listener::Options options_;
  HttpHandler& handler_;
  const int stop_fd_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> in_flight_{0};
  std::thread thread_;

  Mutex mutex_;
  CondVar ended_;
  absl::flat_hash_set<int> connections_ ABSL_GUARDED_BY(mutex_);
};

thread_local Listener::Impl::Exchange* Listener::Impl::current_ = nullptr;

absl::StatusOr<std::unique_ptr<Listener>> Listener::Start(const Options& options, HttpHandler& handler) {
  auto impl = std::make_unique<Impl>(options, handler);
  AMPSTREAM_ASSIGN_OR_RETURN(std::string address, impl->Listen());
  return std::unique_ptr<Listener>(new Listener(std::move(impl), std::move(address)));
}

Listener::Listener(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

Listener::~Listener() { Stop(absl::InfinitePast()); }

void Listener::Stop(absl::Time deadline) { impl_->StopAt(deadline); }

}  // namespace ampstream
