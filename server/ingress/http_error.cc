#include "server/ingress/http_error.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace ampstream {
namespace {

// A JSON string (RFC 8259, section 7). The text is UTF-8.
std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", c);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

}  // namespace

int StatusOf(HttpError error) {
  switch (error) {
    case HttpError::kMalformedRequest:
    case HttpError::kMalformedJson:
      return 400;
    case HttpError::kSignatureInvalid:
      return 401;
    case HttpError::kNotFound:
    case HttpError::kUnknownSource:
      return 404;
    case HttpError::kMethodNotAllowed:
      return 405;
    case HttpError::kRequestTimeout:
      return 408;
    case HttpError::kLengthRequired:
      return 411;
    case HttpError::kBodyTooLarge:
      return 413;
    case HttpError::kUnsupportedMediaType:
      return 415;
    case HttpError::kInvalidEvent:
      return 422;
    case HttpError::kHeadersTooLarge:
      return 431;
    case HttpError::kInternal:
      return 500;
    case HttpError::kTransferEncodingUnsupported:
      return 501;
    case HttpError::kLogUnavailable:
    case HttpError::kOverloaded:
    case HttpError::kDraining:
      return 503;
  }
  return 500;
}

absl::string_view ReasonOf(HttpError error) {
  switch (error) {
    case HttpError::kMalformedRequest:
      return "MALFORMED_REQUEST";
    case HttpError::kMalformedJson:
      return "MALFORMED_JSON";
    case HttpError::kSignatureInvalid:
      return "SIGNATURE_INVALID";
    case HttpError::kNotFound:
      return "NOT_FOUND";
    case HttpError::kUnknownSource:
      return "UNKNOWN_SOURCE";
    case HttpError::kMethodNotAllowed:
      return "METHOD_NOT_ALLOWED";
    case HttpError::kRequestTimeout:
      return "REQUEST_TIMEOUT";
    case HttpError::kLengthRequired:
      return "LENGTH_REQUIRED";
    case HttpError::kBodyTooLarge:
      return "BODY_TOO_LARGE";
    case HttpError::kUnsupportedMediaType:
      return "UNSUPPORTED_MEDIA_TYPE";
    case HttpError::kInvalidEvent:
      return "INVALID_EVENT";
    case HttpError::kHeadersTooLarge:
      return "HEADERS_TOO_LARGE";
    case HttpError::kInternal:
      return "INTERNAL";
    case HttpError::kTransferEncodingUnsupported:
      return "TRANSFER_ENCODING_UNSUPPORTED";
    case HttpError::kLogUnavailable:
      return "LOG_UNAVAILABLE";
    case HttpError::kOverloaded:
      return "OVERLOADED";
    case HttpError::kDraining:
      return "DRAINING";
  }
  return "INTERNAL";
}

HttpAnswer ErrorAnswer(HttpError error, absl::string_view message, absl::string_view field) {
  HttpAnswer answer;
  answer.status = StatusOf(error);
  answer.body = absl::StrCat("{\"error\":{\"reason\":\"", ReasonOf(error), "\",\"message\":", Quoted(message));
  if (!field.empty()) absl::StrAppend(&answer.body, ",\"field\":", Quoted(field));
  answer.body += "}}";
  if (answer.status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

}  // namespace ampstream
