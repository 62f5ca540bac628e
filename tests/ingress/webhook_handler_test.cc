#include "server/ingress/webhook_handler.h"

#include <simdjson.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/amplitude/shape.h"
#include "server/event/event_id.h"
#include "server/event/times.h"
#include "server/ingress/hmac.h"
#include "server/ingress/hmac_verifier.h"
#include "server/ingress/static_token_verifier.h"
#include "server/log/memory_log.h"
#include "tests/testing/fake_clock.h"

namespace ampstream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr char kSecret[] = "amplitude-test-secret";
constexpr char kTraceParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string Signed(absl::string_view body, absl::string_view secret = kSecret) {
  const HmacKey::Mac mac = *HmacKey(secret).Sign(body);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
}

std::string Track(absl::string_view insert_id) {
  return absl::StrCat(R"({"type":"event.track","data":{"event_type":"Buy","time":1767323045000,"insert_id":")",
                      insert_id, R"("}})");
}

WebhookHandler::Source HmacSource(const std::string& name, const std::vector<std::string>& secrets) {
  HmacVerifier::Options options;
  options.secrets = secrets;
  return {name, std::make_shared<HmacVerifier>(options)};
}

// What an answer of 200 says.
struct Accepted {
  int64_t accepted = -1;
  int64_t duplicates = -1;
  std::vector<std::string> ids;
};

Accepted ParseAccepted(const HttpAnswer& answer) {
  EXPECT_EQ(answer.status, 200) << answer.body;
  Accepted accepted;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (parser.parse(answer.body).get(object) != simdjson::SUCCESS) return accepted;
  EXPECT_EQ(object["accepted"].get(accepted.accepted), simdjson::SUCCESS);
  EXPECT_EQ(object["duplicates"].get(accepted.duplicates), simdjson::SUCCESS);
  simdjson::dom::array ids;
  if (object["ids"].get(ids) != simdjson::SUCCESS) return accepted;
  for (const simdjson::dom::element id : ids) accepted.ids.emplace_back(std::string_view(id));
  return accepted;
}

// Whether an answer has this status and reason.
MATCHER_P2(IsError, status, reason, "") {
  return arg.status == status && arg.body.rfind(absl::StrCat(R"({"error":{"reason":")", reason, "\""), 0) == 0;
}

class WebhookHandlerTest : public testing::Test {
 protected:
  WebhookHandlerTest() { Make({}, {}); }

  // Waits for the answer.
  HttpAnswer Handled(const HttpHead& head, std::string body) {
    std::promise<HttpAnswer> answer;
    handler_->Handle(head, std::move(body), [&answer](HttpAnswer one) { answer.set_value(std::move(one)); });
    return answer.get_future().get();
  }

  void Make(MemoryLog::Options log_options, WebhookHandler::Options options) {
    handler_.reset();
    log_ = std::make_unique<MemoryLog>(log_options, clock_);
    options.sources = {HmacSource("default", {kSecret}), HmacSource("shop", {"old", "new"}), HmacSource("closed", {})};
    handler_ = std::make_unique<WebhookHandler>(options, *log_, clock_);
  }

  // As the listener does it.
  HttpAnswer Ask(const HttpHead& head, absl::string_view body) {
    if (absl::optional<HttpAnswer> refusal = handler_->CheckHead(head)) return *std::move(refusal);
    return Handled(head, std::string(body));
  }

  static HttpHead HeadOf(absl::string_view body) {
    return {"POST",
            "/webhooks/amplitude/default",
            {{"Content-Type", "application/json"}, {"X-Amplitude-Signature", Signed(body)}}};
  }

  HttpAnswer Deliver(absl::string_view body) { return Ask(HeadOf(body), body); }

  HttpAnswer DeliverTo(absl::string_view source, absl::string_view secret, absl::string_view body) {
    HttpHead head = HeadOf(body);
    head.path = absl::StrCat("/webhooks/amplitude/", source);
    head.headers[1].second = Signed(body, secret);
    return Ask(head, body);
  }

