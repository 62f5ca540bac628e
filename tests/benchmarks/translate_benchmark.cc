// How many events a second one core translates, from the JSON body to the encoded event:
//   bazel run -c opt //tests/benchmarks:translate_benchmark

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "server/amplitude/translator.h"

namespace ampstream {
namespace {

// Some 500 bytes, as they come from a client library.
std::string Track() {
  return R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track",)"
         R"("event_id":"e-1","event_type":"Button Clicked","time":1767323045678,"user_id":"user-123456",)"
         R"("device_id":"0f6f7c8e-0000-4000-8000-000000000001","session_id":1767323000000,)"
         R"("insert_id":"5f0adeff-6668-4427-8d02-57d803a2b841","app_version":"2.1.3","platform":"iOS",)"
         R"("event_properties":{"button":"signup","count":3,"page":"/pricing"},"user_properties":{"plan":"pro"},)"
         R"("country":"France","language":"French"}})";
}

// The same without further fields, and without free maps.
std::string PlainTrack() {
  return R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track",)"
         R"("event_id":"e-1","event_type":"Button Clicked","time":1767323045678,"user_id":"user-123456"}})";
}

// The same as Amplitude itself posts it.
std::string Exported() {
  return R"({"event_id":42,"event_type":"Button Clicked","event_time":"2026-01-02 03:04:05.678000",)"
         R"("user_id":"user-123456","device_id":"0f6f7c8e-0000-4000-8000-000000000001","session_id":1767323000000,)"
         R"("$insert_id":"5f0adeff-6668-4427-8d02-57d803a2b841","version_name":"2.1.3","platform":"iOS",)"
         R"("event_properties":{"button":"signup","count":3,"page":"/pricing"},"user_properties":{"plan":"pro"},)"
         R"("country":"France","language":"French","client_event_time":"2026-01-02 03:04:05.600000"})";
}

std::string Cohort(int users) {
  std::string body =
      R"({"cohort_name":"Power users","cohort_id":"7khm89cz","in_cohort":true,"message_id":"m","users":[)";
  for (int i = 0; i < users; ++i)
    absl::StrAppend(&body, i == 0 ? "" : ",", R"({"user_id":"user-)", i, R"(","user_properties":{"plan":"pro"}})");
  return body + "]}";
}

std::string Batch(int size) {
  std::string body = "[";
  for (int i = 0; i < size; ++i) absl::StrAppend(&body, i == 0 ? "" : ",", Track());
  return body + "]";
}

void Translate(benchmark::State& state, std::string body, int events) {
  Translator translator{TranslateLimits()};
  const DeliveryInfo delivery{"default", absl::FromUnixSeconds(1767326400), ""};
  for (auto unused : state) {
    const absl::StatusOr<std::vector<NewEvent>> translated = translator.Translate(body, delivery);
    if (!translated.ok()) {
      std::cerr << translated.status() << "\n";
      std::exit(1);
    }
    benchmark::DoNotOptimize(translated->data());
  }
  state.SetItemsProcessed(state.iterations() * events);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(body.size()));
}

BENCHMARK_CAPTURE(Translate, Track, Track(), 1);
BENCHMARK_CAPTURE(Translate, PlainTrack, PlainTrack(), 1);
BENCHMARK_CAPTURE(Translate, Batch, Batch(100), 100);
BENCHMARK_CAPTURE(Translate, Exported, Exported(), 1);
BENCHMARK_CAPTURE(Translate, Cohort, Cohort(10000), 10);

}  // namespace
}  // namespace ampstream

BENCHMARK_MAIN();
