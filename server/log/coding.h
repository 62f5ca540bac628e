#ifndef AMPSTREAM_SERVER_LOG_CODING_H_
#define AMPSTREAM_SERVER_LOG_CODING_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/event/position.h"

// How numbers and times stand in the keys and values of the log on disk. Fixed ones are big-endian, so that keys sort
// as their numbers do.
namespace ampstream {

void PutFixed32(uint32_t value, std::string* out);
void PutFixed64(uint64_t value, std::string* out);

// Nanoseconds since 1970, 8 bytes that sort as the times do; what is beyond 1677 to 2262 is infinite.
void PutTime(absl::Time time, std::string* out);

// 7 bits a byte, the lowest first; all but the last have the eighth bit set.
void PutVarint(uint64_t value, std::string* out);

// A key that is a position.
std::string EncodePositionKey(Position position);

// Each takes one off the front. False: there is none, and nothing is promised of `value` and `in`.
bool TakeFixed32(absl::string_view* in, uint32_t* value);
bool TakeFixed64(absl::string_view* in, uint64_t* value);
bool TakeTime(absl::string_view* in, absl::Time* time);
bool TakeVarint(absl::string_view* in, uint64_t* value);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_LOG_CODING_H_