  v1::Event Find(const std::string& id) {
    v1::Event event;
    const absl::optional<EventId> parsed = EventId::Parse(id);
    EXPECT_TRUE(parsed.has_value()) << id;
    if (!parsed.has_value()) return event;
    const absl::StatusOr<std::string> encoded = log_->Find(*parsed);
    EXPECT_TRUE(encoded.ok()) << encoded.status();
    EXPECT_TRUE(encoded.ok() && event.ParseFromString(*encoded));
    return event;
  }

  FakeClock clock_;
  std::unique_ptr<MemoryLog> log_;
  std::unique_ptr<WebhookHandler> handler_;
};

TEST_F(WebhookHandlerTest, AnswersOnceTheEventIsInTheLog) {
  const Accepted accepted = ParseAccepted(Deliver(Track("i-1")));
  EXPECT_EQ(accepted.accepted, 1);
  EXPECT_EQ(accepted.duplicates, 0);
  ASSERT_EQ(accepted.ids.size(), 1u);
  const v1::Event event = Find(accepted.ids[0]);
  EXPECT_EQ(event.id(), accepted.ids[0]);
  EXPECT_EQ(event.source(), "default");
  EXPECT_EQ(event.type(), v1::EVENT_TYPE_EVENTS_TRACK);
  EXPECT_EQ(event.events_track().insert_id(), "i-1");
  EXPECT_EQ(TimeOf(event.receive_time()).value(), clock_.Now());
}

TEST_F(WebhookHandlerTest, GivesIdsByIndexOfTheArray) {
  const Accepted accepted =
      ParseAccepted(Deliver(absl::StrCat("[", Track("a"), ",", Track("b"), ",", Track("c"), "]")));
  EXPECT_EQ(accepted.accepted, 3);
  ASSERT_EQ(accepted.ids.size(), 3u);
  EXPECT_EQ(Find(accepted.ids[0]).events_track().insert_id(), "a");
  EXPECT_EQ(Find(accepted.ids[1]).events_track().insert_id(), "b");
  EXPECT_EQ(Find(accepted.ids[2]).events_track().insert_id(), "c");
}

TEST_F(WebhookHandlerTest, CountsDuplicatesAndGivesTheirIds) {
  const Accepted first = ParseAccepted(Deliver(Track("a")));
  const Accepted retry = ParseAccepted(Deliver(Track("a")));
  EXPECT_EQ(retry.accepted, 0);
  EXPECT_EQ(retry.duplicates, 1);
  EXPECT_EQ(retry.ids, first.ids);
  const Accepted mixed = ParseAccepted(Deliver(absl::StrCat("[", Track("b"), ",", Track("a"), ",", Track("b"), "]")));
  EXPECT_EQ(mixed.accepted, 1);
  EXPECT_EQ(mixed.duplicates, 2);
  ASSERT_EQ(mixed.ids.size(), 3u);
  EXPECT_EQ(mixed.ids[1], first.ids.at(0));
  EXPECT_EQ(mixed.ids[2], mixed.ids[0]);
  EXPECT_EQ(log_->Info().events, 2);
}

TEST_F(WebhookHandlerTest, AnEmptyArrayIsAcceptedAsNothing) {
  EXPECT_EQ(Deliver("[]").body, R"({"accepted":0,"duplicates":0,"ids":[]})");
  EXPECT_EQ(log_->Info().events, 0);
}

TEST_F(WebhookHandlerTest, KeepsAVerifiedEventOfAnUnknownType) {
  const Accepted accepted = ParseAccepted(Deliver(R"({"type":"charts.shared","data":{"id":5}})"));
  ASSERT_EQ(accepted.ids.size(), 1u);
  EXPECT_EQ(Find(accepted.ids[0]).unrecognized().type(), "charts.shared");
}

TEST_F(WebhookHandlerTest, KeepsAValidTraceParentOnly) {
  const std::string body = Track("traced");
  HttpHead head = HeadOf(body);
  head.headers.emplace_back("TraceParent", kTraceParent);
  EXPECT_EQ(Find(ParseAccepted(Ask(head, body)).ids.at(0)).trace_parent(), kTraceParent);
  const std::string other = Track("not traced");
  head = HeadOf(other);
  head.headers.emplace_back("TraceParent", "00-nonsense");
  EXPECT_EQ(Find(ParseAccepted(Ask(head, other)).ids.at(0)).trace_parent(), "");
}

