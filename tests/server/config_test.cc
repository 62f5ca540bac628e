#include "server/config.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "ampstream/config/v1/config.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/duration.pb.h"
#include "gtest/gtest.h"
#include "server/config_source.h"

namespace ampstream {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

std::string NoEnvironment(const std::string&) { return ""; }

std::string Printed(const config::v1::Config& config) {
  return PrintConfig(config, [](absl::string_view key) { return absl::StrCat("origin of ", key); });
}

// The keys of all fields of a message, in its order: what is a message itself gives its own fields' keys, but for a
// Duration, and the sources, whose key has their name.
std::vector<std::string> KeysOf(const google::protobuf::Descriptor& message, const std::string& prefix) {
  std::vector<std::string> keys;
  for (int i = 0; i < message.field_count(); ++i) {
    const google::protobuf::FieldDescriptor& field = *message.field(i);
    if (field.message_type() == config::v1::Source::descriptor()) {
      for (const std::string& key : KeysOf(*field.message_type(), absl::StrCat(prefix, field.name(), ".default."))) {
        // The schemes that stand in place of the secrets are not in the default.
        const bool has_default = key == "sources.default.secrets" || key == "sources.default.payload";
        if (has_default) keys.push_back(key);
      }
    } else if (field.message_type() == nullptr || field.message_type() == google::protobuf::Duration::descriptor()) {
      keys.push_back(absl::StrCat(prefix, field.name()));
    } else {
      const std::vector<std::string> inner = KeysOf(*field.message_type(), absl::StrCat(prefix, field.name(), "."));
      keys.insert(keys.end(), inner.begin(), inner.end());
    }
  }
  return keys;
}

// Whether every field of a message is set, and of those in it: scalars to something else than zero.
void ExpectAllSet(const google::protobuf::Message& message, const std::string& path) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  if (&type == google::protobuf::Duration::descriptor()) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const google::protobuf::FieldDescriptor* const field = type.field(i);
    const std::string name = absl::StrCat(path, field->name());
    const google::protobuf::Reflection& reflection = *message.GetReflection();
    if (name == "ingress_limits.max_connections_per_peer") continue;  // 0 is its default: no limit.
    if (field->is_repeated()) {
      EXPECT_GT(reflection.FieldSize(message, field), 0) << name;
    } else {
      EXPECT_TRUE(reflection.HasField(message, field)) << name << " has no default";
      if (field->message_type() != nullptr) ExpectAllSet(reflection.GetMessage(message, field), name + ".");
    }
  }
}

TEST(ConfigTest, EveryFieldHasADefault) { ExpectAllSet(DefaultConfig(), ""); }

TEST(ConfigTest, PrintsEveryFieldWithItsOrigin) {
  const std::vector<std::string> lines = absl::StrSplit(Printed(DefaultConfig()), '\n', absl::SkipEmpty());
  std::vector<std::string> printed;
  for (const std::string& line : lines) {
    const std::string key = line.substr(0, line.find(':'));
    printed.push_back(key);
    EXPECT_THAT(line, HasSubstr(absl::StrCat("  # origin of ", key)));
  }
  EXPECT_EQ(printed, KeysOf(*config::v1::Config::descriptor(), ""));
}

TEST(ConfigTest, PrintsTheDefaultsThatTheProtoNames) {
  const std::string printed = Printed(DefaultConfig());
  for (const char* line : {
           "http_address: 127.0.0.1:8080  #",
           "grpc_address: 127.0.0.1:50051  #",
           "admin_address: 127.0.0.1:8081  #",
           "sources.default.secrets: [env:AMPSTREAM_WEBHOOK_SECRET]  #",
           "sources.default.payload: auto  #",
           "log.kind: rocksdb  #",
           "log.data_dir: ./ampstream-data  #",
           "log.retention_size: 10GiB  #",
           "log.retention_age: 168h  #",
           "ingress_limits.max_body_bytes: 4MiB  #",
           "ingress_limits.max_events: 5000  #",
           "ingress_limits.max_event_bytes: 1MiB  #",
           "ingress_limits.max_event_values: 20000  #",
           "ingress_limits.max_bytes_in_flight: 64MiB  #",
           "ingress_limits.append_timeout: 10s  #",
           "ingress_limits.max_connections: 16384  #",
           "ingress_limits.max_connections_per_peer: 0  #",
           "ingress_limits.max_head_bytes: 16KiB  #",
           "ingress_limits.max_head_lines: 100  #",
           "ingress_limits.head_timeout: 5s  #",
           "ingress_limits.request_timeout: 15s  #",
           "ingress_limits.idle_timeout: 1m  #",
           "subscribe_limits.max_streams: 20000  #",
           "subscribe_limits.max_batch_events: 1024  #",
           "subscribe_limits.max_batch_bytes: 256KiB  #",
           "subscribe_limits.tail_bytes: 32MiB  #",
           "subscribe_limits.max_expression_bytes: 4KiB  #",
           "subscribe_limits.max_expression_depth: 32  #",
           "subscribe_limits.max_expression_terms: 200  #",
           "drain_timeout: 10s  #",
       }) {
    EXPECT_THAT(printed, HasSubstr(line));
  }
}

