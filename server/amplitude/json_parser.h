#ifndef AMPSTREAM_SERVER_AMPLITUDE_JSON_PARSER_H_
#define AMPSTREAM_SERVER_AMPLITUDE_JSON_PARSER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/amplitude/json_value.h"

namespace ampstream {

struct JsonLimits {
  int max_events;  // Items of an array at the top.
  // JSON values in one such item, or in an object at the top; itself counts. Those in an item of an array under an
  // IsBatchKey of that object, or of its `data`, count for that item alone.
  int max_event_values;
};

// `users` and `charts`: an object that has such an array may be a batch, and become several events.
bool IsBatchKey(absl::string_view key);

// Parses the body of one delivery after the other, in the same memory. Thread-compatible.
class JsonParser {
 public:
  // Arrays and objects inside of each other.
  static constexpr int kMaxDepth = 64;

  JsonParser();
  ~JsonParser();

  // The body's value, an object or an array; it lives until the next call of a method, and as long as the body is not
  // changed. The body's capacity may grow, its bytes stay. Needs about 150 bytes of memory for each JSON value within
  // the limits, and six for each byte of the body. INVALID_ARGUMENT (NotJson); FAILED_PRECONDITION (DoesNotFit): more
  // than the limits allow.
  absl::StatusOr<const JsonValue*> Parse(std::string& body, const JsonLimits& limits);

  // Gives back the memory that an unusually large body needed. No value of it may be used any more.
  void Clear();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_AMPLITUDE_JSON_PARSER_H_
