#include "server/rpc/health_service.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace ampstream {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthCheckRequest Of(const std::string& name) {
  HealthCheckRequest request;
  request.set_service(name);
  return request;
}

// One open call of Watch.
class WatchCall {
 public:
  WatchCall(Health::Stub& stub, const std::string& name) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    reader_ = stub.Watch(&context_, Of(name));
  }

  // UNKNOWN, which is never sent: the call has ended.
  HealthCheckResponse::ServingStatus Next() {
    HealthCheckResponse response;
    return reader_->Read(&response) ? response.status() : HealthCheckResponse::UNKNOWN;
  }

  void Cancel() { context_.TryCancel(); }
  grpc::Status Finish() { return reader_->Finish(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
};

class HealthServiceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&health_);
    queue_ = std::make_unique<CallQueue>(builder.AddCompletionQueue());
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    health_.TakeCalls(*queue_);
    queue_->Start(2);
    stub_ = Health::NewStub(grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  void TearDown() override {
    server_->Shutdown(std::chrono::system_clock::now());
    queue_->Close();
  }

  grpc::Status Check(const std::string& name, HealthCheckResponse* response) {
    grpc::ClientContext context;
    return stub_->Check(&context, Of(name), response);
  }

  HealthService health_{{"", "a.Service"}};
  std::unique_ptr<CallQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthServiceTest, ChecksWhatItKnows) {
  for (const std::string name : {"", "a.Service"}) {
    HealthCheckResponse response;
    ASSERT_TRUE(Check(name, &response).ok());
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  }
  health_.StopServing();
  HealthCheckResponse response;
  ASSERT_TRUE(Check("a.Service", &response).ok());
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthServiceTest, RefusesToCheckAnotherName) {
  HealthCheckResponse response;
  EXPECT_EQ(Check("b.Service", &response).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(HealthServiceTest, TellsAllWhoWatchWhenItStops) {
  std::vector<std::unique_ptr<WatchCall>> watches;
  for (int i = 0; i < 20; ++i) {
    watches.push_back(std::make_unique<WatchCall>(*stub_, i % 2 == 0 ? "" : "a.Service"));
    EXPECT_EQ(watches.back()->Next(), HealthCheckResponse::SERVING);
  }
  WatchCall unknown(*stub_, "b.Service");
  EXPECT_EQ(unknown.Next(), HealthCheckResponse::SERVICE_UNKNOWN);
  health_.StopServing();
  for (const std::unique_ptr<WatchCall>& watch : watches) EXPECT_EQ(watch->Next(), HealthCheckResponse::NOT_SERVING);
  WatchCall late(*stub_, "");
  EXPECT_EQ(late.Next(), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthServiceTest, TellsOthersWhenOneHasGone) {
  WatchCall gone(*stub_, "");
  WatchCall watch(*stub_, "");
  EXPECT_EQ(gone.Next(), HealthCheckResponse::SERVING);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  gone.Cancel();
  EXPECT_EQ(gone.Finish().error_code(), grpc::StatusCode::CANCELLED);
  health_.StopServing();
  EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
}

// Calls come, go and are told at once.
TEST_F(HealthServiceTest, EndsWhileItIsWatched) {
  std::vector<std::unique_ptr<WatchCall>> watches;
  for (int i = 0; i < 50; ++i) watches.push_back(std::make_unique<WatchCall>(*stub_, ""));
  for (int i = 0; i < 50; i += 3) watches[static_cast<size_t>(i)]->Cancel();
  health_.StopServing();
  server_->Shutdown(std::chrono::system_clock::now());
  for (const std::unique_ptr<WatchCall>& watch : watches) {
    while (watch->Next() != HealthCheckResponse::UNKNOWN) {
    }
    EXPECT_FALSE(watch->Finish().ok());
  }
}

}  // namespace
}  // namespace ampstream
