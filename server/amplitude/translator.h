#ifndef AMPSTREAM_SERVER_AMPLITUDE_TRANSLATOR_H_
#define AMPSTREAM_SERVER_AMPLITUDE_TRANSLATOR_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/amplitude/delivery.h"
#include "server/event/new_event.h"

namespace ampstream {

// Turns a verified delivery's body into encoded events. Holds a parser and an arena that are used again for the next
// delivery: keep one a thread. Thread-compatible.
class Translator {
 public:
  explicit Translator(const TranslateLimits& limits);
  ~Translator();

  // The events of an object, or of all objects of an array; all or none. The body's bytes are not changed; its capacity
  // may grow. `unread_fields`, if it is given, is set to how many optional fields could not be understood, and were
  // kept as they came. INVALID_ARGUMENT (NotJson) or FAILED_PRECONDITION (DoesNotFit): see translate_error.h.
  absl::StatusOr<std::vector<NewEvent>> Translate(std::string& body, const DeliveryInfo& delivery,
                                                  int64_t* unread_fields = nullptr);

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_TRANSLATOR_H_
