#include "server/command_line.h"

#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "server/config.h"
#include "tests/testing/temporary_folder.h"

namespace ampstream {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;
using testing::UnorderedElementsAre;

using Action = CommandLine::Action;
using Variables = std::map<std::string, std::string>;

absl::StatusOr<CommandLine> Parse(std::vector<std::string> arguments, const Variables& variables = {}) {
  arguments.insert(arguments.begin(), "ampstreamd");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return ParseCommandLine(static_cast<int>(argv.size()), argv.data(), [&](const std::string& variable) {
    const auto found = variables.find(variable);
    return found == variables.end() ? std::string() : found->second;
  });
}

CommandLine Parsed(std::vector<std::string> arguments, const Variables& variables = {}) {
  absl::StatusOr<CommandLine> line = Parse(std::move(arguments), variables);
  EXPECT_TRUE(line.ok()) << line.status();
  return line.ok() ? *std::move(line) : CommandLine();
}

// The one line that a person sees.
std::string Error(std::vector<std::string> arguments, const Variables& variables = {}) {
  const absl::Status status = Parse(std::move(arguments), variables).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("\n")));
  return std::string(status.message());
}

TEST(CommandLineTest, ServesWithTheDefaultsWhenNothingIsSaid) {
  const CommandLine line = Parsed({});
  EXPECT_EQ(line.action, Action::kServe);
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(line.config, DefaultConfig()));
  EXPECT_THAT(line.origins, IsEmpty());
}

TEST(CommandLineTest, TakesEveryFlag) {
  const CommandLine line =
      Parsed({"--http-address", "0.0.0.0:1", "--grpc-address", "[::1]:2", "--admin-address=localhost:3", "--log",
              "memory", "--data-dir", "/var/lib/ampstream"});
  EXPECT_EQ(line.config.http_address(), "0.0.0.0:1");
  EXPECT_EQ(line.config.grpc_address(), "[::1]:2");
  EXPECT_EQ(line.config.admin_address(), "localhost:3");
  EXPECT_EQ(line.config.log().kind(), config::v1::Log::KIND_MEMORY);
  EXPECT_EQ(line.config.log().data_dir(), "/var/lib/ampstream");
  EXPECT_THAT(
      line.origins,
      UnorderedElementsAre(Pair("http_address", "flag --http-address"), Pair("grpc_address", "flag --grpc-address"),
                           Pair("admin_address", "flag --admin-address"), Pair("log.kind", "flag --log"),
                           Pair("log.data_dir", "flag --data-dir")));
}

TEST(CommandLineTest, TakesEveryVariable) {
  const CommandLine line = Parsed({}, {{"AMPSTREAM_HTTP_ADDRESS", "h:1"},
                                       {"AMPSTREAM_GRPC_ADDRESS", "g:2"},
                                       {"AMPSTREAM_ADMIN_ADDRESS", "a:3"},
                                       {"AMPSTREAM_LOG", "memory"},
                                       {"AMPSTREAM_DATA_DIR", "data"}});
  EXPECT_EQ(line.config.http_address(), "h:1");
  EXPECT_EQ(line.config.grpc_address(), "g:2");
  EXPECT_EQ(line.config.admin_address(), "a:3");
  EXPECT_EQ(line.config.log().data_dir(), "data");
  EXPECT_THAT(line.origins, UnorderedElementsAre(Pair("http_address", "environment AMPSTREAM_HTTP_ADDRESS"),
                                                 Pair("grpc_address", "environment AMPSTREAM_GRPC_ADDRESS"),
                                                 Pair("admin_address", "environment AMPSTREAM_ADMIN_ADDRESS"),
                                                 Pair("log.kind", "environment AMPSTREAM_LOG"),
                                                 Pair("log.data_dir", "environment AMPSTREAM_DATA_DIR")));
}

TEST(CommandLineTest, TheFlagGoesBeforeTheEnvironment) {
  const CommandLine line = Parsed({"--http-address", "flag:1"},
                                  {{"AMPSTREAM_HTTP_ADDRESS", "variable:2"}, {"AMPSTREAM_GRPC_ADDRESS", "variable:3"}});
  EXPECT_EQ(line.config.http_address(), "flag:1");
  EXPECT_EQ(line.config.grpc_address(), "variable:3");
  EXPECT_EQ(line.config.admin_address(), DefaultConfig().admin_address());
  EXPECT_EQ(line.origins.at("http_address"), "flag --http-address");
}

