#include "server/rpc/rpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "ampstream/v1/event_service.grpc.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/event/cursor.h"
#include "server/event/times.h"
#include "server/log/memory_log.h"
#include "tests/testing/append.h"
#include "tests/testing/events.h"
#include "tests/testing/hostile_log.h"

namespace ampstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Response = v1::SubscribeResponse;

// Metadata and reason of an error, as a client reads them.
google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), status.error_code());
  // A BadRequest may follow, where a field's content is at fault.
  EXPECT_GE(details.details_size(), 1);
  if (details.details_size() >= 1) {
    EXPECT_TRUE(details.details(0).UnpackTo(&info));
  }
  EXPECT_EQ(info.domain(), "ampstream");
  return info;
}

// One open call of Subscribe.
class Call {
 public:
  Call(v1::EventService::Stub& stub, const v1::SubscribeRequest& request) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    reader_ = stub.Subscribe(&context_, request);
  }

  // The next response; empty where the stream has ended.
  Response Next() {
    Response response;
    if (!reader_->Read(&response)) return Response();
    return response;
  }

  // The names of the next n events, whatever the responses.
  std::vector<std::string> Names(size_t n) {
    std::vector<std::string> names;
    Response response;
    while (names.size() < n && reader_->Read(&response)) {
      for (const v1::Event& event : response.events()) names.push_back(event.events_track().event_type());
      last_ = response;
    }
    return names;
  }

  // Reads what is left.
  std::vector<Response> Rest() {
    std::vector<Response> rest;
    for (Response response; reader_->Read(&response);) rest.push_back(response);
    return rest;
  }

  grpc::Status Finish() { return reader_->Finish(); }
  void Cancel() { context_.TryCancel(); }
  const Response& last() const { return last_; }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Response>> reader_;
  Response last_;
};

class RpcServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Start(std::make_unique<MemoryLog>(MemoryLog::Options(), Clock::Real()), RpcServer::Options());
  }
  void TearDown() override { Stop(); }

  void Start(std::unique_ptr<EventLog> log, RpcServer::Options options,
             const Hub::Options& hub_options = Hub::Options()) {
    Stop();
    log_ = std::move(log);
    hub_ = *Hub::Start(*log_, hub_options);
    options.address = "127.0.0.1:0";
    absl::StatusOr<std::unique_ptr<RpcServer>> server = RpcServer::Start(options, *log_, *hub_, Clock::Real());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = NewStub();
  }

  void Stop() {
    if (log_ != nullptr) log_->Stop(absl::InfiniteFuture());
    server_.reset();
    hub_.reset();
    log_.reset();
  }

  // On a connection of its own.
  std::unique_ptr<v1::EventService::Stub> NewStub() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return v1::EventService::NewStub(
        grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(), arguments));
  }

  void Append(const std::vector<std::string>& names) { AppendEvents(MakeEvents(names)); }

  void AppendEvents(const std::vector<NewEvent>& events) { ampstream::Append(*log_, events); }

  grpc::Status Refusal(const v1::SubscribeRequest& request) {
    Call call(*stub_, request);
    EXPECT_TRUE(call.Rest().empty()) << "a refused request gets the status alone";
    return call.Finish();
  }

  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Hub> hub_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<v1::EventService::Stub> stub_;
};

TEST_F(RpcServerTest, SaysSubscribedFirstThenCaughtUpThenSendsWhatComes) {
  Call call(*stub_, v1::SubscribeRequest());
  const Response subscribed = call.Next();
  ASSERT_TRUE(subscribed.has_subscribed());
  EXPECT_EQ(subscribed.subscribed().epoch(), log_->Info().epoch.ToString());
  EXPECT_EQ(subscribed.cursor(), subscribed.subscribed().cursor());
  EXPECT_EQ(subscribed.subscribed().heartbeat_interval().seconds(), 15);
  EXPECT_EQ(subscribed.subscribed().max_batch_events(), 1024);
  EXPECT_TRUE(call.Next().has_caught_up());
  Append({"a", "b"});
  EXPECT_THAT(call.Names(2), ElementsAre("a", "b"));
}

