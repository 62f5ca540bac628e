// A verified body becomes events, or is refused with one of two kinds of error; never anything else.

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ampstream/v1/event.pb.h"
#include "server/amplitude/translator.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using ampstream::NewEvent;
  static const auto* const limits = new ampstream::TranslateLimits();
  static auto* const translator = new ampstream::Translator(*limits);
  const ampstream::DeliveryInfo delivery = {"fuzz", absl::FromUnixSeconds(1767323045), ""};
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  std::string body = bytes;
  const absl::StatusOr<std::vector<NewEvent>> events = translator->Translate(body, delivery);
  AMPSTREAM_FUZZ_CHECK(body == bytes);
  const absl::StatusOr<std::vector<NewEvent>> again = translator->Translate(body, delivery);
  AMPSTREAM_FUZZ_CHECK(events.status() == again.status());
  if (!events.ok()) {
    AMPSTREAM_FUZZ_CHECK(absl::IsInvalidArgument(events.status()) || absl::IsFailedPrecondition(events.status()));
    AMPSTREAM_FUZZ_CHECK(!events.status().message().empty());
    return 0;
  }
  AMPSTREAM_FUZZ_CHECK(events->size() == again->size());
  AMPSTREAM_FUZZ_CHECK(events->size() <= static_cast<size_t>(limits->max_events));
  for (size_t i = 0; i < events->size(); ++i) {
    const NewEvent& event = (*events)[i];
    AMPSTREAM_FUZZ_CHECK(event.encoded.size() <= limits->max_event_bytes);
    AMPSTREAM_FUZZ_CHECK(event.encoded.size() == (*again)[i].encoded.size());
    ampstream::v1::Event parsed;
    AMPSTREAM_FUZZ_CHECK(parsed.ParseFromString(event.encoded));  // UTF-8 and depth included.
    AMPSTREAM_FUZZ_CHECK(parsed.id() == event.id.ToString());
    AMPSTREAM_FUZZ_CHECK(parsed.source() == "fuzz");
    AMPSTREAM_FUZZ_CHECK(parsed.payload_case() != ampstream::v1::Event::PAYLOAD_NOT_SET);
  }
  return 0;
}
