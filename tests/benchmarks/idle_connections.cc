#include "tests/benchmarks/idle_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

bool Connect(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) == 0;
}

// Says on `report` whether all are open, and waits for its end.
[[noreturn]] void Hold(int port, int count, int report) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }
  bool all = true;
  for (int i = 0; i < count && all; ++i) all = Connect(port);
  const char said = all ? 'y' : 'n';
  if (write(report, &said, 1) != 1) _exit(1);
  while (true) pause();
}

}  // namespace

absl::StatusOr<std::unique_ptr<IdleConnections>> IdleConnections::Open(int port, int count) {
  if (count == 0) return std::unique_ptr<IdleConnections>(new IdleConnections(0));
  int ends[2];
  if (pipe(ends) != 0) return absl::InternalError("no pipe");
  const pid_t pid = fork();
  if (pid == 0) Hold(port, count, ends[1]);
  close(ends[1]);
  char said = 'n';
  const bool has_said = read(ends[0], &said, 1) == 1;
  close(ends[0]);
  std::unique_ptr<IdleConnections> connections(new IdleConnections(pid));
  if (!has_said || said != 'y') return absl::UnavailableError(absl::StrCat(count, " connections cannot be opened"));
  return connections;
}

IdleConnections::~IdleConnections() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace ampstream