TEST_F(WebhookHandlerTest, TellsSourcesApart) {
  EXPECT_THAT(DeliverTo("shop", kSecret, Track("a")), IsError(401, "SIGNATURE_INVALID"));
  EXPECT_EQ(Find(ParseAccepted(DeliverTo("shop", "old", Track("a"))).ids.at(0)).source(), "shop");
  EXPECT_EQ(Find(ParseAccepted(DeliverTo("shop", "new", Track("b"))).ids.at(0)).source(), "shop");
  EXPECT_EQ(ParseAccepted(Deliver(Track("a"))).accepted, 1) << "the same insert_id of another source is another event";
}

TEST_F(WebhookHandlerTest, ASourceWithoutASecretRefusesEverything) {
  EXPECT_THAT(DeliverTo("closed", "", Track("a")), IsError(401, "SIGNATURE_INVALID"));
  EXPECT_THAT(DeliverTo("closed", kSecret, Track("a")), IsError(401, "SIGNATURE_INVALID"));
  EXPECT_EQ(log_->Info().events, 0);
}

TEST_F(WebhookHandlerTest, RefusesWithoutSayingWhatIsWrongWithTheSignature) {
  const std::string body = Track("a");
  HttpHead head = HeadOf(body);
  head.headers[1].second = Signed("another body");
  const HttpAnswer wrong = Ask(head, body);
  EXPECT_THAT(wrong, IsError(401, "SIGNATURE_INVALID"));
  head.headers[1].second = "nonsense";
  EXPECT_EQ(Ask(head, body).body, wrong.body);
  head.headers.pop_back();
  EXPECT_EQ(Ask(head, body).body, wrong.body);
  head.headers = HeadOf(body).headers;
  head.headers.emplace_back("x-amplitude-signature", Signed("another body"));
  EXPECT_EQ(Ask(head, body).body, wrong.body);
  EXPECT_EQ(log_->Info().events, 0);
}

TEST_F(WebhookHandlerTest, TheSameSignatureTwiceIsOne) {
  const std::string body = Track("a");
  HttpHead head = HeadOf(body);
  head.headers.push_back(head.headers[1]);
  EXPECT_EQ(ParseAccepted(Ask(head, body)).accepted, 1);
}

// A parser that saw these would answer 400 or 422.
TEST_F(WebhookHandlerTest, ParsesNothingThatIsNotVerified) {
  for (const std::string body : {"{", "not json", "", R"({"type":5})", R"([{"type":"event.track","data":{}}])"}) {
    HttpHead head = HeadOf(body);
    head.headers[1].second = Signed(body, "another secret");
    EXPECT_THAT(Ask(head, body), IsError(401, "SIGNATURE_INVALID")) << body;
  }
}

TEST_F(WebhookHandlerTest, SaysWhereABodyIsNoJson) {
  const HttpAnswer answer = Deliver(R"({"type":"event.track","data":{"time":01}})");
  EXPECT_THAT(answer, IsError(400, "MALFORMED_JSON"));
  EXPECT_THAT(answer.body, HasSubstr("byte 37"));
  EXPECT_THAT(Deliver(""), IsError(400, "MALFORMED_JSON"));
  EXPECT_EQ(log_->Info().events, 0);
}

TEST_F(WebhookHandlerTest, SaysWhichFieldDoesNotFitAndNotItsValue) {
  const HttpAnswer answer = Deliver(R"({"type":"event.track","data":{"event_type":"Buy","time":"private"}})");
  EXPECT_THAT(answer, IsError(422, "INVALID_EVENT"));
  EXPECT_THAT(answer.body, AllOf(HasSubstr(R"("field":"data.time")"), Not(HasSubstr("private"))));
}

TEST_F(WebhookHandlerTest, KeepsNothingOfAnArrayWithABadItem) {
  const HttpAnswer answer =
      Deliver(absl::StrCat("[", Track("a"), ",", Track("b"), R"(,{"type":"event.track","data":{"time":1}}])"));
  EXPECT_THAT(answer, IsError(422, "INVALID_EVENT"));
  EXPECT_THAT(answer.body, HasSubstr(R"("field":"[2].data.event_type")"));
  EXPECT_EQ(log_->Info().events, 0);
}

