#include "client/cli/tail.h"

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "client/call_error.h"
#include "client/cli/cursor_file.h"
#include "client/cli/error_text.h"
#include "client/cli/event_lines.h"
#include "client/cli/reader_watch.h"
#include "client/cli/signal_text.h"
#include "client/event_stream.h"
#include "client/subscriber.h"

namespace ampstream {
namespace {

// One run of `tail`. Thread-compatible.
class Tail {
 public:
  Tail(const TailOptions& options, LineWriter& out, const Notices& notices)
      : options_(options), cursor_file_(options.cursor_file), out_(out), notices_(notices) {}

  absl::Status Run() {
    absl::StatusOr<v1::SubscribeRequest> request = Request();
    if (!request.ok()) return request.status();
    const std::unique_ptr<EventStream> stream = Subscriber::Connect(options_.grpc_address).Subscribe(*request);
    const ReaderWatch watch(out_.fd(), [&stream] { stream->Cancel(); });
    const absl::Status end = stream->ForEach([this](const v1::SubscribeResponse& response) { return Take(response); });
    if (!failed_.ok()) return failed_;
    if (watch.gone()) return absl::OkStatus();
    return end.ok() ? end : absl::Status(end.code(), Explain(CallError::Of(end)));
  }

 private:
  // What to ask for: from the cursor file on, where there is one with a cursor.
  absl::StatusOr<v1::SubscribeRequest> Request() const {
    v1::SubscribeRequest request = options_.request;
    if (options_.cursor_file.empty()) return request;
    absl::StatusOr<std::string> cursor = cursor_file_.Read();
    if (!cursor.ok()) return cursor.status();
    if (cursor->empty()) return request;
    notices_.Say(LogLevel::kInfo, absl::StrCat("resuming after ", *cursor, ", the cursor in ", cursor_file_.path(),
                                               options_.start_given ? "; --from is not used" : ""));
    request.set_cursor(*std::move(cursor));
    return request;
  }

  // Whether to go on.
  bool Take(const v1::SubscribeResponse& response) {
    absl::StatusOr<std::string> lines = EventLines(response.events(), options_.output);
    failed_ = lines.status();
    if (!failed_.ok()) return false;
    if (!out_.Write(*lines)) {
      failed_ = out_.status();
      return false;
    }
    last_cursor_ = response.cursor();
    if (!options_.cursor_file.empty()) failed_ = cursor_file_.Replace(last_cursor_);
    const SignalText signal = TextOfSignal(response);
    if (!signal.text.empty()) notices_.Say(signal.level, signal.text);
    return failed_.ok();
  }

  std::string Explain(const CallError& error) const {
    std::string text = ErrorText(error, options_.grpc_address);
    if (error.retriable() && !last_cursor_.empty()) {
      absl::StrAppend(&text, "; ", options_.cursor_file.empty() ? "--from " + last_cursor_ : "running it again",
                      " resumes where it ended");
    } else if (error.code == absl::StatusCode::kOutOfRange && !options_.cursor_file.empty()) {
      absl::StrAppend(&text, "; first remove ", cursor_file_.path(), ", whose cursor wins over --from");
    }
    return text;
  }

  const TailOptions& options_;
  const CursorFile cursor_file_;
  LineWriter& out_;
  const Notices& notices_;
  std::string last_cursor_;
  // What failed on this side.
  absl::Status failed_;
};

}  // namespace

absl::Status Run(const TailOptions& options, LineWriter& out, const Notices& notices) {
  return Tail(options, out, notices).Run();
}

}  // namespace ampstream