TEST(ConfigTest, PrintsTheSchemeOfEachSource) {
  config::v1::Config config;
  config::v1::Source& token = *config.add_sources();
  token.set_name("amplitude");
  token.mutable_static_token()->set_header("X-Token");
  token.mutable_static_token()->add_tokens("env:A");
  token.mutable_static_token()->add_tokens("hunter2");
  config::v1::Source& relay = *config.add_sources();
  relay.set_name("relay");
  relay.mutable_hmac_sha256()->add_secrets("file:relay.secret");
  relay.set_payload(config::v1::Source::PAYLOAD_COHORT);
  SetSourceDefaults(&relay);
  config::v1::Source& standard = *config.add_sources();
  standard.set_name("standard");
  standard.mutable_standard_webhooks()->add_secrets("env:B");
  SetSourceDefaults(&standard);
  config::v1::Source& experiment = *config.add_sources();
  experiment.set_name("experiment");
  experiment.mutable_knock()->add_secrets("env:C");
  const std::string printed = Printed(config);
  for (const char* line : {
           "sources.amplitude.static_token.header: X-Token  #",
           "sources.amplitude.static_token.tokens: [env:A, (not shown)]  #",
           "sources.relay.hmac_sha256.secrets: [file:relay.secret]  #",
           "sources.relay.hmac_sha256.header: x-amplitude-signature  #",
           "sources.relay.hmac_sha256.encoding: hex  #",
           "sources.relay.hmac_sha256.prefix: sha256=  #",
           "sources.relay.payload: cohort  #",
           "sources.standard.standard_webhooks.secrets: [env:B]  #",
           "sources.standard.standard_webhooks.tolerance: 5m  #",
           "sources.standard.payload: auto  #",
           "sources.experiment.knock.secrets: [env:C]  #",
       }) {
    EXPECT_THAT(printed, HasSubstr(line));
  }
  EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
}

TEST(ConfigTest, NamesWhatIsTakenAtTheNextStartOnly) {
  const config::v1::Config running = DefaultConfig();
  config::v1::Config read = running;
  EXPECT_THAT(NotReloadable(running, read), IsEmpty());
  read.mutable_sources(0)->add_secrets("env:NEW");
  read.add_sources()->set_name("shop");
  read.mutable_ingress_limits()->set_max_events(1);
  read.mutable_subscribe_limits()->set_max_streams(1);
  EXPECT_THAT(NotReloadable(running, read), IsEmpty());
  read.set_http_address("127.0.0.1:1");
  read.mutable_log()->set_data_dir("elsewhere");
  read.mutable_log()->mutable_retention_age()->set_seconds(1);
  read.mutable_subscribe_limits()->set_tail_bytes(1);
  read.mutable_drain_timeout()->set_seconds(1);
  EXPECT_THAT(NotReloadable(running, read), ElementsAre("http_address", "log.data_dir", "log.retention_age",
                                                        "subscribe_limits.tail_bytes", "drain_timeout"));
}

TEST(ConfigTest, EverySettingSetsTheValueOfItsKey) {
  for (const Setting& setting : Settings()) {
    config::v1::Config config;
    const bool is_address = setting.key.find("address") != std::string::npos;
    const std::string value = is_address ? "host:1" : "memory";
    ASSERT_TRUE(setting.set(value, &config).ok()) << setting.key;
    EXPECT_THAT(Printed(config), HasSubstr(absl::StrCat(setting.key, ": ", value))) << setting.flag;
    EXPECT_THAT(setting.flag, StartsWith("--"));
    EXPECT_THAT(setting.variable, StartsWith("AMPSTREAM_"));
  }
}

class ResolveSecretsTest : public testing::Test {
 protected:
  ~ResolveSecretsTest() override { std::remove(path_.c_str()); }

  void WriteFile(const std::string& content) { std::ofstream(path_, std::ios::binary) << content; }

  // Of a source `shop`.
  static absl::StatusOr<std::vector<std::string>> Resolve(const std::vector<std::string>& references,
                                                          const Environment& environment = NoEnvironment) {
    config::v1::Source source;
    source.set_name("shop");
    for (const std::string& reference : references) source.add_secrets(reference);
    return ResolveSecrets(source, environment);
  }

