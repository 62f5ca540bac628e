#include "client/cli/command_line.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/http_post.h"
#include "client/cli/printable.h"
#include "client/cli/start_text.h"
#include "server/base/nearest_name.h"
#include "server/event/event_type.h"

namespace ampstream {
namespace {

absl::Status BadValue(absl::string_view flag, const absl::Status& why) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": ", why.message()));
}

absl::Status UnknownValue(absl::string_view flag, absl::string_view value, const std::vector<std::string>& known) {
  return absl::InvalidArgumentError(absl::StrCat(flag, ": \"", Printable(value), "\" is none of ",
                                                 absl::StrJoin(known, ", "), DidYouMean(value, known)));
}

absl::Status SetNumber(absl::string_view flag, absl::string_view text, int64_t& number) {
  if (absl::SimpleAtoi(text, &number) && number >= 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(flag, ": \"", Printable(text), "\" is no number from 0 on"));
}

absl::Status SetOutput(const Flags& flags, OutputFormat& output) {
  if (flags.output != "text" && flags.output != "json") return UnknownValue("--output", flags.output, {"text", "json"});
  output = flags.output == "text" ? OutputFormat::kText : OutputFormat::kJson;
  return absl::OkStatus();
}

absl::Status SetFilter(const Flags& flags, v1::EventFilter& filter) {
  for (const std::string& name : flags.types) {
    const auto type = EventTypeOfName(name);
    if (!type.has_value()) return UnknownValue("--type", name, EventTypeNames());
    filter.add_types(*type);
  }
  for (const std::string& source : flags.sources) filter.add_sources(source);
  for (const std::string& user_id : flags.user_ids) filter.add_user_ids(user_id);
  filter.set_expression(flags.where);
  return absl::OkStatus();
}

// The overloads of Set keep the first error: Update ignores what comes after one.

absl::Status Set(const Flags& flags, absl::Time now, TailOptions& options) {
  options.grpc_address = flags.grpc_address;
  options.cursor_file = flags.cursor_file;
  options.start_given = !flags.from.empty();
  v1::SubscribeRequest& request = options.request;
  request.set_until_caught_up(flags.until_caught_up);
  request.set_client_id("ampstream tail");
  absl::Status status = SetOutput(flags, options.output);
  status.Update(SetFilter(flags, *request.mutable_filter()));
  int64_t count = 0;
  status.Update(SetNumber("--count", flags.count, count));
  request.set_max_events(count);
  if (options.start_given) {
    const absl::Status start = SetStart(flags.from, now, &request);
    if (!start.ok()) status.Update(BadValue("--from", start));
  }
  return status;
}

absl::Status Set(const Flags& flags, const std::string& secret, SendOptions& options) {
  options.url = flags.url;
  options.secret = secret;
  options.target = flags.target;
  if (secret.empty()) {
    return absl::InvalidArgumentError(
        "no secret to sign with: set AMPSTREAM_WEBHOOK_SECRET to that of the source in --url");
  }
  if (const absl::Status url = CheckUrl(flags.url); !url.ok()) return BadValue("--url", url);
  if (const absl::Status target = CheckTarget(flags.target); !target.ok()) return BadValue("send", target);
  return absl::OkStatus();
}

absl::Status Set(const Flags& flags, GetOptions& options) {
  options.grpc_address = flags.grpc_address;
  options.id = flags.id;
  if (flags.id.empty()) return absl::InvalidArgumentError("get: give the id of an event");
  return SetOutput(flags, options.output);
}

absl::Status Set(const Flags& flags, ListOptions& options) {
  options.grpc_address = flags.grpc_address;
  absl::Status status = SetOutput(flags, options.output);
  status.Update(SetFilter(flags, options.filter));
  status.Update(SetNumber("--limit", flags.limit, options.limit));
  return status;
}

absl::Status Set(const Flags& flags, InfoOptions& options) {
  options.grpc_address = flags.grpc_address;
  return SetOutput(flags, options.output);
}

}  // namespace

absl::StatusOr<CommandLine> CheckFlags(const Flags& flags, const std::string& secret, absl::Time now) {
  CommandLine line;
  const auto level = LogLevelOfName(flags.log_level);
  if (!level.has_value()) return UnknownValue("--log-level", flags.log_level, LogLevelNames());
  line.log_level = *level;
  absl::Status status;
  if (flags.command == "tail") {
    status = Set(flags, now, line.command.emplace<TailOptions>());
  } else if (flags.command == "send") {
    status = Set(flags, secret, line.command.emplace<SendOptions>());
  } else if (flags.command == "get") {
    status = Set(flags, line.command.emplace<GetOptions>());
  } else if (flags.command == "list") {
    status = Set(flags, line.command.emplace<ListOptions>());
  } else {
    status = Set(flags, line.command.emplace<InfoOptions>());
  }
  if (!status.ok()) return status;
  return line;
}

}  // namespace ampstream
