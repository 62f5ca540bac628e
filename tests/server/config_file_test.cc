#include "server/config_file.h"

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/message_differencer.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "server/config.h"
#include "server/config_source.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

using config::v1::Config;
using google::protobuf::util::MessageDifferencer;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

Config Parsed(absl::string_view text, ConfigOrigins* origins) {
  const absl::StatusOr<Config> config = ParseConfigText(text, "f.yaml", origins);
  EXPECT_TRUE(config.ok()) << config.status() << "\n" << text;
  return config.ok() ? *config : Config();
}

Config Parsed(absl::string_view text) {
  ConfigOrigins origins;
  return Parsed(text, &origins);
}

void ExpectEqual(const Config& found, const Config& expected) {
  EXPECT_TRUE(MessageDifferencer::Equals(found, expected)) << found.DebugString() << expected.DebugString();
}

TEST(ConfigFileTest, HasTheDefaultsWhereNothingIsSaid) {
  for (const char* text : {"", "\n", "# nothing\n", "---\n", "{}", "\xef\xbb\xbf# after a byte order mark\n"}) {
    SCOPED_TRACE(text);
    ConfigOrigins origins;
    ExpectEqual(Parsed(text, &origins), DefaultConfig());
    EXPECT_THAT(origins, IsEmpty());
  }
}

TEST(ConfigFileTest, TakesEveryKindOfValueAndTellsWhereItStands) {
  Config expected = DefaultConfig();
  expected.set_http_address("[::1]:0");
  expected.clear_sources();
  config::v1::Source& first = *expected.add_sources();
  first.set_name("web");
  first.add_secrets("env:OLD");
  first.add_secrets("file:/run/secrets/new one");
  config::v1::Source& second = *expected.add_sources();
  second.set_name("s-2");
  second.add_secrets("env:_A9");
  SetSourceDefaults(&first);
  second.set_payload(config::v1::Source::PAYLOAD_COHORT);
  expected.mutable_log()->set_data_dir("/var/lib/with blank");
  expected.mutable_log()->set_retention_size(int64_t{3} << 30);
  expected.mutable_log()->mutable_retention_age()->set_seconds(90);
  expected.mutable_ingress_limits()->set_max_events(7);
  expected.mutable_ingress_limits()->set_max_body_bytes(1000);
  ConfigOrigins origins;
  ExpectEqual(Parsed("http_address: '[::1]:0'  # a comment\n"
                     "sources:\n"
                     "- name: web\n"
                     "  secrets: [env:OLD, \"file:/run/secrets/new one\"]\n"
                     "- {name: s-2, secrets: [env:_A9], payload: cohort}\n"
                     "log:\n"
                     "  data_dir: /var/lib/with blank\n"
                     "  retention_size: 3GiB\n"
                     "  retention_age: 1m30s\n"
                     "ingress_limits: {max_events: 7, max_body_bytes: 1000}\n",
                     &origins),
              expected);
  EXPECT_EQ(origins, (ConfigOrigins{{"http_address", "f.yaml:1"},
                                    {"sources.web.secrets", "f.yaml:4"},
                                    {"sources.s-2.secrets", "f.yaml:5"},
                                    {"sources.s-2.payload", "f.yaml:5"},
                                    {"log.data_dir", "f.yaml:7"},
                                    {"log.retention_size", "f.yaml:8"},
                                    {"log.retention_age", "f.yaml:9"},
                                    {"ingress_limits.max_events", "f.yaml:10"},
                                    {"ingress_limits.max_body_bytes", "f.yaml:10"}}));
}

