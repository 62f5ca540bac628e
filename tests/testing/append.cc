#include "tests/testing/append.h"

#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <utility>

namespace ampstream {
namespace {

constexpr int kTries = 100;

}  // namespace

absl::StatusOr<std::vector<Appended>> AppendOnce(EventLog& log, std::vector<NewEvent> delivery, absl::Time deadline) {
  std::promise<absl::StatusOr<std::vector<Appended>>> answer;
  log.Append(std::move(delivery), deadline,
             [&](absl::StatusOr<std::vector<Appended>> result) { answer.set_value(std::move(result)); });
  return answer.get_future().get();
}

std::vector<Appended> Append(EventLog& log, const std::vector<NewEvent>& delivery) {
  for (int tries = 0; tries < kTries; ++tries) {
    absl::StatusOr<std::vector<Appended>> appended = AppendOnce(log, delivery);
    if (appended.ok()) return *std::move(appended);
  }
  ADD_FAILURE() << "refused " << kTries << " times";
  return {};
}

}  // namespace ampstream