class WebhookHandlerSourcesTest : public WebhookHandlerTest {
 protected:
  // Sources `token` and `export` take the token "open", `export` one shape only.
  WebhookHandlerSourcesTest() {
    const auto token = std::make_shared<StaticTokenVerifier>("x-token", std::vector<std::string>{"open"});
    WebhookHandler::Options options;
    options.sources = {HmacSource("default", {kSecret}), {"token", token}, {"export", token, Shape::kExportEvent}};
    handler_->SetOptions(options);
  }

  HttpAnswer DeliverWithToken(absl::string_view source, absl::string_view body, const std::string& token = "open") {
    HttpHead head = HeadOf(body);
    head.path = absl::StrCat("/webhooks/amplitude/", source);
    head.headers[1] = {"X-Token", token};
    return Ask(head, body);
  }
};

constexpr absl::string_view kExported =
    R"({"event_type":"Buy","event_time":"2026-01-02 03:04:05","session_id":"none"})";

TEST_F(WebhookHandlerSourcesTest, VerifiesEachSourceByItsOwnSchemeOnly) {
  EXPECT_EQ(ParseAccepted(DeliverWithToken("token", Track("a"))).accepted, 1);
  EXPECT_THAT(DeliverWithToken("token", Track("b"), "shut"), IsError(401, "SIGNATURE_INVALID"));
  EXPECT_THAT(DeliverWithToken("default", Track("b")), IsError(401, "SIGNATURE_INVALID"));
  EXPECT_THAT(DeliverTo("token", kSecret, Track("b")), IsError(401, "SIGNATURE_INVALID"));
}

TEST_F(WebhookHandlerSourcesTest, ReadsEachSourceByItsOwnShape) {
  EXPECT_EQ(ParseAccepted(DeliverWithToken("token", kExported)).accepted, 1);
  EXPECT_EQ(ParseAccepted(DeliverWithToken("export", kExported)).accepted, 1);
  EXPECT_EQ(ParseAccepted(DeliverWithToken("token", Track("a"))).accepted, 1);
  EXPECT_THAT(DeliverWithToken("export", Track("a")), IsError(422, "INVALID_EVENT"));
}

TEST_F(WebhookHandlerSourcesTest, CountsWhatItCouldNotUnderstandBySource) {
  EXPECT_THAT(handler_->UnreadFields(), ElementsAre(Pair("default", 0), Pair("export", 0), Pair("token", 0)));
  DeliverWithToken("token", kExported);
  DeliverWithToken("token", absl::StrCat("[", kExported, ",", kExported, "]"));
  DeliverWithToken("export", kExported);
  EXPECT_THAT(handler_->UnreadFields(), ElementsAre(Pair("default", 0), Pair("export", 1), Pair("token", 3)));
  handler_->SetOptions({});
  EXPECT_THAT(handler_->UnreadFields(), ElementsAre(Pair("export", 1), Pair("token", 3)));
}

TEST_F(WebhookHandlerTest, HoldsDeliveriesToTheLimits) {
  WebhookHandler::Options options;
  options.limits.max_events = 2;
  Make({}, options);
  EXPECT_THAT(Deliver(absl::StrCat("[", Track("a"), ",", Track("b"), ",", Track("c"), "]")),
              IsError(422, "INVALID_EVENT"));
  EXPECT_EQ(log_->Info().events, 0);
}

TEST_F(WebhookHandlerTest, RefusesPathsThatAreNone) {
  for (const std::string path : {"/", "", "/webhooks/amplitude", "/webhooks/other/default", "/livez", "*"}) {
    HttpHead head = HeadOf("[]");
    head.path = path;
    EXPECT_THAT(Ask(head, "[]"), IsError(404, "NOT_FOUND")) << path;
  }
}

TEST_F(WebhookHandlerTest, RefusesSourcesThatAreNone) {
  for (const std::string source : {"", "other", "Default", "default/", "default/x", "/default"}) {
    EXPECT_THAT(DeliverTo(source, kSecret, "[]"), IsError(404, "UNKNOWN_SOURCE")) << source;
  }
}

