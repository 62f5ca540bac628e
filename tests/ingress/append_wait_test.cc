#include "server/ingress/append_wait.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "server/event/event_id.h"
#include "server/event/position.h"
#include "tests/testing/fake_clock.h"

namespace ampstream {
namespace {

// An EventLog that keeps what it is given, and answers when the test says so. Of one Append; the rest does nothing.
class LogInHand final : public EventLog {
 public:
  void Append(std::vector<NewEvent> delivery, absl::Time deadline, Done done) override {
    delivery_ = std::move(delivery);
    deadline_ = deadline;
    done_ = std::move(done);
    if (answers_at_once_) Answer();
    if (answers_on_a_thread_) thread_ = std::thread([this] { Answer(); });
  }
  ~LogInHand() override {
    if (thread_.joinable()) thread_.join();
  }

  void Answer() { std::move(done_)(std::move(answer_)); }

  absl::StatusOr<Position> Resolve(const StartAt&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<ReadResult> Read(Position, const ReadLimits&) override { return absl::UnimplementedError(""); }
  absl::StatusOr<std::string> Find(const EventId&) override { return absl::UnimplementedError(""); }
  LogInfo Info() const override { return LogInfo(); }
  absl::StatusOr<Position> Start(Listener*) override { return absl::UnimplementedError(""); }
  void Stop(absl::Time) override {}

  absl::StatusOr<std::vector<Appended>> answer_ = std::vector<Appended>();
  bool answers_at_once_ = false;
  bool answers_on_a_thread_ = false;
  std::vector<NewEvent> delivery_;
  absl::Time deadline_;
  Done done_;
  std::thread thread_;
};

std::vector<NewEvent> DeliveryOf(const std::string& encoded) {
  return {{EventId::Of({encoded}), absl::UnixEpoch(), encoded}};
}

// Shorter than the moment beyond it, so that the wait is over before it begins.
constexpr absl::Duration kNoTime = absl::Hours(-1);

TEST(AppendWaitTest, ReturnsWhatTheLogAnswersOnAnotherThread) {
  LogInHand log;
  log.answers_on_a_thread_ = true;
  const EventId id = EventId::Of({"a"});
  log.answer_ = std::vector<Appended>{{Appended::Outcome::kDuplicate, id, Position(7)}};
  const auto appended = AppendAndWait(log, FakeClock(), DeliveryOf("a"), absl::Seconds(20));
  ASSERT_TRUE(appended.ok()) << appended.status();
  ASSERT_EQ(appended->size(), 1u);
  EXPECT_EQ(appended->front().outcome, Appended::Outcome::kDuplicate);
  EXPECT_EQ(appended->front().id, id);
  EXPECT_EQ(appended->front().position, Position(7));
}

TEST(AppendWaitTest, HandsOnTheDeliveryAndADeadlineByTheClock) {
  LogInHand log;
  log.answers_on_a_thread_ = true;
  const FakeClock clock;
  ASSERT_TRUE(AppendAndWait(log, clock, DeliveryOf("encoded"), absl::Seconds(20)).ok());
  ASSERT_EQ(log.delivery_.size(), 1u);
  EXPECT_EQ(log.delivery_[0].encoded, "encoded");
  EXPECT_EQ(log.deadline_, clock.Now() + absl::Seconds(20));
}

TEST(AppendWaitTest, ReturnsTheErrorOfTheLog) {
  for (const absl::Status& error : {absl::UnavailableError("the disk is full"), absl::ResourceExhaustedError("much"),
                                    absl::DeadlineExceededError("late")}) {
    LogInHand log;
    log.answers_on_a_thread_ = true;
    log.answer_ = error;
    EXPECT_EQ(AppendAndWait(log, FakeClock(), DeliveryOf("a"), absl::Seconds(20)).status(), error);
  }
}

// As a log does that has stopped.
TEST(AppendWaitTest, TakesAnAnswerFromInsideOfAppend) {
  LogInHand log;
  log.answers_at_once_ = true;
  log.answer_ = absl::UnavailableError("stopped");
  EXPECT_TRUE(absl::IsUnavailable(AppendAndWait(log, FakeClock(), DeliveryOf("a"), absl::Seconds(20)).status()));
  LogInHand late;
  late.answers_at_once_ = true;
  EXPECT_TRUE(AppendAndWait(late, FakeClock(), DeliveryOf("a"), kNoTime).ok()) << "an answer that is there is taken";
}

TEST(AppendWaitTest, GivesUpALogThatDoesNotAnswerInTime) {
  LogInHand log;
  EXPECT_TRUE(absl::IsDeadlineExceeded(AppendAndWait(log, FakeClock(), DeliveryOf("a"), kNoTime).status()));
  log.Answer();  // Nobody waits for it any more; it must find its place all the same.
}

TEST(AppendWaitTest, GivesTheLogAMomentBeyondItsDeadline) {
  LogInHand log;
  const absl::Time start = absl::Now();
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(AppendAndWait(log, FakeClock(), DeliveryOf("a"), absl::Milliseconds(1)).status()));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(500));
  log.Answer();
}

}  // namespace
}  // namespace ampstream
