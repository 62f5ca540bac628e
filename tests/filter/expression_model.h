#ifndef AMPSTREAM_TESTS_FILTER_EXPRESSION_MODEL_H_
#define AMPSTREAM_TESTS_FILTER_EXPRESSION_MODEL_H_

#include "ampstream/v1/event.pb.h"
#include "server/filter/expression.h"

namespace ampstream {

// Whether an expression holds of an event, found by brute force: by reflection over the parsed event, a value after the
// other. Says what the matcher must say.
bool HoldsByReflection(const Expression& expression, const v1::Event& event);

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_FILTER_EXPRESSION_MODEL_H_
