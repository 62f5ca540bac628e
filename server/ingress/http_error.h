#ifndef AMPSTREAM_SERVER_INGRESS_HTTP_ERROR_H_
#define AMPSTREAM_SERVER_INGRESS_HTTP_ERROR_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

// Why a delivery is refused, and the one table from that to HTTP (https://www.rfc-editor.org/rfc/rfc9110).
namespace ampstream {

enum class HttpError {
  kMalformedRequest,             // 400
  kMalformedJson,                // 400
  kSignatureInvalid,             // 401
  kNotFound,                     // 404
  kUnknownSource,                // 404
  kMethodNotAllowed,             // 405
  kRequestTimeout,               // 408
  kLengthRequired,               // 411
  kBodyTooLarge,                 // 413
  kUnsupportedMediaType,         // 415
  kInvalidEvent,                 // 422
  kHeadersTooLarge,              // 431
  kInternal,                     // 500
  kTransferEncodingUnsupported,  // 501
  kLogUnavailable,               // 503
  kOverloaded,                   // 503
  kDraining,                     // 503
};

int StatusOf(HttpError error);

// As it stands in the answer: `SIGNATURE_INVALID`.
absl::string_view ReasonOf(HttpError error);

// What is sent back.
struct HttpAnswer {
  int status = 200;
  std::string body;  // JSON.
  std::vector<std::pair<std::string, std::string>> headers;
};

// `{"error":{"reason","message","field"}}`, the field only where there is one.
HttpAnswer ErrorAnswer(HttpError error, absl::string_view message, absl::string_view field = "");

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_INGRESS_HTTP_ERROR_H_