TEST(ConfigFileTest, ReadsTheSchemeOfEachSource) {
  ConfigOrigins origins;
  const Config config = Parsed(
      "sources:\n"
      "- name: amplitude\n"
      "  static_token: {header: X-Token, tokens: [env:A, env:B]}\n"
      "- name: experiment\n"
      "  knock: {secrets: [env:C]}\n"
      "  payload: experiment_alert\n"
      "- name: relay\n"
      "  hmac_sha256:\n"
      "    secrets: [env:D]\n"
      "    encoding: base64\n"
      "- name: standard\n"
      "  standard_webhooks: {secrets: [env:E], tolerance: 24h}\n",
      &origins);
  ASSERT_EQ(config.sources_size(), 4);
  EXPECT_EQ(config.sources(0).static_token().header(), "X-Token");
  EXPECT_THAT(config.sources(0).static_token().tokens(), ElementsAre("env:A", "env:B"));
  EXPECT_EQ(config.sources(0).payload(), config::v1::Source::PAYLOAD_AUTO);
  EXPECT_THAT(config.sources(1).knock().secrets(), ElementsAre("env:C"));
  EXPECT_EQ(config.sources(1).payload(), config::v1::Source::PAYLOAD_EXPERIMENT_ALERT);
  EXPECT_EQ(config.sources(2).hmac_sha256().encoding(), config::v1::HmacSha256::ENCODING_BASE64);
  EXPECT_EQ(config.sources(2).hmac_sha256().header(), "x-amplitude-signature");
  EXPECT_EQ(config.sources(2).hmac_sha256().prefix(), "sha256=");
  EXPECT_EQ(config.sources(3).standard_webhooks().tolerance().seconds(), 86400);
  EXPECT_THAT(origins, Contains(Pair("sources.relay.hmac_sha256.secrets", "f.yaml:9")));
  EXPECT_THAT(origins, Contains(Pair("sources.relay.hmac_sha256.encoding", "f.yaml:10")));
  EXPECT_EQ(origins.count("sources.relay.hmac_sha256.header"), 0u);
}

TEST(ConfigFileTest, KeepsLessInMemoryThanOnDiskUnlessToldHowMuch) {
  EXPECT_EQ(Parsed("log: {kind: memory}").log().retention_size(), int64_t{64} << 20);
  EXPECT_EQ(Parsed("log: {kind: memory, retention_size: 1MiB}").log().retention_size(), int64_t{1} << 20);
  EXPECT_EQ(Parsed("log: {kind: rocksdb}").log().retention_size(), int64_t{10} << 30);
}

TEST(ConfigFileTest, TheExampleHasEveryKeyWithItsDefault) {
  std::ifstream file("server/ampstreamd.example.yaml");
  std::stringstream text;
  text << file.rdbuf();
  ASSERT_THAT(text.str(), Not(IsEmpty()));
  ConfigOrigins origins;
  ExpectEqual(Parsed(text.str(), &origins), DefaultConfig());
  PrintConfig(DefaultConfig(), [&origins](absl::string_view key) {
    EXPECT_EQ(origins.count(std::string(key)), 1u) << key;
    return std::string();
  });
}

TEST(ConfigFileTest, ReadsAFileAndSaysWhichCannotBeRead) {
  const TemporaryFolder folder;
  ConfigOrigins origins;
  const std::string path = folder.path() + "/ampstreamd.yaml";
  EXPECT_THAT(std::string(ReadConfigFile(path, &origins).status().message()), HasSubstr(path));
  EXPECT_THAT(std::string(ReadConfigFile(folder.path(), &origins).status().message()), HasSubstr("cannot be read"));
  std::ofstream(path) << "drain_timeout: 3s\n";
  const absl::StatusOr<Config> config = ReadConfigFile(path, &origins);
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->drain_timeout().seconds(), 3);
  EXPECT_THAT(origins, Contains(Pair("drain_timeout", path + ":1")));
  std::ofstream(path) << std::string((1 << 20) + 1, '#');
  EXPECT_THAT(std::string(ReadConfigFile(path, &origins).status().message()), HasSubstr("larger than 1 MiB"));
}

// A printed configuration as a file: `a.b: c` as `a: {b: c}`, nested by its blanks; a source by its name in a list.
std::string AsFile(const std::string& printed) {
  std::string text;
  std::vector<std::string> open;
  const std::vector<std::string> lines = absl::StrSplit(printed, '\n', absl::SkipEmpty());
  for (const std::string& line : lines) {
    const std::string key = line.substr(0, line.find(": "));
    const std::string value = line.substr(key.size() + 2, line.find("  # ") - key.size() - 2);
    const std::vector<std::string> path = absl::StrSplit(key, '.');
    const size_t same =
        static_cast<size_t>(std::mismatch(path.begin(), path.end(), open.begin(), open.end()).first - path.begin());
    for (size_t i = same; i < path.size(); ++i) {
      const bool of_source = path[0] == "sources" && i > 0;
      const std::string blanks(2 * (of_source ? i - 1 : i), ' ');
      const bool is_last = i + 1 == path.size();
      absl::StrAppend(&text, blanks, of_source && i == 1 ? "- name: " : "", path[i]);
      if (!is_last) absl::StrAppend(&text, of_source && i == 1 ? "\n" : ":\n");
    }
    absl::StrAppend(&text, ": ", value, "\n");
    open = path;
  }
  return text;
}