TEST_F(WebhookHandlerTest, RefusesOtherMethods) {
  for (const std::string method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    HttpHead head = HeadOf("[]");
    head.method = method;
    const HttpAnswer answer = Ask(head, "[]");
    EXPECT_THAT(answer, IsError(405, "METHOD_NOT_ALLOWED")) << method;
    EXPECT_THAT(answer.headers, ElementsAre(Pair("Allow", "POST")));
  }
}

TEST_F(WebhookHandlerTest, TakesJsonOnly) {
  for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", "",
                                 "multipart/form-data; boundary=x", "text/html; application/json"}) {
    HttpHead head = HeadOf("[]");
    head.headers[0].second = type;
    EXPECT_THAT(Ask(head, "[]"), IsError(415, "UNSUPPORTED_MEDIA_TYPE")) << type;
  }
  for (const std::string type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                                 "application/json;charset=UTF-8", "application/json ; x=y"}) {
    HttpHead head = HeadOf("[]");
    head.headers[0].second = type;
    EXPECT_EQ(Ask(head, "[]").status, 200) << type;
  }
}

TEST_F(WebhookHandlerTest, TakesADeliveryWithoutAContentType) {
  HttpHead head = HeadOf("[]");
  head.headers.erase(head.headers.begin());
  EXPECT_EQ(Ask(head, "[]").status, 200);
}

TEST_F(WebhookHandlerTest, RefusesWhatTheLogHasNoRoomFor) {
  MemoryLog::Options log_options;
  log_options.max_waiting_bytes = 1;
  Make(log_options, {});
  const HttpAnswer answer = Deliver(Track("a"));
  EXPECT_THAT(answer, IsError(503, "OVERLOADED"));
  EXPECT_THAT(answer.headers, ElementsAre(Pair("Retry-After", "1")));
}

TEST_F(WebhookHandlerTest, RefusesWhatTheLogDoesNotTake) {
  log_->Stop(absl::InfiniteFuture());
  const HttpAnswer answer = Deliver(Track("a"));
  EXPECT_THAT(answer, IsError(503, "LOG_UNAVAILABLE"));
  EXPECT_THAT(answer.headers, ElementsAre(Pair("Retry-After", "1")));
}

TEST_F(WebhookHandlerTest, RefusesWhatTheLogDoesNotGetToInTime) {
  WebhookHandler::Options options;
  options.append_timeout = absl::ZeroDuration();
  Make({}, options);
  EXPECT_THAT(Deliver(Track("a")), IsError(503, "LOG_UNAVAILABLE"));
  EXPECT_EQ(log_->Info().events, 0);
}

TEST_F(WebhookHandlerTest, TakesNoDeliveryWhileItDrains) {
  const HttpHead head = HeadOf("[]");
  EXPECT_FALSE(handler_->CheckHead(head).has_value());
  handler_->StartDraining();
  const absl::optional<HttpAnswer> refusal = handler_->CheckHead(head);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_THAT(*refusal, IsError(503, "DRAINING"));
  EXPECT_THAT(refusal->headers, ElementsAre(Pair("Retry-After", "1")));
}

TEST_F(WebhookHandlerTest, FinishesWhatBeganBeforeTheDrain) {
  const std::string body = Track("a");
  const HttpHead head = HeadOf(body);
  ASSERT_FALSE(handler_->CheckHead(head).has_value());
  handler_->StartDraining();
  EXPECT_EQ(ParseAccepted(Handled(head, body)).accepted, 1);
}

// The clock of the log need not be that of the machine: a test's stands still, and a real one may be set.
TEST_F(WebhookHandlerTest, WaitsForTheLogWhateverTheClockSays) {
  for (const absl::Time now : {absl::FromUnixSeconds(0), absl::FromUnixSeconds(4102444800)}) {
    clock_.Set(now);
    Make({}, {});
    for (int i = 0; i < 20; ++i) EXPECT_EQ(ParseAccepted(Deliver(Track(absl::StrCat(i)))).accepted, 1);
  }
}

}  // namespace
}  // namespace ampstream
