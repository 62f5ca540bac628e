#include "server/config.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>

#include <fstream>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "server/base/host_port.h"
#include "server/base/nearest_name.h"
#include "server/base/status_macros.h"
#include "server/config_source.h"
#include "server/config_values.h"
#include "server/event/times.h"

namespace ampstream {
namespace {

using config::v1::Config;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int64_t kMiB = 1 << 20;
constexpr size_t kMaxFileBytes = 1 << 20;
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
    return absl::OkStatus();
  }
  if (value == "memory") {
    log.set_kind(config::v1::Log::KIND_MEMORY);
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", value, "\" is no log; expected memory or rocksdb", DidYouMean(value, {"memory", "rocksdb"})));
}

absl::Status SetDataDir(const std::string& value, Config* config) {
  config->mutable_log()->set_data_dir(value);
  return absl::OkStatus();
}

// How a person is told of a reference. One that is none may well be the secret itself, which is never shown.
std::string Shown(absl::string_view reference) {
  const bool is_reference = absl::StartsWith(reference, "env:") || absl::StartsWith(reference, "file:");
  return is_reference ? std::string(reference) : "(not shown)";
}

absl::StatusOr<std::string> ReadSecret(const std::string& path) {
  AMPSTREAM_ASSIGN_OR_RETURN(const std::string content, ReadSmallFile(path));
  absl::string_view secret = content;
  if (absl::ConsumeSuffix(&secret, "\n")) absl::ConsumeSuffix(&secret, "\r");
  return std::string(secret);
}

absl::StatusOr<std::string> ResolveSecret(absl::string_view reference, const Environment& environment) {
  absl::StatusOr<std::string> secret = absl::InvalidArgumentError("expected env:NAME or file:PATH");
  if (absl::ConsumePrefix(&reference, "env:")) {
    secret = environment(std::string(reference));
  } else if (absl::ConsumePrefix(&reference, "file:")) {
    secret = ReadSecret(std::string(reference));
  }
  if (secret.ok() && secret->empty()) return absl::InvalidArgumentError("it is not set, or empty");
  return secret;
}

// A value, as the file would have it.
struct Leaf {
  std::string key;
  std::string value;
};

void AddLeaf(std::string key, std::string value, std::vector<Leaf>* leaves) {
  leaves->push_back({std::move(key), std::move(value)});
}

std::string WrittenReferences(const Message& message, const FieldDescriptor& field) {
  const Reflection& values = *message.GetReflection();
  std::vector<std::string> shown;
  for (int i = 0; i < values.FieldSize(message, &field); ++i)
    shown.push_back(Shown(values.GetRepeatedString(message, &field, i)));
  return absl::StrCat("[", absl::StrJoin(shown, ", "), "]");
}