// So many that no thread wakes all of them at a time, and each asks for the next.
TEST_F(RpcServerTest, SendsNewsToAllWhoWait) {
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 100; ++i) {
    calls.push_back(std::make_unique<Call>(*stub_, v1::SubscribeRequest()));
    calls.back()->Next();
    EXPECT_TRUE(calls.back()->Next().has_caught_up());
  }
  for (int i = 0; i < 5; ++i) {
    const std::vector<std::string> names = Names(absl::StrCat("e", i, "-"), 2);
    Append(names);
    for (const std::unique_ptr<Call>& call : calls) EXPECT_EQ(call->Names(2), names);
  }
}

TEST_F(RpcServerTest, EndsWhileNewsCome) {
  for (int i = 0; i < 20; ++i) {
    std::vector<std::unique_ptr<Call>> calls;
    for (int j = 0; j < 20; ++j) {
      calls.push_back(std::make_unique<Call>(*stub_, v1::SubscribeRequest()));
      calls.back()->Next();
    }
    std::atomic<bool> over{false};
    std::thread sender([this, i, &over] {
      for (int j = 0; !over; ++j) Append({absl::StrCat(i, "-", j)});
    });
    server_.reset();
    over = true;
    sender.join();
    for (const std::unique_ptr<Call>& call : calls) call->Rest();
    Start(std::make_unique<MemoryLog>(MemoryLog::Options(), Clock::Real()), RpcServer::Options());
  }
}

TEST_F(RpcServerTest, SendsTheEventAsItWasTranslatedWithItsCursor) {
  Call call(*stub_, v1::SubscribeRequest());
  call.Next();
  call.Next();
  EventSpec spec;
  spec.name = "a";
  spec.user_id = "user-7";
  AppendEvents({MakeEvent(spec)});
  const Response response = call.Next();
  ASSERT_EQ(response.events_size(), 1);
  EXPECT_EQ(response.events(0).id(), EventId::Of({"a"}).ToString());
  EXPECT_EQ(response.events(0).type(), v1::EVENT_TYPE_EVENTS_TRACK);
  EXPECT_EQ(response.events(0).events_track().user_id(), "user-7");
  EXPECT_EQ(response.events(0).cursor(), response.cursor());
}

