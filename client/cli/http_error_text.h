#ifndef AMPSTREAM_CLIENT_CLI_HTTP_ERROR_TEXT_H_
#define AMPSTREAM_CLIENT_CLI_HTTP_ERROR_TEXT_H_

#include <string>

#include "client/cli/http_post.h"

namespace ampstream {

// An answer other than 200 in one line: the code, reason, message and field of the server's error, and what to do where
// there is something to do. Of a body that is not such an error, its beginning.
//
//   HTTP 422 INVALID_FIELD: a number or RFC 3339 text is wanted (field data.time)
std::string HttpErrorText(const HttpAnswer& answer);

}  // namespace ampstream

#endif  // AMPSTREAM_CLIENT_CLI_HTTP_ERROR_TEXT_H_