std::string Written(const Message& message, const FieldDescriptor& field) {
  const Reflection& values = *message.GetReflection();
  const auto number = [&field](int64_t value) {
    return IsSizeKey(field.name()) ? FormatSize(value) : absl::StrCat(value);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortName(*values.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_INT32:
      return number(values.GetInt32(message, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return number(values.GetInt64(message, &field));
    default:
      return values.GetString(message, &field);
  }
}

std::string Written(const google::protobuf::Duration& duration) {
  return absl::FormatDuration(DurationOf(duration).value_or(absl::ZeroDuration()));
}

void AddLeaves(const Message& message, const std::string& path, std::vector<Leaf>* leaves);

void AddSources(const Config& config, std::vector<Leaf>* leaves) {
  for (const config::v1::Source& source : config.sources()) {
    config::v1::Source unnamed = source;
    unnamed.clear_name();
    AddLeaves(unnamed, absl::StrCat("sources.", source.name(), "."), leaves);
  }
}

// All values of a message, in the order of its fields; an empty text and an empty list are none.
void AddLeaves(const Message& message, const std::string& path, std::vector<Leaf>* leaves) {
  const Reflection& values = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const std::string key = absl::StrCat(path, field.name());
    if (field.message_type() == config::v1::Source::descriptor()) {
      AddSources(static_cast<const Config&>(message), leaves);
    } else if (field.is_repeated()) {
      if (values.FieldSize(message, &field) > 0) AddLeaf(key, WrittenReferences(message, field), leaves);
    } else if (field.message_type() == google::protobuf::Duration::descriptor()) {
      AddLeaf(key, Written(static_cast<const google::protobuf::Duration&>(values.GetMessage(message, &field))), leaves);
    } else if (field.message_type() != nullptr) {
      if (values.HasField(message, &field)) AddLeaves(values.GetMessage(message, &field), key + ".", leaves);
    } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING || values.HasField(message, &field)) {
      AddLeaf(key, Written(message, field), leaves);
    }
  }
}

std::vector<Leaf> LeavesOf(const Config& config) {
  std::vector<Leaf> leaves;
  AddLeaves(config, "", &leaves);
  return leaves;
}

// Whether Server::Reload takes it.
bool IsLive(absl::string_view key) {
  return absl::StartsWith(key, "sources.") || absl::StartsWith(key, "ingress_limits.") ||
         key == "subscribe_limits.max_streams";
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
  SetSourceDefaults(&source);
  config.mutable_log()->set_kind(config::v1::Log::KIND_ROCKSDB);
  config.mutable_log()->set_data_dir("./ampstream-data");
  SetDefaultRetention(&config);
  SetDuration(absl::Hours(168), config.mutable_log()->mutable_retention_age());
  config::v1::IngressLimits& ingress = *config.mutable_ingress_limits();
  ingress.set_max_body_bytes(4 * kMiB);
  ingress.set_max_events(5000);
  ingress.set_max_event_bytes(kMiB);
  ingress.set_max_event_values(20000);
  ingress.set_max_delivery_bytes(16 * kMiB);
  ingress.set_max_bytes_in_flight(64 * kMiB);
  SetDuration(absl::Seconds(10), ingress.mutable_append_timeout());
  ingress.set_max_connections(16384);
  ingress.set_max_head_bytes(16 << 10);
  ingress.set_max_head_lines(100);
  SetDuration(absl::Seconds(5), ingress.mutable_head_timeout());
  SetDuration(absl::Seconds(15), ingress.mutable_request_timeout());
  SetDuration(absl::Seconds(60), ingress.mutable_idle_timeout());
  config::v1::SubscribeLimits& subscribe = *config.mutable_subscribe_limits();
  subscribe.set_max_streams(20000);
  subscribe.set_max_batch_events(1024);
  subscribe.set_max_batch_bytes(256 << 10);
  subscribe.set_tail_bytes(32 * kMiB);
  subscribe.set_max_expression_bytes(4096);
  subscribe.set_max_expression_depth(32);
  subscribe.set_max_expression_terms(200);
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
                     "HOST:PORT of /livez, /readyz and /metrics (default 127.0.0.1:8081)",
                     &Config::mutable_admin_address),
      {"log.kind", "--log", "AMPSTREAM_LOG",
       "where events are kept: rocksdb, on disk (default); memory, lost when the server ends", SetLogKind},
      {"log.data_dir", "--data-dir", "AMPSTREAM_DATA_DIR",
       "folder of the log on disk (default ./ampstream-data); made if it is not there", SetDataDir},
  };
  return *settings;
}

void SetDefaultRetention(Config* config) {
  const bool in_memory = config->log().kind() == config::v1::Log::KIND_MEMORY;
  config->mutable_log()->set_retention_size(in_memory ? kMemoryRetentionSize : kDiskRetentionSize);
}

std::string ShortName(const google::protobuf::EnumValueDescriptor& value) {
  // By convention each name begins with that of its type.
  return absl::AsciiStrToLower(value.name().substr(value.type()->name().size() + 1));
}

std::string PrintConfig(const Config& config, const std::function<std::string(absl::string_view)>& origin) {
  std::string text;
  for (const Leaf& leaf : LeavesOf(config))
    absl::StrAppend(&text, leaf.key, ": ", leaf.value, "  # ", origin(leaf.key), "\n");
  return text;
}

std::vector<std::string> NotReloadable(const Config& running, const Config& read) {
  std::map<std::string, std::string> before;
  for (Leaf& leaf : LeavesOf(running)) before[leaf.key] = std::move(leaf.value);
  std::vector<std::string> keys;
  for (const Leaf& leaf : LeavesOf(read)) {
    if (!IsLive(leaf.key) && before[leaf.key] != leaf.value) keys.push_back(leaf.key);
  }
  return keys;
}

absl::StatusOr<std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string content(kMaxFileBytes + 1, '\0');
  if (!file.read(&content[0], static_cast<std::streamsize>(content.size())) && !file.eof())
    return absl::InvalidArgumentError("the file cannot be read");
  content.resize(static_cast<size_t>(file.gcount()));
  if (content.size() > kMaxFileBytes) return absl::InvalidArgumentError("the file is larger than 1 MiB");
  return content;
}

absl::StatusOr<std::vector<std::string>> ResolveSecrets(const config::v1::Source& source,
                                                        const Environment& environment) {
  std::vector<std::string> secrets;
  for (const std::string& reference : SecretReferences(source)) {
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