  static std::string Error(const std::vector<std::string>& references, const Environment& environment = NoEnvironment) {
    const absl::Status status = Resolve(references, environment).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("source shop"));
    return std::string(status.message());
  }

  const std::string path_ =
      absl::StrCat(std::getenv("TEST_TMPDIR"), "/", testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(ResolveSecretsTest, TakesThemFromTheEnvironment) {
  const auto environment = [](const std::string& variable) { return variable == "SHOP" ? "hunter2\n" : "other"; };
  EXPECT_THAT(Resolve({"env:SHOP", "env:NEXT"}, environment).value(), ElementsAre("hunter2\n", "other"));
}

TEST_F(ResolveSecretsTest, TakesThemFromAFileWithoutOneNewlineAtItsEnd) {
  const std::string reference = "file:" + path_;
  WriteFile("hunter2");
  EXPECT_THAT(Resolve({reference}).value(), ElementsAre("hunter2"));
  WriteFile("hunter2\n");
  EXPECT_THAT(Resolve({reference}).value(), ElementsAre("hunter2"));
  WriteFile("hunter2\n\n");
  EXPECT_THAT(Resolve({reference}).value(), ElementsAre("hunter2\n"));
  WriteFile(std::string(" \0\xff ", 4));
  EXPECT_THAT(Resolve({reference}).value(), ElementsAre(std::string(" \0\xff ", 4)));
}

TEST_F(ResolveSecretsTest, TakesThoseOfTheSourcesScheme) {
  const auto name = [](const std::string& variable) { return absl::StrCat("secret of ", variable); };
  config::v1::Source source;
  source.mutable_static_token()->add_tokens("env:TOKEN");
  EXPECT_THAT(ResolveSecrets(source, name).value(), ElementsAre("secret of TOKEN"));
  source.clear_static_token();
  source.mutable_knock()->add_secrets("env:KNOCK");
  EXPECT_THAT(ResolveSecrets(source, name).value(), ElementsAre("secret of KNOCK"));
  source.clear_knock();
  source.mutable_hmac_sha256()->add_secrets("env:HMAC");
  EXPECT_THAT(ResolveSecrets(source, name).value(), ElementsAre("secret of HMAC"));
  source.clear_hmac_sha256();
  source.mutable_standard_webhooks()->add_secrets("env:STANDARD");
  EXPECT_THAT(ResolveSecrets(source, name).value(), ElementsAre("secret of STANDARD"));
}

TEST_F(ResolveSecretsTest, ASourceMayHaveNone) { EXPECT_THAT(Resolve({}).value(), IsEmpty()); }

TEST_F(ResolveSecretsTest, RefusesAVariableThatIsNotSetOrEmpty) {
  EXPECT_THAT(Error({"env:SHOP"}), AllOf(HasSubstr("env:SHOP"), HasSubstr("not set, or empty")));
}

TEST_F(ResolveSecretsTest, RefusesAnEmptyFile) {
  WriteFile("");
  EXPECT_THAT(Error({"file:" + path_}), HasSubstr("empty"));
  WriteFile("\n");
  EXPECT_THAT(Error({"file:" + path_}), AllOf(HasSubstr("empty"), HasSubstr(path_)));
}

TEST_F(ResolveSecretsTest, RefusesAFileThatCannotBeRead) {
  EXPECT_THAT(Error({"file:" + path_}), AllOf(HasSubstr("cannot be read"), HasSubstr(path_)));
  EXPECT_THAT(Error({"file:"}), HasSubstr("cannot be read"));
  Error({absl::StrCat("file:", std::getenv("TEST_TMPDIR"))});
}

TEST_F(ResolveSecretsTest, TellsNoSecretOfThoseThatItHas) {
  const auto environment = [](const std::string& variable) { return variable == "SHOP" ? "hunter2" : ""; };
  EXPECT_THAT(Error({"env:SHOP", "env:NEXT"}, environment), AllOf(HasSubstr("env:NEXT"), Not(HasSubstr("hunter2"))));
}

// Whoever forgets the prefix writes the secret itself.
TEST_F(ResolveSecretsTest, TellsNoSecretThatStandsWhereAReferenceShould) {
  for (const std::string reference : {"hunter2", "ENV:hunter2", "hunter2:x", "env hunter2"}) {
    EXPECT_THAT(Error({"env:SHOP", reference}, [](const std::string&) { return "fine"; }),
                AllOf(HasSubstr("env:NAME or file:PATH"), Not(HasSubstr("hunter2"))));
    config::v1::Config config = DefaultConfig();
    config.mutable_sources(0)->set_secrets(0, reference);
    EXPECT_THAT(Printed(config), Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace ampstream
