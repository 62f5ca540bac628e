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
constexpr int kSeconds = 5;  // For a request, and for an answer.

}  // namespace

class AdminListener::Impl {
 public:
  explicit Impl(NotReady not_ready) : not_ready_(std::move(not_ready)) {
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
    const bool is_get = request.method == "GET" || request.method == "HEAD";
    const std::string reason = request.path == "/readyz" ? not_ready_() : "";
    if (!is_get) {
      response.status = 405;
      response.set_header("Allow", "GET, HEAD");
      response.set_content("only GET and HEAD\n", "text/plain");
    } else if (request.path != "/livez" && request.path != "/readyz") {
      response.status = 404;
      response.set_content("here are /livez and /readyz\n", "text/plain");
    } else if (!reason.empty()) {
      response.status = 503;
      response.set_content(absl::StrCat("not ready: ", reason, "\n"), "text/plain");
    } else {
      response.status = 200;
      response.set_content("ok\n", "text/plain");
    }
  }

  const NotReady not_ready_;
  httplib::Server server_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<AdminListener>> AdminListener::Start(const std::string& address, NotReady not_ready) {
  auto impl = std::make_unique<Impl>(std::move(not_ready));
  AMPSTREAM_ASSIGN_OR_RETURN(std::string listening, impl->Listen(address));
  return std::unique_ptr<AdminListener>(new AdminListener(std::move(impl), std::move(listening)));
}

AdminListener::AdminListener(std::unique_ptr<Impl> impl, std::string address)
    : impl_(std::move(impl)), address_(std::move(address)) {}

AdminListener::~AdminListener() = default;

}  // namespace ampstream
