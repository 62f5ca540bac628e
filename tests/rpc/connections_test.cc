#include "server/rpc/connections.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "grpc/health/v1/health.grpc.pb.h"

namespace ampstream {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// Notes whose call it was.
class NotingService final : public Health::Service {
 public:
  grpc::Status Check(grpc::ServerContext* context, const HealthCheckRequest*, HealthCheckResponse*) override {
    peer_ = context->peer();
    return grpc::Status::OK;
  }

  const std::string& peer() const { return peer_; }

 private:
  std::string peer_;
};

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
    const auto stub = Health::NewStub(
        grpc::CreateCustomChannel(connections_->address(), grpc::InsecureChannelCredentials(), arguments));
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    HealthCheckResponse response;
    return stub->Check(&context, HealthCheckRequest(), &response);
  }

  void CallAndExpectItsSocketKnown() {
    const grpc::Status status = Call();
    ASSERT_TRUE(status.ok()) << status.error_message();
    const int socket = connections_->SocketOf(service_.peer());
    ASSERT_GE(socket, 0) << service_.peer();
    EXPECT_EQ(connections_->SocketOf("ipv4:127.0.0.1:1"), -1);
  }

  NotingService service_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<grpc::Server> server_;
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