TEST(CommandLineTest, AVariableThatAFlagOverridesIsNotChecked) {
  EXPECT_EQ(Parsed({"--http-address", "flag:1"}, {{"AMPSTREAM_HTTP_ADDRESS", "nonsense"}}).config.http_address(),
            "flag:1");
}

TEST(CommandLineTest, AnEmptyVariableCountsAsNotSet) {
  const CommandLine line =
      Parsed({}, {{"AMPSTREAM_HTTP_ADDRESS", ""}, {"AMPSTREAM_LOG", ""}, {"AMPSTREAM_CONFIG", ""}});
  EXPECT_EQ(line.config.http_address(), DefaultConfig().http_address());
  EXPECT_THAT(line.origins, IsEmpty());
}

TEST(CommandLineTest, AnEmptyFlagIsAnError) {
  EXPECT_THAT(Error({"--http-address", ""}), HasSubstr("--http-address"));
  EXPECT_THAT(Error({"--http-address="}), HasSubstr("--http-address"));
  EXPECT_THAT(Error({"--log", ""}), HasSubstr("--log"));
}

TEST(CommandLineTest, NamesTheNearestFlagForOneThatIsNone) {
  EXPECT_EQ(Error({"--htp-address", "h:1"}), "unknown flag --htp-address; did you mean --http-address?");
  EXPECT_EQ(Error({"--data_dir=x"}), "unknown flag --data_dir; did you mean --data-dir?");
  EXPECT_EQ(Error({"--chek-config"}), "unknown flag --chek-config; did you mean --check-config?");
  EXPECT_EQ(Error({"--nothing-like-it"}), "unknown flag --nothing-like-it");
  EXPECT_THAT(Error({"-x"}), HasSubstr("unknown flag -x"));
}

TEST(CommandLineTest, RefusesWhatIsNoFlag) {
  EXPECT_EQ(Error({"serve"}), "unexpected argument serve; ampstreamd takes flags only");
  EXPECT_THAT(Error({"--log", "memory", "disk"}), HasSubstr("disk"));
}

TEST(CommandLineTest, NamesTheFlagThatHasNoValue) {
  for (const Setting& setting : Settings()) EXPECT_THAT(Error({setting.flag}), HasSubstr(setting.flag));
  EXPECT_THAT(Error({"--config"}), HasSubstr("--config"));
}

TEST(CommandLineTest, NamesThePlaceOfABadAddress) {
  for (const std::string flag : {"--http-address", "--grpc-address", "--admin-address"}) {
    for (const std::string address : {"8080", "localhost", "localhost:", ":8080", "localhost:65536", "localhost:-1",
                                      "localhost:http", "::1:8080", "[::1]"}) {
      EXPECT_THAT(Error({flag, address}), AllOf(HasSubstr(flag), HasSubstr(address)));
    }
  }
  EXPECT_THAT(Error({}, {{"AMPSTREAM_GRPC_ADDRESS", "nonsense"}}),
              AllOf(HasSubstr("AMPSTREAM_GRPC_ADDRESS: "), HasSubstr("nonsense")));
}

TEST(CommandLineTest, KeepsLessInMemoryThanOnDisk) {
  EXPECT_EQ(Parsed({}).config.log().kind(), config::v1::Log::KIND_ROCKSDB);
  EXPECT_EQ(Parsed({"--log", "rocksdb"}).config.log().retention_size(), int64_t{10} << 30);
  EXPECT_EQ(Parsed({"--log", "memory"}).config.log().retention_size(), int64_t{64} << 20);
}

TEST(CommandLineTest, TakesANewEpochForOneStartOnly) {
  EXPECT_FALSE(Parsed({}).new_epoch);
  EXPECT_TRUE(Parsed({"--new-epoch"}).new_epoch);
}

TEST(CommandLineTest, NamesTheNearestLog) {
  EXPECT_THAT(Error({"--log", "memry"}), HasSubstr("did you mean memory?"));
  EXPECT_THAT(Error({"--log", "kafka"}), AllOf(HasSubstr("expected memory or rocksdb"), Not(HasSubstr("mean"))));
}

