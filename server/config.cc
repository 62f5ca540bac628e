#include "server/config.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "server/base/host_port.h"
#include "server/base/nearest_name.h"
#include "server/base/status_macros.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

using config::v1::Config;

constexpr int64_t kMiB = 1 << 20;
constexpr int64_t kDiskRetentionSize = 10 * 1024 * kMiB;
constexpr int64_t kMemoryRetentionSize = 64 * kMiB;

// A setting that is an address to listen on.
Setting AddressSetting(const char* key, const char* flag, const char* variable, const char* help,
                       std::string* (Config::*field)()) {
  return {key, flag, variable, help, [field](const std::string& value, Config* config) {
            AMPSTREAM_RETURN_IF_ERROR(HostPort::Parse(value).status());
            *(config->*field)() = value;
            return absl::OkStatus();
          }};
}

absl::Status SetLogKind(const std::string& value, Config* config) {
  config::v1::Log& log = *config->mutable_log();
  if (value == "rocksdb") {
    log.set_kind(config::v1::Log::KIND_ROCKSDB);
    log.set_retention_size(kDiskRetentionSize);
    return absl::OkStatus();
  }
  if (value == "memory") {
    log.set_kind(config::v1::Log::KIND_MEMORY);
    log.set_retention_size(kMemoryRetentionSize);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", value, "\" is no log; expected memory or rocksdb", DidYouMean(value, {"memory", "rocksdb"})));
}

absl::Status SetDataDir(const std::string& value, Config* config) {
  config->mutable_log()->set_data_dir(value);
  return absl::OkStatus();
}

std::string Seconds(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos()));
}

// How a person is told of a reference. One that is none may well be the secret itself, which is never shown.
std::string Shown(absl::string_view reference) {
  const bool is_reference = absl::StartsWith(reference, "env:") || absl::StartsWith(reference, "file:");
  return is_reference ? std::string(reference) : "(not shown)";
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file) return absl::InvalidArgumentError("the file cannot be read");
  return std::string(absl::StripSuffix(content.str(), "\n"));
}

absl::StatusOr<std::string> ResolveSecret(absl::string_view reference, const Environment& environment) {
  absl::StatusOr<std::string> secret = absl::InvalidArgumentError("expected env:NAME or file:PATH");
  if (absl::ConsumePrefix(&reference, "env:")) {
    secret = environment(std::string(reference));
  } else if (absl::ConsumePrefix(&reference, "file:")) {
    secret = ReadFile(std::string(reference));
  }
  if (secret.ok() && secret->empty()) return absl::InvalidArgumentError("it is not set, or empty");
  return secret;
}

}  // namespace

Config DefaultConfig() {
  Config config;
  config.set_http_address("127.0.0.1:8080");
  config.set_grpc_address("127.0.0.1:50051");
  config.set_admin_address("127.0.0.1:8081");
  config::v1::Source& source = *config.add_sources();
  source.set_name("default");
  source.add_secrets(absl::StrCat("env:", kSecretVariable));
  config.mutable_log()->set_kind(config::v1::Log::KIND_ROCKSDB);
  config.mutable_log()->set_data_dir("./ampstream-data");
  config.mutable_log()->set_retention_size(kDiskRetentionSize);
  SetDuration(absl::Hours(168), config.mutable_log()->mutable_retention_age());
  config::v1::IngressLimits& ingress = *config.mutable_ingress_limits();
  ingress.set_max_body_bytes(4 * kMiB);
  ingress.set_max_events(5000);
  ingress.set_max_event_bytes(kMiB);
  ingress.set_max_event_values(20000);
  ingress.set_max_delivery_bytes(16 * kMiB);
  ingress.set_max_bytes_in_flight(64 * kMiB);
  SetDuration(absl::Seconds(10), ingress.mutable_append_timeout());
  config::v1::SubscribeLimits& subscribe = *config.mutable_subscribe_limits();
  subscribe.set_max_streams(20000);
  subscribe.set_max_batch_events(1024);
  subscribe.set_max_batch_bytes(256 << 10);
  subscribe.set_tail_bytes(32 * kMiB);
  SetDuration(absl::Seconds(10), config.mutable_drain_timeout());
  return config;
}

