#ifndef AMPSTREAM_TESTS_INGRESS_RAW_CLIENT_H_
#define AMPSTREAM_TESTS_INGRESS_RAW_CLIENT_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"

namespace ampstream {

// A client's end of one TCP connection that sends exactly the bytes it is told, well-formed or not. Waits for the
// server at most 20 s, so that a test fails and does not hang. Thread-compatible.
class RawClient {
 public:
  struct Answer {
    int status = 0;                                   // 0: there was no whole answer.
    std::multimap<std::string, std::string> headers;  // Names in lower case.
    std::string body;

    // Of all headers of that name, in lower case, joined by `|`; empty where there is none.
    std::string Header(const std::string& name) const;
  };

  // Connects to host:port.
  explicit RawClient(const std::string& address);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return connected_; }

  // False: the server no longer takes it.
  bool Send(absl::string_view bytes);

  // Ends the client's own direction; it can still read.
  void EndSending();

  // What one recv(2) gives.
  std::string ReceiveOnce();

  // The next whole answer, `100 Continue` too.
  Answer ReadAnswer();

  // Whether nothing more comes and the server closed in good order, not by a reset.
  bool AtEnd();

 private:
  bool Fill();

  int fd_;
  bool connected_ = false;
  std::string buffer_;
};

// A POST with a Content-Length, and with these further header lines, each ended by CR LF.
std::string PostOf(absl::string_view path, absl::string_view body, absl::string_view header_lines = "");

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_INGRESS_RAW_CLIENT_H_