// With one of the schemes.
void AddSource(const std::string& name, int64_t scheme, int64_t secrets, int64_t payload, Config* config) {
  config::v1::Source& source = *config->add_sources();
  source.set_name(name);
  source.set_payload(static_cast<config::v1::Source::Payload>(payload));
  if (scheme == 1) source.mutable_static_token()->set_header("X-Token");
  if (scheme == 4) source.mutable_standard_webhooks()->mutable_tolerance()->set_seconds(secrets);
  auto* const references = scheme == 0   ? source.mutable_secrets()
                           : scheme == 1 ? source.mutable_static_token()->mutable_tokens()
                           : scheme == 2 ? source.mutable_knock()->mutable_secrets()
                           : scheme == 3 ? source.mutable_hmac_sha256()->mutable_secrets()
                                         : source.mutable_standard_webhooks()->mutable_secrets();
  for (int64_t i = secrets; i > 0; --i) *references->Add() = absl::StrCat("env:S", i);
  SetSourceDefaults(&source);
}

TEST(ConfigFileTest, ReadsWhatIsPrinted) {
  constexpr unsigned kSeed = 20261125;
  std::mt19937 random(kSeed);
  const auto number = [&random](int64_t least, int64_t most) {
    return std::uniform_int_distribution<int64_t>(least, most)(random);
  };
  for (int turn = 0; turn < 200; ++turn) {
    SCOPED_TRACE(absl::StrCat("seed ", kSeed, ", turn ", turn));
    Config config = DefaultConfig();
    config.set_grpc_address(absl::StrCat("127.0.0.1:", number(0, 65535)));
    config.mutable_log()->set_retention_size(number(1 << 20, int64_t{1} << (turn % 2 == 0 ? 50 : 21)));
    config.mutable_log()->mutable_retention_age()->set_seconds(number(1, 87600 * 3600));
    config.mutable_ingress_limits()->set_max_bytes_in_flight(number(64, 1024) << 20);
    config.mutable_ingress_limits()->set_max_connections_per_peer(static_cast<int32_t>(number(0, 1000000)));
    config.mutable_ingress_limits()->mutable_head_timeout()->set_seconds(number(0, 86399));
    config.mutable_ingress_limits()->mutable_head_timeout()->set_nanos(static_cast<int32_t>(number(1, 999)) * 1000000);
    for (int64_t i = number(0, 5); i > 0; --i)
      AddSource(absl::StrCat("s", i), number(0, 4), number(1, 3), number(1, 7), &config);
    ExpectEqual(Parsed(AsFile(PrintConfig(config, [](absl::string_view) { return "here"; }))), config);
  }
}

struct Broken {
  absl::string_view text;
  std::string error;  // `{KEYS}` and the like stand for what kExpected says.
};

const std::vector<std::pair<absl::string_view, absl::string_view>> kExpected = {
    {"{KEYS}",
     "http_address, grpc_address, admin_address, sources, log, ingress_limits, subscribe_limits, drain_timeout"},
    {"{SIZE}", "a size such as 64MiB, 256KiB, 10GiB, or a number of bytes"},
    {"{DURATION}", "a duration such as 30s, 1m30s or 168h"},
    {"{REFERENCE}", "env:NAME or file:PATH, never the secret itself"},
    {"{NAME}", "1 to 63 of a-z, 0-9 and -, the first a letter"},
};

