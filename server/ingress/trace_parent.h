#ifndef AMPSTREAM_SERVER_INGRESS_TRACE_PARENT_H_
#define AMPSTREAM_SERVER_INGRESS_TRACE_PARENT_H_

#include "absl/strings/string_view.h"

namespace ampstream {

// Whether it is a valid `traceparent` of version 00 (https://www.w3.org/TR/trace-context/#traceparent-header).
bool IsTraceParent(absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_TRACE_PARENT_H_