const std::vector<Setting>& Settings() {
  static const auto* const settings = new std::vector<Setting>{
      AddressSetting("http_address", "--http-address", "AMPSTREAM_HTTP_ADDRESS",
                     "HOST:PORT where webhooks are received (default 127.0.0.1:8080)", &Config::mutable_http_address),
      AddressSetting("grpc_address", "--grpc-address", "AMPSTREAM_GRPC_ADDRESS",
                     "HOST:PORT where subscribers connect (default 127.0.0.1:50051)", &Config::mutable_grpc_address),
      AddressSetting("admin_address", "--admin-address", "AMPSTREAM_ADMIN_ADDRESS",
                     "HOST:PORT of /livez and /readyz (default 127.0.0.1:8081)", &Config::mutable_admin_address),
      {"log.kind", "--log", "AMPSTREAM_LOG",
       "where events are kept: rocksdb, on disk (default); memory, lost when the server ends", SetLogKind},
      {"log.data_dir", "--data-dir", "AMPSTREAM_DATA_DIR",
       "folder of the log on disk (default ./ampstream-data); made if it is not there", SetDataDir},
  };
  return *settings;
}

std::string PrintConfig(const Config& config, const std::function<std::string(absl::string_view)>& origin) {
  std::string text;
  const auto line = [&](absl::string_view key, const auto& value) {
    absl::StrAppend(&text, key, ": ", value, "  # ", origin(key), "\n");
  };
  line("http_address", config.http_address());
  line("grpc_address", config.grpc_address());
  line("admin_address", config.admin_address());
  for (const config::v1::Source& source : config.sources()) {
    line(absl::StrCat("sources.", source.name(), ".secrets"),
         absl::StrCat("[",
                      absl::StrJoin(source.secrets(), ", ",
                                    [](std::string* out, const std::string& reference) { *out += Shown(reference); }),
                      "]"));
  }
  line("log.kind", config.log().kind() == config::v1::Log::KIND_ROCKSDB ? "rocksdb" : "memory");
  line("log.data_dir", config.log().data_dir());
  line("log.retention_size", config.log().retention_size());
  line("log.retention_age", Seconds(config.log().retention_age()));
  line("ingress_limits.max_body_bytes", config.ingress_limits().max_body_bytes());
  line("ingress_limits.max_events", config.ingress_limits().max_events());
  line("ingress_limits.max_event_bytes", config.ingress_limits().max_event_bytes());
  line("ingress_limits.max_event_values", config.ingress_limits().max_event_values());
  line("ingress_limits.max_bytes_in_flight", config.ingress_limits().max_bytes_in_flight());
  line("ingress_limits.max_delivery_bytes", config.ingress_limits().max_delivery_bytes());
  line("ingress_limits.append_timeout", Seconds(config.ingress_limits().append_timeout()));
  line("subscribe_limits.max_streams", config.subscribe_limits().max_streams());
  line("subscribe_limits.max_batch_events", config.subscribe_limits().max_batch_events());
  line("subscribe_limits.max_batch_bytes", config.subscribe_limits().max_batch_bytes());
  line("subscribe_limits.tail_bytes", config.subscribe_limits().tail_bytes());
  line("drain_timeout", Seconds(config.drain_timeout()));
  return text;
}

absl::StatusOr<std::vector<std::string>> ResolveSecrets(const config::v1::Source& source,
                                                        const Environment& environment) {
  std::vector<std::string> secrets;
  for (const std::string& reference : source.secrets()) {
    absl::StatusOr<std::string> secret = ResolveSecret(reference, environment);
    if (!secret.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("the secret ", Shown(reference), " of source ", source.name(),
                                                     " cannot be had: ", secret.status().message()));
    }
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

}  // namespace ampstream