const Broken kBroken[] = {
    {"http_adress: 127.0.0.1:1",
     "1:1: found the key \"http_adress\", expected one of {KEYS}; did you mean http_address?"},
    {"http_address: nonsense",
     "1:15: http_address: found \"nonsense\", expected HOST:PORT, with a port from 0 to 65535"},
    {"http_address: 127.0.0.1:99999",
     "1:15: http_address: found \"127.0.0.1:99999\", expected HOST:PORT, with a port from 0 to 65535"},
    {"http_address: \"\"", "1:15: http_address: found an empty text, expected a value"},
    {"http_address:", "1:1: http_address: found nothing, expected a value"},
    {"http_address: [a]", "1:15: http_address: found a list, expected a value"},
    {"http_address: {a: b}", "1:15: http_address: found keys with values, expected a value"},
    {"nothing", "1:1: found a value, expected keys with values"},
    {"- a list", "1:1: found a list, expected keys with values"},
    {"\"a text\"", "1:1: found a text in quotes, expected keys with values"},
    {"42", "1:1: found a value, expected keys with values"},
    {"http_address: 127.0.0.1:1\nhttp_address: 127.0.0.1:2",
     "2:1: found a key that stands in line 1 already, expected each once"},
    {"log: {kind: rocksdb, kind: memory}", "1:22: found a key that stands in line 1 already, expected each once"},
    {"log: {kind: rocksdb}\nlog: {data_dir: x}", "2:1: found a key that stands in line 1 already, expected each once"},
    {"log: {kind: rocks}", "1:13: log.kind: found \"rocks\", expected rocksdb or memory; did you mean rocksdb?"},
    {"log: {kind: KIND_ROCKSDB}", "1:13: log.kind: found \"KIND_ROCKSDB\", expected rocksdb or memory"},
    {"log: {kind: 1}", "1:13: log.kind: found \"1\", expected rocksdb or memory"},
    {"log: {kind: unspecified}", "1:13: log.kind: found \"unspecified\", expected rocksdb or memory"},
    {"log: {kind: ~}", "1:7: log.kind: found nothing, expected a value"},
    {"log: {kinds: memory}",
     "1:7: found the key \"kinds\", expected one of kind, data_dir, retention_size, retention_age; did you mean kind?"},
    {"log: memory", "1:6: log: found a value, expected keys with values"},
    {"log: [memory]", "1:6: log: found a list, expected keys with values"},
    {"log: {data_dir: \"\"}", "1:17: log.data_dir: found an empty text, expected a value"},
    {"log: {retention_size: 1023KiB}", "1:23: log.retention_size: found \"1023KiB\", expected 1MiB to 1PiB"},
    {"log: {retention_size: 64MB}", "1:23: log.retention_size: found \"64MB\", expected {SIZE}"},
    {"log: {retention_size: 64 MiB}", "1:23: log.retention_size: found \"64 MiB\", expected {SIZE}"},
    {"log: {retention_size: 64mib}", "1:23: log.retention_size: found \"64mib\", expected {SIZE}"},
    {"log: {retention_size: -1}", "1:23: log.retention_size: found \"-1\", expected {SIZE}"},
    {"log: {retention_size: 1e9}", "1:23: log.retention_size: found \"1e9\", expected {SIZE}"},
    {"log: {retention_size: 010}", "1:23: log.retention_size: found \"010\", expected {SIZE}"},
    {"log: {retention_size: 0x10}", "1:23: log.retention_size: found \"0x10\", expected {SIZE}"},
    {"log: {retention_size: 1_000_000}", "1:23: log.retention_size: found \"1_000_000\", expected {SIZE}"},
    {"log: {retention_size: 99999999999999999999}",
     "1:23: log.retention_size: found \"99999999999999999999\", expected {SIZE}"},
    {"log: {retention_size: 9999999PiB}", "1:23: log.retention_size: found \"9999999PiB\", expected {SIZE}"},
    {"log: {retention_size: MiB}", "1:23: log.retention_size: found \"MiB\", expected {SIZE}"},
    {"log: {retention_size: 2PiB}", "1:23: log.retention_size: found \"2PiB\", expected 1MiB to 1PiB"},
    {"log: {retention_age: 30}", "1:22: log.retention_age: found \"30\", expected {DURATION}"},
    {"log: {retention_age: 0s}", "1:22: log.retention_age: found \"0s\", expected 1s to 87600h"},
    {"log: {retention_age: -30s}", "1:22: log.retention_age: found \"-30s\", expected {DURATION}"},
    {"log: {retention_age: 30 s}", "1:22: log.retention_age: found \"30 s\", expected {DURATION}"},
    {"log: {retention_age: forever}", "1:22: log.retention_age: found \"forever\", expected {DURATION}"},
    {"log: {retention_age: inf}", "1:22: log.retention_age: found \"inf\", expected {DURATION}"},
    {"log: {retention_age: 7d}", "1:22: log.retention_age: found \"7d\", expected {DURATION}"},
    {"log: {retention_age: 999999h}", "1:22: log.retention_age: found \"999999h\", expected 1s to 87600h"},
    {"log: {retention_age: [1h]}", "1:22: log.retention_age: found a list, expected a duration such as 30s"},
    {"ingress_limits: {max_events: 0}", "1:30: ingress_limits.max_events: found \"0\", expected 1 to 65535"},
    {"ingress_limits: {max_events: 65536}", "1:30: ingress_limits.max_events: found \"65536\", expected 1 to 65535"},
    {"ingress_limits: {max_events: 5000.0}",
     "1:30: ingress_limits.max_events: found \"5000.0\", expected a whole number such as 100"},
    {"ingress_limits: {max_events: +5}",
     "1:30: ingress_limits.max_events: found \"+5\", expected a whole number such as 100"},
    {"ingress_limits: {max_events: 5KiB}",
     "1:30: ingress_limits.max_events: found \"5KiB\", expected a whole number such as 100"},
    {"ingress_limits: {max_events: true}",
     "1:30: ingress_limits.max_events: found \"true\", expected a whole number such as 100"},
    {"ingress_limits: {max_event_bytes: 2MiB}",
     "1:35: ingress_limits.max_event_bytes: found \"2MiB\", expected 1 to 1MiB"},
    {"ingress_limits: {max_event_bytes: 1MiB, max_delivery_bytes: 1KiB}",
     "1:1: ingress_limits: found max_event_bytes 1MiB and max_delivery_bytes 1KiB, expected the first to be no more "
     "than the second"},
    {"ingress_limits: {max_body_bytes: 64MiB, max_bytes_in_flight: 1MiB}",
     "1:1: ingress_limits: found max_body_bytes 64MiB and max_bytes_in_flight 1MiB, expected the first to be no more "
     "than the second"},
    {"ingress_limits: {max_body_bytes: 65MiB}",
     "1:34: ingress_limits.max_body_bytes: found \"65MiB\", expected 1 to 64MiB"},
    {"ingress_limits: {max_connections: 0}",
     "1:35: ingress_limits.max_connections: found \"0\", expected 1 to 1000000"},
    {"ingress_limits: {max_connections_per_peer: 1000001}",
     "1:44: ingress_limits.max_connections_per_peer: found \"1000001\", expected 0 to 1000000"},
    {"ingress_limits: {max_head_bytes: 255}",
     "1:34: ingress_limits.max_head_bytes: found \"255\", expected 256 to 1MiB"},
    {"ingress_limits: {max_head_lines: 0}", "1:34: ingress_limits.max_head_lines: found \"0\", expected 1 to 10000"},
    {"ingress_limits: {head_timeout: 0s}", "1:32: ingress_limits.head_timeout: found \"0s\", expected 1ms to 24h"},
    {"ingress_limits: {idle_timeout: 25h}", "1:32: ingress_limits.idle_timeout: found \"25h\", expected 1ms to 24h"},
    {"ingress_limits: {idle_timeout: 60}", "1:32: ingress_limits.idle_timeout: found \"60\", expected {DURATION}"},
    {"ingress_limit: {max_events: 1}",
     "1:1: found the key \"ingress_limit\", expected one of {KEYS}; did you mean ingress_limits?"},
    {"subscribe_limits: {max_streams: 0}", "1:33: subscribe_limits.max_streams: found \"0\", expected 1 to 1000000"},
    {"subscribe_limits: {max_batch_bytes: 2MiB}",
     "1:37: subscribe_limits.max_batch_bytes: found \"2MiB\", expected 1 to 1MiB"},
    {"subscribe_limits: {tail_bytes: 1KiB}",
     "1:32: subscribe_limits.tail_bytes: found \"1KiB\", expected 64KiB to 64GiB"},
    {"drain_timeout: 2h", "1:16: drain_timeout: found \"2h\", expected 1ms to 1h"},
    {"sources: default", "1:10: sources: found a value, expected a list of sources"},
    {"sources: []", "1:10: sources: found an empty list, expected at least one source"},
    {"sources: {}", "1:10: sources: found keys with values, expected a list of sources"},
    {"sources: [default]", "1:11: sources: found a value, expected keys with values"},
    {"sources: [{}]", "1:11: sources: found a source without a name, expected one"},
    {"sources: [{name: a}]",
     "1:11: sources: found no secrets in source a, expected a list such as [\"env:NAME\"], or one of static_token, "
     "knock, hmac_sha256, standard_webhooks"},
    {"sources: [{secrets: [\"env:A\"]}]", "1:11: sources: found a source without a name, expected one"},
    {"sources: [{name: A, secrets: [\"env:A\"]}]", "1:11: sources: found the name \"A\", expected {NAME}"},
    {"sources: [{name: -a, secrets: [\"env:A\"]}]", "1:11: sources: found the name \"-a\", expected {NAME}"},
    {"sources: [{name: a_b, secrets: [\"env:A\"]}]", "1:11: sources: found the name \"a_b\", expected {NAME}"},
    {"sources: [{name: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, secrets: [\"env:A\"]}]",
     "1:11: sources: found the name \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\", expected "
     "{NAME}"},
    {"sources: [{name: a, secrets: [\"env:A\"]}, {name: a, secrets: [\"env:B\"]}]",
     "1:42: sources: found a second source \"a\", expected each name once"},
    {"sources: [{name: a, secrets: []}]", "1:30: secrets: found an empty list, expected at least one entry"},
    {"sources: [{name: a, secrets: \"env:A\"}]",
     "1:30: secrets: found a text in quotes, expected a list such as [\"env:NAME\"]"},
    {"sources: [{name: a, secrets: [hunter2]}]",
     "1:31: secrets: found a value that is not shown, expected {REFERENCE}"},
    {"sources: [{name: a, secrets: [\"env:\"]}]",
     "1:31: secrets: found a value that is not shown, expected {REFERENCE}"},
    {"sources: [{name: a, secrets: [\"env:A B\"]}]",
     "1:31: secrets: found a value that is not shown, expected {REFERENCE}"},
    {"sources: [{name: a, secrets: [\"env:9A\"]}]",
     "1:31: secrets: found a value that is not shown, expected {REFERENCE}"},
    {"sources: [{name: a, secrets: [\"file:\"]}]",
     "1:31: secrets: found a value that is not shown, expected {REFERENCE}"},
    {"sources: [{name: a, secrets: [[\"env:A\"]]}]", "1:31: secrets: found a list, expected env:NAME or file:PATH"},
    {"sources: [{name: a, secrets: [{env: A}]}]",
     "1:31: secrets: found keys with values, expected env:NAME or file:PATH"},
    {"sources: [{name: a, secrets: [~]}]", "1:31: secrets: found nothing, expected env:NAME or file:PATH"},
    {"sources: [{name: a, secret: hunter2}]",
     "1:21: found the key \"secret\", expected one of name, secrets, static_token, knock, hmac_sha256, "
     "standard_webhooks, payload; did you mean secrets?"},
    {"sources: [{name: a, secrets: [\"env:A\"], knock: {secrets: [\"env:A\"]}}]",
     "1:11: sources: found secrets and knock in source a, expected one of them"},
    {"sources: [{name: a, static_token: {header: x, tokens: [\"env:A\"]}, hmac_sha256: {secrets: [\"env:A\"]}}]",
     "1:11: sources: found static_token and hmac_sha256 in source a, expected one of them"},
    {"sources: [{name: a, static_token: {tokens: [\"env:A\"]}}]",
     "1:11: sources: found no static_token.header in source a, expected the name of an HTTP header"},
    {"sources: [{name: a, static_token: {header: x}}]",
     "1:11: sources: found no static_token.tokens in source a, expected a list such as [\"env:NAME\"]"},
    {"sources: [{name: a, knock: {}}]",
     "1:11: sources: found no knock.secrets in source a, expected a list such as [\"env:NAME\"]"},
    {"sources: [{name: a, static_token: {header: \"x y\", tokens: [\"env:A\"]}}]",
     "1:44: sources.static_token.header: found \"x y\", expected the name of an HTTP header"},
    {"sources: [{name: a, hmac_sha256: {secrets: [\"env:A\"], header: \"x:\"}}]",
     "1:63: sources.hmac_sha256.header: found \"x:\", expected the name of an HTTP header"},
    {"sources: [{name: a, hmac_sha256: {secrets: [\"env:A\"], encoding: base32}}]",
     "1:65: sources.hmac_sha256.encoding: found \"base32\", expected hex or base64; did you mean base64?"},
    {"sources: [{name: a, standard_webhooks: {secrets: [\"env:A\"], tolerance: 25h}}]",
     "1:72: sources.standard_webhooks.tolerance: found \"25h\", expected 1s to 24h"},
    {"sources: [{name: a, standard_webhooks: {secrets: [\"env:A\"], tolerance: 999ms}}]",
     "1:72: sources.standard_webhooks.tolerance: found \"999ms\", expected 1s to 24h"},
    {"sources: [{name: a, secrets: [\"env:A\"], payload: cohorts}]",
     "1:50: sources.payload: found \"cohorts\", expected auto or envelope or export_event or identify or cohort or "
     "monitor or experiment_alert; did you mean cohort?"},
    {"sources: [{name: a, static_token: {header: x, tokens: [hunter2]}}]",
     "1:56: tokens: found a value that is not shown, expected {REFERENCE}"},
    {"a: &x 1", "1:4: found an anchor, expected a value: write it out where it is needed"},
    {"http_address: *x", "1:15: found what is not YAML: the referenced anchor is not defined"},
    {"http_address: &x 127.0.0.1:1", "1:15: found an anchor, expected a value: write it out where it is needed"},
    {"http_address: !!str 127.0.0.1:1", "1:15: found a tag, expected a value without one"},
    {"http_address: !mine 127.0.0.1:1", "1:15: found a tag, expected a value without one"},
    {"log: &x {kind: memory}", "1:6: found an anchor, expected a value: write it out where it is needed"},
    {"log: !!map {kind: memory}", "1:6: found a tag, expected a value without one"},
    {"? [a, b]\n: c", "1:3: found a list, expected a key"},
    {"{a: b}: c", "1:1: found keys with values, expected a key"},
    {"~: c", "1:1: found nothing, expected a key"},
    {"http_address: 127.0.0.1:1\n---\nhttp_address: 127.0.0.1:2", "3:1: found a second document, expected one"},
    {"---\n---\n", "3:1: found a second document, expected one"},
    {"http_address: \"127.0.0.1:1", "1:27: found what is not YAML: illegal EOF in scalar"},
    {"http_address: [", "1:1: found what is not YAML: end of sequence flow not found"},
    {"http_address: {", "1:1: found what is not YAML: end of map flow not found"},
    {"log:\n  kind: memory\n data_dir: x", "3:2: found what is not YAML: end of map not found"},
    {"log:\n\tkind: memory", "2:6: found what is not YAML: illegal map value"},
    {"http_address: 127.0.0.1:1 : 2", "1:27: found what is not YAML: illegal map value"},
    {"%TAG ! tag:x,2000:\n---\nhttp_address: !x 127.0.0.1:1", "1:1: found a directive, expected none"},
    {"@: 1", "1:1: found what is not YAML: unknown token"},
    {"`: 1", "1:1: found what is not YAML: unknown token"},
    {"a: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "1:19: found values deeper than 16, expected less"},
    {"http_address: \377", "1:15: found a byte that is not UTF-8, expected UTF-8 text"},
    {absl::string_view("\377\376h\000", 4), "1:1: found a byte that is not UTF-8, expected UTF-8 text"},
    {absl::string_view("http_address: a\000b", 17), "1:16: found the control character 0x00, expected text"},
    {"http_address: a\007b", "1:16: found the control character 0x07, expected text"},
    {"log:\n  data_dir: \300\200", "2:13: found a byte that is not UTF-8, expected UTF-8 text"},
    {"log:\n  data_dir: \355\240\200", "2:13: found a byte that is not UTF-8, expected UTF-8 text"},
    {"<<: {http_address: a}", "1:1: found the key \"<<\", expected one of {KEYS}"},
    {"log:\n  kind: memory\n  data_dir:\n  retention_age: 1h", "3:3: log.data_dir: found nothing, expected a value"},
    {"log:", "1:1: log: found nothing, expected a value"},
};

TEST(ConfigFileTest, SaysWhereAndWhatIsWrong) {
  for (const Broken& broken : kBroken) {
    ConfigOrigins origins;
    const absl::Status status = ParseConfigText(broken.text, "f.yaml", &origins).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status << "\n" << broken.text;
    EXPECT_EQ(status.message(), absl::StrCat("f.yaml:", absl::StrReplaceAll(broken.error, kExpected))) << broken.text;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
  }
}

TEST(ConfigFileTest, RefusesDepthsAndSizesWithoutEnd) {
  for (const char* piece :
       {"[", "{", "- ", "? ", "&", "!", "*", "a: ", "'", "\"", "|", ">", "%", "#", "-\n", "a:\n ", "---\n"}) {
    std::string text;
    while (text.size() + std::string(piece).size() <= (1 << 20)) text += piece;
    ConfigOrigins origins;
    const absl::StatusOr<Config> config = ParseConfigText(text, "f.yaml", &origins);
    EXPECT_EQ(config.ok(), absl::StartsWith(piece, "#")) << piece;
  }
}

}  // namespace
}  // namespace ampstream
