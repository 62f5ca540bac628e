#include "server/ingress/translator_pool.h"

#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "gtest/gtest.h"
#include "server/amplitude/translate_error.h"

namespace ampstream {
namespace {

constexpr absl::Time kReceiveTime = absl::FromUnixSeconds(1767323045);

std::string BodyOf(absl::string_view insert_id) {
  return absl::StrCat(R"({"type":"event.track","data":{"event_type":"Buy","time":1767323045000,"insert_id":")",
                      insert_id, R"("}})");
}

// The insert_id of the one event that a pool makes of a body.
std::string Translated(TranslatorPool* pool, std::string body) {
  const absl::StatusOr<std::vector<NewEvent>> events = pool->Translate(body, {"shop", kReceiveTime, ""});
  if (!events.ok()) return events.status().ToString();
  v1::Event event;
  if (events->size() != 1 || !event.ParseFromString(events->front().encoded)) return "not one event";
  return absl::StrCat(event.source(), " ", event.events_track().insert_id());
}

TEST(TranslatorPoolTest, TranslatesOneAfterTheOther) {
  TranslatorPool pool({});
  EXPECT_EQ(Translated(&pool, BodyOf("first")), "shop first");
  EXPECT_EQ(Translated(&pool, BodyOf("second")), "shop second");
}

TEST(TranslatorPoolTest, ATranslatorThatRefusedIsGoodForTheNext) {
  TranslatorPool pool({});
  std::string not_json = "{";
  EXPECT_TRUE(absl::IsInvalidArgument(pool.Translate(not_json, {"shop", kReceiveTime, ""}).status()));
  std::string no_time = R"({"type":"event.track","data":{"event_type":"Buy"}})";
  const absl::Status refusal = pool.Translate(no_time, {"shop", kReceiveTime, ""}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refusal));
  EXPECT_EQ(FieldOf(refusal), "data.time");
  EXPECT_EQ(Translated(&pool, BodyOf("next")), "shop next");
}

TEST(TranslatorPoolTest, HoldsItsTranslatorsToTheLimits) {
  TranslateLimits limits;
  limits.max_events = 1;
  TranslatorPool pool(limits);
  std::string two = absl::StrCat("[", BodyOf("a"), ",", BodyOf("b"), "]");
  EXPECT_TRUE(absl::IsFailedPrecondition(pool.Translate(two, {"shop", kReceiveTime, ""}).status()));
}

TEST(TranslatorPoolTest, TranslatesOnManyThreadsAtOnce) {
  TranslatorPool pool({});
  std::vector<std::string> wrong(8);
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < wrong.size(); ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 200; ++i) {
        const std::string insert_id = absl::StrCat(thread, "-", i);
        const std::string translated = Translated(&pool, BodyOf(insert_id));
        if (translated != "shop " + insert_id) wrong[thread] = translated;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<std::string>(8));
}

}  // namespace
}  // namespace ampstream