TEST(CommandLineTest, TakesTheFileUnderTheEnvironmentUnderTheFlags) {
  const TemporaryFolder folder;
  const std::string path = folder.path() + "/ampstreamd.yaml";
  std::ofstream(path) << "http_address: 127.0.0.1:1\n"
                         "grpc_address: 127.0.0.1:1\n"
                         "admin_address: 127.0.0.1:1\n"
                         "log: {kind: memory}\n";
  const Variables variables = {{"AMPSTREAM_CONFIG", path}, {"AMPSTREAM_GRPC_ADDRESS", "127.0.0.1:2"}};
  const CommandLine line = Parsed({"--admin-address", "127.0.0.1:3"}, variables);
  EXPECT_EQ(line.config.http_address(), "127.0.0.1:1");
  EXPECT_EQ(line.config.grpc_address(), "127.0.0.1:2");
  EXPECT_EQ(line.config.admin_address(), "127.0.0.1:3");
  EXPECT_EQ(line.config.log().retention_size(), int64_t{64} << 20);
  EXPECT_EQ(line.origins.at("http_address"), path + ":1");
  EXPECT_EQ(line.origins.at("grpc_address"), "environment AMPSTREAM_GRPC_ADDRESS");
  EXPECT_EQ(line.origins.at("admin_address"), "flag --admin-address");
  // It is read anew each time.
  std::ofstream(path) << "log: {kind: memory, retention_size: 2MiB}\n";
  EXPECT_EQ(Parsed({"--config", path}).config.log().retention_size(), int64_t{2} << 20);
  EXPECT_EQ(Parsed({"--config", path, "--log", "rocksdb"}).config.log().retention_size(), int64_t{2} << 20);
}

TEST(CommandLineTest, NamesTheFileThatIsWrong) {
  EXPECT_THAT(Error({"--config", "/none/ampstreamd.yaml"}), HasSubstr("/none/ampstreamd.yaml"));
  EXPECT_THAT(Error({}, {{"AMPSTREAM_CONFIG", "/none/ampstreamd.yaml"}}), HasSubstr("/none/ampstreamd.yaml"));
  EXPECT_THAT(Error({"--check-config", "--config", ""}), HasSubstr("--config"));
}

TEST(CommandLineTest, TellsWhatToDo) {
  EXPECT_EQ(Parsed({"--help"}).action, Action::kPrintHelp);
  EXPECT_EQ(Parsed({"-h"}).action, Action::kPrintHelp);
  EXPECT_EQ(Parsed({"--version"}).action, Action::kPrintVersion);
  EXPECT_EQ(Parsed({"--check-config"}).action, Action::kCheckConfig);
  EXPECT_EQ(Parsed({"--print-config"}).action, Action::kPrintConfig);
}

TEST(CommandLineTest, HelpAndVersionComeWhateverElseIsWrong) {
  EXPECT_EQ(Parsed({"--help", "--log", "nonsense"}).action, Action::kPrintHelp);
  EXPECT_EQ(Parsed({"--version"}, {{"AMPSTREAM_LOG", "nonsense"}}).action, Action::kPrintVersion);
}

TEST(CommandLineTest, CheckingReadsTheValues) {
  EXPECT_THAT(Error({"--check-config", "--http-address", "nonsense"}), HasSubstr("nonsense"));
  EXPECT_EQ(Parsed({"--print-config", "--http-address", "h:1"}).config.http_address(), "h:1");
}

TEST(CommandLineTest, HelpNamesEverySettingAndTheSecretsVariable) {
  const std::string help = Parsed({"--help"}).help;
  for (const Setting& setting : Settings()) {
    EXPECT_THAT(help, AllOf(HasSubstr(setting.flag), HasSubstr(setting.variable), HasSubstr(setting.help)));
  }
  for (const char* flag : {"--config", "--check-config", "--print-config", "--version", kSecretVariable}) {
    EXPECT_THAT(help, HasSubstr(flag));
  }
}

TEST(CommandLineTest, NoFlagTakesASecret) {
  for (const std::string flag : {"--secret", "--webhook-secret"}) {
    EXPECT_THAT(Error({absl::StrCat(flag, "=hunter2")}), AllOf(HasSubstr(flag), Not(HasSubstr("hunter2"))));
  }
}

}  // namespace
}  // namespace ampstream
