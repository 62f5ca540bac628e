#ifndef AMPSTREAM_CLIENT_CLI_SAMPLES_H_
#define AMPSTREAM_CLIENT_CLI_SAMPLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "ampstream/v1/event.pb.h"

// A webhook of each type, to try a server with.
namespace ampstream {

// The types that have a sample: all that ampstream knows, in the order of the enum.
std::vector<v1::EventType> SampleTypes();

// The type that a person named: `events.track`, or the sender's spelling, `event.track`. Nothing: no type that has a
// sample is called so.
absl::optional<v1::EventType> SampleTypeOfName(absl::string_view name);

// The body of a webhook of `type`, which must have a sample: the envelope with the sender's spelling of the type, JSON
// on one line. It happens at `now`, and its ids come from `unique`: another number is another event, never a duplicate.
std::string SampleWebhook(v1::EventType type, absl::Time now, uint64_t unique);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_SAMPLES_H_
