#include "server/admin/admin_listener.h"

#include <httplib.h>
#include <sys/socket.h>

#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "server/base/host_port.h"
#include "server/base/status_macros.h"

namespace ampstream {
namespace {

constexpr int kThreads = 4;
constexpr size_t kMaxBodyBytes = 1024;
constexpr int kSeconds = 5;                                   // For a request, and for an answer.
constexpr char kMetricsType[] = "text/plain; version=0.0.4";  // As Prometheus asks.

}  // namespace

class AdminListener::Impl {
 public:
  Impl(NotReady not_ready, ReadMetrics read_metrics)
      : not_ready_(std::move(not_ready)), read_metrics_(std::move(read_metrics)) {
    server_.set_tcp_nodelay(true);
    server_.set_socket_options([](socket_t socket) {
      const int yes = 1;  // No SO_REUSEPORT, with which two servers would share a port without a word.
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    });
    server_.set_payload_max_length(kMaxBodyBytes);
    server_.set_read_timeout(kSeconds);
    server_.set_write_timeout(kSeconds);
    // The connection is closed after its one answer, so that no body is ever taken for the next request. A header that
    // says so would not make httplib do it.
    server_.set_keep_alive_max_count(1);
    server_.set_keep_alive_timeout(kSeconds);  // For the first byte of that request.
    server_.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      Answer(request, response);
      return httplib::Server::HandlerResponse::Handled;
    });
  }

  ~Impl() {
    if (!thread_.joinable()) return;
    // Before it accepts, stop() has no effect.
    while (!server_.is_running()) std::this_thread::yield();
    server_.stop();
    thread_.join();
  }

  absl::StatusOr<std::string> Listen(const std::string& text) {
    AMPSTREAM_ASSIGN_OR_RETURN(HostPort address, HostPort::Parse(text));
    if (address.port == 0) {
      address.port = server_.bind_to_any_port(address.host);
    } else if (!server_.bind_to_port(address.host, address.port)) {
      address.port = -1;
    }
    if (address.port < 0) {
      return absl::InvalidArgumentError(absl::StrCat("cannot listen on admin address ", text,
                                                     ": is the port taken, or the host not this machine's?"));
    }
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    return address.ToString();
  }

 private:
  // Every request is answered from its head.
  void Answer(const httplib::Request& request, httplib::Response& response) const {
    if (request.method != "GET" && request.method != "HEAD") {
      response.set_header("Allow", "GET, HEAD");
      Set(405, "only GET and HEAD\n", response);
    } else if (request.path == "/livez") {
      Set(200, "ok\n", response);
    } else if (request.path == "/readyz") {
      const std::string reason = not_ready_();
      reason.empty() ? Set(200, "ok\n", response) : Set(503, absl::StrCat("not ready: ", reason, "\n"), response);
    } else if (request.path == "/metrics") {
      Set(200, MetricsText(read_metrics_()), response, kMetricsType);
    } else {
      Set(404, "here are /livez, /readyz and /metrics\n", response);
    }
  }

  static void Set(int status, const std::string& text, httplib::Response& response, const char* type = "text/plain") {
    response.status = status;
    response.set_content(text, type);
  }

  const NotReady not_ready_;
  const ReadMetrics read_metrics_;
  httplib::Server server_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<AdminListener>> AdminListener::Start(const std::string& address, NotReady not_ready,
                                                                    ReadMetrics read_metrics) {
  auto impl = std::make_unique<Impl>(std::move(not_ready), std::move(read_metrics));
  AMPSTREAM_ASSIGN_OR_RETURN(std::string listening, impl->Listen(address));
  return std::unique_ptr<AdminListener>(new AdminListener(std::move(impl), std::move(listening)));
}

AdminListener::AdminListener(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

AdminListener::~AdminListener() = default;

}  // namespace ampstream
