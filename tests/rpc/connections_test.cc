#include "server/rpc/connections.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/base/mutex.h"

namespace ampstream {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// Notes whose call it was.
class NotingService final : public Health::Service {
 public:
  grpc::Status Check(grpc::ServerContext* context, const HealthCheckRequest*, HealthCheckResponse*) override {
    MutexLock lock(&mutex_);
    peer_ = context->peer();
    return grpc::Status::OK;
  }

  std::string peer() const {
    MutexLock lock(&mutex_);
    return peer_;
  }

 private:
  mutable Mutex mutex_;
  std::string peer_ ABSL_GUARDED_BY(mutex_);
};

int PeerPort(int socket) {
  sockaddr_in6 address = {};  // The port of an IPv4 address is at the same place.
  socklen_t size = sizeof(address);
  getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin6_port);
}

class ConnectionsTest : public ::testing::Test {
 protected:
  ~ConnectionsTest() override {
    if (connections_ != nullptr) connections_->Stop();
    if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  }

  // False: this machine has no such address.
  bool Start(const std::string& address) {
    absl::StatusOr<std::unique_ptr<Connections>> connections = Connections::Listen(address);
    if (!connections.ok()) return false;
    connections_ = *std::move(connections);
    grpc::ServerBuilder builder;
    auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
        grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, grpc::InsecureServerCredentials());
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    connections_->Start(std::move(acceptor));
    return true;
  }

  grpc::Status Call() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stub_ = Health::NewStub(
        grpc::CreateCustomChannel(connections_->address(), grpc::InsecureChannelCredentials(), arguments));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    HealthCheckResponse response;
    return stub_->Check(&context, HealthCheckRequest(), &response);
  }

  void CallAndExpectItsSocketKnown() {
    const grpc::Status status = Call();
    ASSERT_TRUE(status.ok()) << status.error_message();
    const int socket = connections_->SocketOf(service_.peer());
    ASSERT_GE(socket, 0) << service_.peer();
    EXPECT_TRUE(absl::EndsWith(service_.peer(), absl::StrCat(":", PeerPort(socket)))) << service_.peer();
    unsigned int timeout = 0;
    socklen_t size = sizeof(timeout);
    getsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size);
    EXPECT_EQ(absl::Milliseconds(timeout), Connections::kPeerTimeout);
    EXPECT_EQ(connections_->SocketOf("ipv4:127.0.0.1:1"), -1);
  }

  NotingService service_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;  // Its connection lasts until the next call.
};

TEST_F(ConnectionsTest, KnowsTheSocketByThePeersName) {
  ASSERT_TRUE(Start("127.0.0.1:0"));
  for (int i = 0; i < 3; ++i) CallAndExpectItsSocketKnown();
}

TEST_F(ConnectionsTest, KnowsThatOfAPeerOfIpv6) {
  if (!Start("[::1]:0")) GTEST_SKIP() << "no IPv6 here";
  CallAndExpectItsSocketKnown();
}

TEST_F(ConnectionsTest, KnowsThatOfAPeerOfIpv4WhoCameOverIpv6) {
  if (!Start("[::]:0")) GTEST_SKIP() << "no IPv6 here";
  CallAndExpectItsSocketKnown();
}

TEST_F(ConnectionsTest, AcceptsNoMoreOnceItIsStopped) {
  ASSERT_TRUE(Start("127.0.0.1:0"));
  connections_->Stop();
  EXPECT_EQ(Call().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(ConnectionsListenTest, RefusesWhatItCannotListenOn) {
  EXPECT_EQ(Connections::Listen("192.0.2.1:0").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Connections::Listen("no port").status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace ampstream