TEST_F(RpcServerTest, SaysGoodbyeBeforeItEndsWithOk) {
  Append(Names("e", 5));
  v1::SubscribeRequest request;
  request.mutable_earliest();
  request.set_until_caught_up(true);
  Call call(*stub_, request);
  EXPECT_TRUE(call.Next().has_subscribed());
  EXPECT_EQ(call.Names(5).size(), 5u);
  EXPECT_TRUE(call.last().has_caught_up());
  const std::vector<Response> rest = call.Rest();
  ASSERT_EQ(rest.size(), 1u);
  EXPECT_EQ(rest[0].goodbye().code(), 0);
  EXPECT_EQ(rest[0].cursor(), call.last().cursor());
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(RpcServerTest, EndsAfterMaxEvents) {
  Append(Names("e", 5));
  v1::SubscribeRequest request;
  request.mutable_earliest();
  request.set_max_events(2);
  request.set_max_batch_events(1);
  Call call(*stub_, request);
  EXPECT_EQ(call.Next().subscribed().max_batch_events(), 1);
  EXPECT_EQ(call.Next().events_size(), 1);
  EXPECT_EQ(call.Next().events_size(), 1);
  EXPECT_TRUE(call.Next().has_goodbye());
  EXPECT_TRUE(call.Rest().empty());
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(RpcServerTest, ResumesAfterACursorOfAnyResponse) {
  Append(Names("e", 10));
  v1::SubscribeRequest request;
  request.mutable_earliest();
  request.set_max_batch_events(3);
  Call first(*stub_, request);
  const std::string start = first.Next().cursor();
  const std::string after_three = first.Next().cursor();
  first.Cancel();
  request.set_cursor(start);
  EXPECT_EQ(Call(*stub_, request).Names(10), Names("e", 10));
  request.set_cursor(after_three);
  Call resumed(*stub_, request);
  EXPECT_THAT(resumed.Names(3), ElementsAre("e3", "e4", "e5"));
}

TEST_F(RpcServerTest, HeartbeatsBearACursorThatMovesOnWhenNothingMatches) {
  v1::SubscribeRequest request;
  request.mutable_filter()->add_user_ids("nobody");
  request.mutable_heartbeat_interval()->set_nanos(1);  // Clamped to a second.
  Call call(*stub_, request);
  const Response subscribed = call.Next();
  EXPECT_EQ(subscribed.subscribed().heartbeat_interval().seconds(), 1);
  EXPECT_TRUE(call.Next().has_caught_up());
  Append({"a"});
  const Response heartbeat = call.Next();
  ASSERT_TRUE(heartbeat.has_heartbeat());
  EXPECT_EQ(heartbeat.events_size(), 0);
  EXPECT_EQ(heartbeat.cursor(), (Cursor{log_->Info().epoch, log_->Info().newest}.Encode()));
  EXPECT_NE(heartbeat.cursor(), subscribed.cursor());
}

TEST_F(RpcServerTest, AHeartbeatDoesNotWaitForALaterOneThatWasAskedForBefore) {
  v1::SubscribeRequest request;
  request.mutable_heartbeat_interval()->set_seconds(300);
  Call slow(*stub_, request);
  EXPECT_TRUE(slow.Next().has_subscribed());
  request.mutable_heartbeat_interval()->set_seconds(1);
  Call quick(*stub_, request);
  EXPECT_TRUE(quick.Next().has_subscribed());
  EXPECT_TRUE(quick.Next().has_caught_up());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(quick.Next().has_heartbeat());
}

// More than get theirs in one turn, and some that go meanwhile.
TEST_F(RpcServerTest, EveryStreamGetsItsHeartbeats) {
  v1::SubscribeRequest request;
  request.mutable_heartbeat_interval()->set_seconds(1);
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < 200; ++i) {
    calls.push_back(std::make_unique<Call>(*stub_, request));
    EXPECT_TRUE(calls.back()->Next().has_subscribed());
  }
  for (size_t i = 0; i < calls.size(); i += 2) calls[i]->Cancel();
  for (size_t i = 1; i < calls.size(); i += 2) {
    for (int beats = 0; beats < 2;) {
      const Response response = calls[i]->Next();
      ASSERT_NE(response.signal_case(), Response::SIGNAL_NOT_SET) << "ended";
      if (response.has_heartbeat()) ++beats;
    }
  }
}

TEST_F(RpcServerTest, SendsLargeBatchesByReferenceAndWhole) {
  v1::SubscribeRequest request;
  request.set_max_events(300);
  Call call(*stub_, request);
  EXPECT_TRUE(call.Next().has_subscribed());
  std::vector<NewEvent> events;
  EventSpec spec;
  for (const std::string& name : Names("e", 300)) {
    spec.name = name;
    spec.padding = 3000;
    events.push_back(MakeEvent(spec));
  }
  AppendEvents(events);
  const std::vector<std::string> names = call.Names(300);
  ASSERT_EQ(names.size(), 300u);
  EXPECT_EQ(names[299], "e299" + std::string(3000, '.'));
}

TEST_F(RpcServerTest, StartsWithTheLastThatMatchAndFromATime) {
  const absl::Time base = absl::FromUnixSeconds(1767323045);
  for (int i = 0; i < 10; ++i) {
    EventSpec spec;
    spec.name = absl::StrCat("e", i);
    spec.user_id = i % 2 == 0 ? "even" : "odd";
    spec.receive_time = base + absl::Seconds(i);
    AppendEvents({MakeEvent(spec)});
  }
  v1::SubscribeRequest request;
  request.set_until_caught_up(true);
  request.mutable_filter()->add_user_ids("odd");
  request.set_last_n(2);
  EXPECT_THAT(Call(*stub_, request).Names(100), ElementsAre("e7", "e9"));
  SetTimestamp(base + absl::Seconds(4), request.mutable_time());
  EXPECT_THAT(Call(*stub_, request).Names(100), ElementsAre("e5", "e7", "e9"));
}

TEST_F(RpcServerTest, RefusesABadRequestWithItsReason) {
  struct Case {
    std::string what;
    std::function<void(v1::SubscribeRequest*)> spoil;
    grpc::StatusCode code;
    std::string reason;
    std::string names;  // What the message must name.
  };
  const Epoch epoch = log_->Info().epoch;
  const std::vector<Case> cases = {
      {"unspecified type", [](auto* r) { r->mutable_filter()->add_types(v1::EVENT_TYPE_UNSPECIFIED); },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FILTER", "filter.types[0]"},
      {"unknown type", [](auto* r) { r->mutable_filter()->add_types(static_cast<v1::EventType>(77)); },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FILTER", "77"},
      {"long list",
       [](auto* r) {
         for (int i = 0; i < 1001; ++i) r->mutable_filter()->add_sources("s");
       },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FILTER", "filter.sources"},
      {"long value", [](auto* r) { r->mutable_filter()->add_user_ids(std::string(513, 'x')); },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FILTER", "filter.user_ids[0]"},
      {"expression", [](auto* r) { r->mutable_filter()->set_expression("type = \"x\""); },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_FILTER", "filter.expression"},
      {"negative max_events", [](auto* r) { r->set_max_events(-1); }, grpc::StatusCode::INVALID_ARGUMENT,
       "INVALID_REQUEST", "max_events"},
      {"negative max_batch_events", [](auto* r) { r->set_max_batch_events(-1); }, grpc::StatusCode::INVALID_ARGUMENT,
       "INVALID_REQUEST", "max_batch_events"},
      {"negative heartbeat", [](auto* r) { r->mutable_heartbeat_interval()->set_seconds(-1); },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST", "heartbeat_interval"},
      {"invalid Timestamp", [](auto* r) { r->mutable_time()->set_nanos(-1); }, grpc::StatusCode::INVALID_ARGUMENT,
       "INVALID_REQUEST", "time"},
      {"Timestamp beyond 9999", [](auto* r) { r->mutable_time()->set_seconds(253402300800); },
       grpc::StatusCode::INVALID_ARGUMENT, "INVALID_REQUEST", "time"},
      {"no cursor", [](auto* r) { r->set_cursor("not-a-cursor"); }, grpc::StatusCode::INVALID_ARGUMENT,
       "INVALID_CURSOR", "cursor"},
      {"empty cursor", [](auto* r) { r->set_cursor(""); }, grpc::StatusCode::INVALID_ARGUMENT, "INVALID_CURSOR",
       "cursor"},
      {"cursor of another epoch",
       [&](auto* r) {
         r->set_cursor(Cursor{Epoch(epoch.value() + 1), Position(0)}.Encode());
       },
       grpc::StatusCode::OUT_OF_RANGE, "CURSOR_OF_ANOTHER_LOG", "another log"},
      {"cursor from the future",
       [&](auto* r) {
         r->set_cursor(Cursor{epoch, Position(1 << 30)}.Encode());
       },
       grpc::StatusCode::OUT_OF_RANGE, "CURSOR_FROM_THE_FUTURE", "newest"},
      {"long client_id", [](auto* r) { r->set_client_id(std::string(129, 'x')); }, grpc::StatusCode::INVALID_ARGUMENT,
       "INVALID_REQUEST", "client_id"},
  };
  for (const Case& bad : cases) {
    SCOPED_TRACE(bad.what);
    v1::SubscribeRequest request;
    bad.spoil(&request);
    const grpc::Status status = Refusal(request);
    EXPECT_EQ(status.error_code(), bad.code);
    EXPECT_THAT(status.error_message(), HasSubstr(bad.names));
    const google::rpc::ErrorInfo info = InfoOf(status);
    EXPECT_EQ(info.reason(), bad.reason);
    if (bad.code == grpc::StatusCode::OUT_OF_RANGE) {
      EXPECT_EQ(info.metadata().at("oldest_cursor"), (Cursor{epoch, log_->Info().oldest}.Encode()));
      EXPECT_EQ(info.metadata().count("newest_cursor"), 1u);
    }
  }
}

TEST_F(RpcServerTest, EndsAStreamThatRetentionOvertookWithCursorExpired) {
  MemoryLog::Options options;
  options.max_bytes = 20000;
  Start(std::make_unique<MemoryLog>(options, Clock::Real()), RpcServer::Options());
  const std::string oldest = Cursor{log_->Info().epoch, Position(0)}.Encode();
  Append(Names("e", 10));
  for (const std::string& name : Names("f", 200)) Append({name});
  v1::SubscribeRequest request;
  request.set_cursor(oldest);
  const grpc::Status status = Refusal(request);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(InfoOf(status).reason(), "CURSOR_EXPIRED");
  request.set_cursor(InfoOf(status).metadata().at("oldest_cursor"));
  EXPECT_TRUE(Call(*stub_, request).Next().has_subscribed()) << "the cursor it was told of works";
}

TEST_F(RpcServerTest, RefusesMoreStreamsThanAllowedUntilOneHasEnded) {
  RpcServer::Options options;
  options.max_streams = 1;
  Start(std::make_unique<MemoryLog>(MemoryLog::Options(), Clock::Real()), options);
  {
    Call first(*stub_, v1::SubscribeRequest());
    ASSERT_TRUE(first.Next().has_subscribed());
    const grpc::Status status = Refusal(v1::SubscribeRequest());
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(InfoOf(status).reason(), "TOO_MANY_STREAMS");
    EXPECT_EQ(InfoOf(status).metadata().at("limit"), "1");
    first.Cancel();
    first.Rest();
  }
  bool subscribed = false;
  for (int tries = 0; tries < 1000 && !subscribed; ++tries) {
    Call again(*stub_, v1::SubscribeRequest());
    subscribed = again.Next().has_subscribed();
    again.Cancel();
  }
  EXPECT_TRUE(subscribed);
}

TEST_F(RpcServerTest, SaysGoodbyeToEveryStreamWhenItDrains) {
  Call call(*stub_, v1::SubscribeRequest());
  EXPECT_TRUE(call.Next().has_subscribed());
  EXPECT_TRUE(call.Next().has_caught_up()) << "only then it is given what is there before its goodbye";
  Append({"last"});
  std::thread drain([this] { EXPECT_TRUE(server_->Drain(absl::Now() + absl::Seconds(20))); });
  EXPECT_THAT(call.Names(1), ElementsAre("last"));
  const std::vector<Response> rest = call.Rest();
  ASSERT_FALSE(rest.empty());
  EXPECT_EQ(rest.back().goodbye().code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(rest.back().goodbye().reason(), v1::ERROR_REASON_DRAINING);
  EXPECT_GT(rest.back().goodbye().retry_delay().seconds(), 0);
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "DRAINING");
  drain.join();
}

TEST_F(RpcServerTest, BreaksOffAStreamThatDoesNotReadItsGoodbye) {
  Call stalled(*stub_, v1::SubscribeRequest());
  EXPECT_TRUE(stalled.Next().has_subscribed());
  EventSpec spec;
  spec.padding = 1 << 20;
  for (int i = 0; i < 16; ++i) {
    spec.name = absl::StrCat("large", i);
    AppendEvents({MakeEvent(spec)});
  }
  EXPECT_FALSE(server_->Drain(absl::Now() + absl::Milliseconds(200)));
}

TEST_F(RpcServerTest, GoesOnServingOthersWhenAClientVanishes) {
  auto vanishing_stub = NewStub();
  auto vanishing = std::make_unique<Call>(*vanishing_stub, v1::SubscribeRequest());
  EXPECT_TRUE(vanishing->Next().has_subscribed());
  v1::SubscribeRequest request;
  request.set_max_events(200);
  Call other(*stub_, request);
  EXPECT_TRUE(other.Next().has_subscribed());
  EventSpec spec;
  spec.padding = 50000;
  std::thread appender([&] {
    for (const std::string& name : Names("e", 200)) {
      spec.name = name;
      AppendEvents({MakeEvent(spec)});
    }
  });
  vanishing->Cancel();
  vanishing.reset();
  vanishing_stub.reset();
  EXPECT_EQ(other.Names(200).size(), 200u);
  appender.join();
}

TEST_F(RpcServerTest, PromisesHoldOverALogOfSeveralGateways) {
  HostileLog::Options options;
  Start(std::make_unique<HostileLog>(options, Clock::Real()), RpcServer::Options());
  Call call(*stub_, v1::SubscribeRequest());
  EXPECT_TRUE(call.Next().has_subscribed());
  const std::vector<std::string> names = Names("e", 100);
  std::thread appender([&] {
    for (const std::string& name : names) Append({name});
  });
  std::vector<std::string> own;
  while (own.size() < names.size()) {
    const std::vector<std::string> next = call.Names(1);
    ASSERT_FALSE(next.empty());
    for (const std::string& name : next) {
      if (name.rfind("foreign", 0) != 0) own.push_back(name);
    }
  }
  appender.join();
  EXPECT_THAT(own, ::testing::UnorderedElementsAreArray(names));
}

TEST_F(RpcServerTest, RefusesAPortThatIsTaken) {
  RpcServer::Options options;
  options.address = server_->address();
  const absl::Status status = RpcServer::Start(options, *log_, *hub_, Clock::Real()).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr(server_->address()));
}

TEST_F(RpcServerTest, AnswersForOneEventAndForTheLog) {
  Append({"a", "b"});
  grpc::ClientContext context;
  v1::GetEventRequest request;
  v1::GetEventResponse response;
  request.set_id(EventId::Of({"b"}).ToString());
  ASSERT_TRUE(stub_->GetEvent(&context, request, &response).ok());
  EXPECT_EQ(response.event().events_track().event_type(), "b");
  for (const auto& [id, code] : {std::make_pair(EventId::Of({"c"}).ToString(), grpc::StatusCode::NOT_FOUND),
                                 std::make_pair(std::string("c"), grpc::StatusCode::INVALID_ARGUMENT)}) {
    grpc::ClientContext bad;
    request.set_id(id);
    const grpc::Status status = stub_->GetEvent(&bad, request, &response);
    EXPECT_EQ(status.error_code(), code);
    EXPECT_EQ(InfoOf(status).reason(), code == grpc::StatusCode::NOT_FOUND ? "EVENT_NOT_FOUND" : "INVALID_REQUEST");
  }
  grpc::ClientContext info_context;
  v1::GetLogInfoResponse info;
  ASSERT_TRUE(stub_->GetLogInfo(&info_context, v1::GetLogInfoRequest(), &info).ok());
  EXPECT_EQ(info.events(), 2);
  EXPECT_EQ(info.epoch(), log_->Info().epoch.ToString());
  EXPECT_TRUE(info.has_oldest_time());
}

TEST_F(RpcServerTest, ListsAllPagesOfWhatMatches) {
  Append(Names("e", 25));
  v1::ListEventsRequest request;
  request.set_page_size(10);
  std::vector<std::string> names;
  int pages = 0;
  do {
    grpc::ClientContext context;
    v1::ListEventsResponse response;
    ASSERT_TRUE(stub_->ListEvents(&context, request, &response).ok());
    EXPECT_LE(response.events_size(), 10);
    for (const v1::Event& event : response.events()) names.push_back(event.events_track().event_type());
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(names, Names("e", 25));
  EXPECT_GE(pages, 3);
}

TEST_F(RpcServerTest, RefusesAPageTokenOfAnotherFilterAndANegativeSize) {
  Append(Names("e", 5));
  v1::ListEventsRequest request;
  request.set_page_size(1);
  grpc::ClientContext context;
  v1::ListEventsResponse response;
  ASSERT_TRUE(stub_->ListEvents(&context, request, &response).ok());
  request.set_page_token(response.next_page_token());
  request.mutable_filter()->add_sources("other");
  grpc::ClientContext other_filter;
  EXPECT_EQ(InfoOf(stub_->ListEvents(&other_filter, request, &response)).reason(), "INVALID_REQUEST");
  request.Clear();
  request.set_page_size(-1);
  grpc::ClientContext negative;
  EXPECT_EQ(InfoOf(stub_->ListEvents(&negative, request, &response)).reason(), "INVALID_REQUEST");
}

}  // namespace
}  // namespace ampstream
