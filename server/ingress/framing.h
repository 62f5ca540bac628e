#ifndef AMPSTREAM_SERVER_INGRESS_FRAMING_H_
#define AMPSTREAM_SERVER_INGRESS_FRAMING_H_

#include <cstddef>

#include "absl/types/optional.h"
#include "server/ingress/http_error.h"
#include "server/ingress/http_head.h"

namespace ampstream {

// Why a request is refused by what its head says of its body, before that is read: no length, one that is not a single
// number of digits, one over the limit, a length together with a transfer encoding, any transfer encoding, any content
// encoding.
absl::optional<HttpAnswer> FramingRefusal(const HttpHead& head, size_t max_body_bytes);

// Of a head that is not refused.
size_t BodySize(const HttpHead& head);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_FRAMING_H_
