#include "tests/benchmarks/field_in.h"

#include "server/event/field_walk.h"

namespace ampstream {

absl::string_view FieldIn(absl::string_view encoded, int number) {
  FieldWalk walk(encoded);
  for (Field field; walk.Next(&field);) {
    if (field.number == number) return field.bytes;
  }
  return {};
}

}  // namespace ampstream
