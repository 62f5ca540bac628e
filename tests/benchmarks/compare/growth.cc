#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/base/status_macros.h"
#include "tests/benchmarks/compare/contest.h"
#include "tests/benchmarks/compare/sections.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

constexpr int kSenders = 8;
constexpr int kSubscribers = 10;  // Where something else grows.
constexpr int64_t kRequestBytes = 50000;
constexpr int64_t kFillPadding = 16100;
constexpr int64_t kFillArray = 100;
constexpr int64_t kFilledAtOnce = 200;      // Requests.
constexpr int64_t kFillFirst = 1000000000;  // Numbers that nothing else takes.
constexpr int64_t kStageEvents = 100000000;

int64_t EncodedSize(int64_t padding) { return static_cast<int64_t>(Encoded({0, 1, 0, padding})[0].size()); }

absl::Status AddRow(const Plan& plan, const Peer& peer, const std::string& folder, const std::string& name,
                    const TrialLoad& load, Table* table) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Trial> trial, Trial::Start(peer, folder, load));
  AMPSTREAM_RETURN_IF_ERROR(trial->WarmUp(plan.round));
  for (int round = 0; round < plan.rounds; ++round) AMPSTREAM_RETURN_IF_ERROR(trial->Round());
  const double rate = MedianOf(trial->samples(), &Sample::deliveries_per_second);
  const double cpu = MedianOf(trial->samples(), &Sample::cpu_seconds_per_million);
  const auto bytes = static_cast<double>(EncodedSize(load.padding));
  table->rows.push_back({name, Figure(rate / 1e3, 1), Figure(1e6 / rate, 3), Figure(cpu, 3),
                         Figure(rate / load.subscribers / 1e3, 1), Figure(rate * bytes / 1e6, 0)});
  return trial->Check();
}

// Puts events into a log of that server until it holds about so many bytes more.
absl::Status Fill(const Peer& peer, const std::string& folder, int64_t bytes, int64_t* number) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<RunningPeer> running, peer.Start(folder));
  AMPSTREAM_ASSIGN_OR_RETURN(const std::unique_ptr<Publishers> publishers, running->Connect(kSenders));
  const int64_t request_bytes = EncodedSize(kFillPadding) * kFillArray;
  for (int64_t filled = 0; filled < bytes;) {
    for (int64_t i = 0; i < kFilledAtOnce && filled < bytes; ++i, *number += kFillArray, filled += request_bytes)
      publishers->Prepare({*number, kFillArray, 0, kFillPadding});
    AMPSTREAM_RETURN_IF_ERROR(publishers->SendAll());
  }
  return absl::OkStatus();
}

absl::Status GrowLog(const Plan& plan, const Peer& peer, Table* table) {
  const TemporaryFolder folder;
  int64_t number = kFillFirst;
  int64_t bytes = 0;
  TrialLoad load{{kSenders, kArray}, kSubscribers};
  for (const int64_t wanted : plan.growth_log) {
    AMPSTREAM_RETURN_IF_ERROR(Fill(peer, folder.path(), wanted - bytes, &number));
    bytes = wanted;
    AMPSTREAM_RETURN_IF_ERROR(AddRow(plan, peer, folder.path(),
                                     absl::StrCat("log of ", Figure(static_cast<double>(wanted) / 1e9, 1), " GB"), load,
                                     table));
    load.first += kStageEvents - kStageEvents % (kSenders * kArray);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureGrowth(const Course& course, Findings* findings) {
  const Plan& plan = course.plan;
  const std::unique_ptr<Peer> peer = Ampstreamd(course.binaries.ampstreamd);
  Table table{
      "Growth",
      absl::StrCat("ampstreamd alone, events of 485 bytes in arrays of ", kArray, " from ", kSenders, " senders to ",
                   kSubscribers, " subscribers, where the row says nothing else; larger events in requests of ",
                   kRequestBytes / 1000, " kB. Medians of ", plan.rounds, " rounds."),
      {"what grows", "1,000 deliveries/s", "us a delivery", "server CPU us a delivery", "1,000 events/s",
       "MB/s delivered"},
      {}};
  for (const int subscribers : plan.growth_subscribers) {
    const TemporaryFolder folder;
    AMPSTREAM_RETURN_IF_ERROR(AddRow(plan, *peer, folder.path(), absl::StrCat(subscribers, " subscribers"),
                                     {{kSenders, kArray}, subscribers}, &table));
  }
  for (const int64_t padding : plan.growth_padding) {
    const int64_t bytes = EncodedSize(padding);
    const Senders senders{kSenders, std::clamp<int64_t>(kRequestBytes / bytes, 1, kArray)};
    const TemporaryFolder folder;
    AMPSTREAM_RETURN_IF_ERROR(AddRow(plan, *peer, folder.path(), absl::StrCat("events of ", bytes, " bytes"),
                                     {senders, kSubscribers, padding}, &table));
  }
  AMPSTREAM_RETURN_IF_ERROR(GrowLog(plan, *peer, &table));
  findings->tables.push_back(std::move(table));
  return absl::OkStatus();
}

}  // namespace ampstream
