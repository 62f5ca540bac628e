// What a filter expression costs: compiled, and asked of an encoded event; beside it, what parsing the event costs:
//   bazel run -c opt //tests/benchmarks:filter_benchmark

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "server/amplitude/translator.h"
#include "server/event/event_keys.h"
#include "server/filter/expression_matcher.h"
#include "tests/benchmarks/track_json.h"

namespace ampstream {
namespace {

constexpr char kOneTerm[] = R"(source = "default")";
constexpr char kThreeTerms[] = R"(type = "events.track" AND event_type = "Button Tap 007" AND user_id = "user-7")";
constexpr char kFreeTerms[] =
    R"(type = "events.track" AND event_properties.page = "/pricing" AND NOT event_properties.count > 10)";

// A typical event, encoded.
const std::string& Event() {
  static const std::string* const event = [] {
    Translator translator{TranslateLimits()};
    std::string body = TrackJson({7, 0});
    const auto events = translator.Translate(body, {"default", absl::FromUnixSeconds(1767323045), ""});
    if (!events.ok()) {
      std::cerr << events.status() << "\n";
      std::exit(1);
    }
    return new std::string(events->at(0).encoded);
  }();
  return *event;
}

void Match(benchmark::State& state, absl::string_view expression) {
  const auto matcher = ExpressionMatcher::Compile(expression, ExpressionLimits());
  for (auto unused : state) benchmark::DoNotOptimize((*matcher)->Matches(Event()));
}
BENCHMARK_CAPTURE(Match, OneTerm, kOneTerm);
BENCHMARK_CAPTURE(Match, ThreeTerms, kThreeTerms);
BENCHMARK_CAPTURE(Match, FreeTerms, kFreeTerms);

void Compile(benchmark::State& state, absl::string_view expression) {
  for (auto unused : state) benchmark::DoNotOptimize(ExpressionMatcher::Compile(expression, ExpressionLimits()));
}
BENCHMARK_CAPTURE(Compile, ThreeTerms, kThreeTerms);
BENCHMARK_CAPTURE(Compile, Unknown, absl::string_view("evnt_properties.plan = 1"));

// The most that a hostile one may cost.
void Refuse(benchmark::State& state, std::string expression) {
  for (auto unused : state) benchmark::DoNotOptimize(ExpressionMatcher::Compile(expression, ExpressionLimits()));
}
std::string Many() {
  std::string many = "id:*";
  for (int i = 1; i < 200; ++i) many += " OR a:*";
  return many;
}
BENCHMARK_CAPTURE(Refuse, ManyTerms, Many());
BENCHMARK_CAPTURE(Refuse, LongName, std::string(4000, 'a') + ":*");
BENCHMARK_CAPTURE(Refuse, LongText, "id = \"" + std::string(4000, 'a'));

void Keys(benchmark::State& state) {
  for (auto unused : state) benchmark::DoNotOptimize(KeysOf(Event()));
}
BENCHMARK(Keys);

void Parse(benchmark::State& state) {
  for (auto unused : state) {
    v1::Event event;
    benchmark::DoNotOptimize(event.ParseFromString(Event()));
  }
}
BENCHMARK(Parse);

}  // namespace
}  // namespace ampstream

BENCHMARK_MAIN();
