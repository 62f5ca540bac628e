#include "server/base/listening_sockets.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <utility>
#include <vector>

#include "server/base/host_port.h"

namespace ampstream {
namespace {

// Closes what it listens on.
struct Listening {
  explicit Listening(HostPort wanted) : address(std::move(wanted)), sockets(ListenOn(&address)) {}
  ~Listening() {
    for (const int socket : sockets) close(socket);
  }

  HostPort address;
  const std::vector<int> sockets;
};

int PortOf(int socket) {
  sockaddr_in6 address = {};  // The port of an IPv4 address is at the same place.
  socklen_t size = sizeof(address);
  EXPECT_EQ(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size), 0);
  return ntohs(address.sin6_port);
}

bool CanConnect(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<in_port_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return connected;
}

TEST(ListeningSocketsTest, TakesAFreePort) {
  const Listening listening({"127.0.0.1", 0});
  ASSERT_EQ(listening.sockets.size(), 1u);
  EXPECT_GT(listening.address.port, 0);
  EXPECT_TRUE(CanConnect(listening.address.port));
}

TEST(ListeningSocketsTest, TakesOnePortForAllAddressesOfAName) {
  const Listening listening({"localhost", 0});
  ASSERT_FALSE(listening.sockets.empty());
  for (const int socket : listening.sockets) EXPECT_EQ(PortOf(socket), listening.address.port);
  EXPECT_TRUE(CanConnect(listening.address.port));
}

TEST(ListeningSocketsTest, TakesAllAddresses) {
  for (const std::string host : {"0.0.0.0", "::"}) {
    const Listening listening({host, 0});
    if (host == "::" && listening.sockets.empty()) continue;  // A machine without IPv6.
    ASSERT_FALSE(listening.sockets.empty()) << host;
    EXPECT_TRUE(CanConnect(listening.address.port)) << host;
  }
}

TEST(ListeningSocketsTest, DoesNotShareAPort) {
  const Listening first({"127.0.0.1", 0});
  const Listening second(first.address);
  EXPECT_TRUE(second.sockets.empty());
}

TEST(ListeningSocketsTest, RefusesWhatIsNotThisMachines) {
  for (const std::string host : {"192.0.2.1", "no such host", ""})
    EXPECT_TRUE(Listening({host, 0}).sockets.empty()) << host;
}

}  // namespace
}  // namespace ampstream
