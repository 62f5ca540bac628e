#include "server/command_line.h"

#include <CLI/CLI.hpp>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "server/base/nearest_name.h"
#include "server/base/status_macros.h"
#include "server/config_file.h"

namespace ampstream {
namespace {

// The flags as CLI11 sees them.
struct Flags {
  std::map<std::string, std::string> values;  // By flag.
  std::string config_file;
  bool new_epoch = false;
  bool version = false;
  bool check_config = false;
  bool print_config = false;
};

void Declare(CLI::App* app, Flags* flags) {
  for (const Setting& setting : Settings()) {
    app->add_option(setting.flag, flags->values[setting.flag], absl::StrCat(setting.help, " [", setting.variable, "]"));
  }
  app->add_option("--config", flags->config_file, "configuration file, YAML [AMPSTREAM_CONFIG]");
  app->add_flag(
      "--new-epoch", flags->new_epoch,
      "give the log on disk a new identity, after it was restored from a copy: cursors of before are refused");
  app->add_flag("--check-config", flags->check_config, "check the configuration and exit");
  app->add_flag("--print-config", flags->print_config, "print every value and where it came from, and exit");
  app->add_flag("--version", flags->version, "print the version and exit");
  app->footer(
      absl::StrCat("The secret of the source `default` is taken from ", kSecretVariable, ", never from a flag."));
  app->allow_extras();
}

std::vector<std::string> FlagNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) names.push_back(absl::StrCat("--", option->get_single_name()));
  return names;
}

// What CLI11 did not take.
absl::Status CheckExtras(const CLI::App& app) {
  const std::vector<std::string> extras = app.remaining();
  if (extras.empty()) return absl::OkStatus();
  const std::string name = extras[0].substr(0, extras[0].find('='));
  if (!absl::StartsWith(name, "-"))
    return absl::InvalidArgumentError(absl::StrCat("unexpected argument ", name, "; ampstreamd takes flags only"));
  return absl::InvalidArgumentError(absl::StrCat("unknown flag ", name, DidYouMean(name, FlagNames(app))));
}

absl::Status Parse(int argc, const char* const* argv, CLI::App* app) {
  try {
    app->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return absl::OkStatus();
  } catch (const CLI::ParseError& error) {
    return absl::InvalidArgumentError(absl::StrReplaceAll(error.what(), {{"\n", " "}}));
  }
  return CheckExtras(*app);
}

// A value from the flag, else the environment; nothing where neither has one.
absl::Status Apply(const Setting& setting, const CLI::App& app, const Flags& flags, const Environment& environment,
                   CommandLine* line) {
  const bool by_flag = app.count(setting.flag) > 0;
  const std::string value = by_flag ? flags.values.at(setting.flag) : environment(setting.variable);
  if (!by_flag && value.empty()) return absl::OkStatus();
  const std::string place = by_flag ? setting.flag : setting.variable;
  const absl::Status status = setting.set(value, &line->config);
  if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(place, ": ", status.message()));
  line->origins[setting.key] = absl::StrCat(by_flag ? "flag " : "environment ", place);
  return absl::OkStatus();
}

// The values of the file over the defaults; without a file, the defaults.
absl::Status ReadFile(const std::string& path, bool is_asked_for, CommandLine* line) {
  if (path.empty() && is_asked_for) return absl::InvalidArgumentError("--config: found nothing, expected a file");
  if (path.empty()) {
    line->config = DefaultConfig();
    return absl::OkStatus();
  }
  AMPSTREAM_ASSIGN_OR_RETURN(line->config, ReadConfigFile(path, &line->origins));
  return absl::OkStatus();
}

CommandLine::Action ActionOf(const CLI::App& app, const Flags& flags) {
  if (app.get_help_ptr()->count() > 0) return CommandLine::Action::kPrintHelp;
  if (flags.version) return CommandLine::Action::kPrintVersion;
  if (flags.print_config) return CommandLine::Action::kPrintConfig;
  if (flags.check_config) return CommandLine::Action::kCheckConfig;
  return CommandLine::Action::kServe;
}

}  // namespace

absl::StatusOr<CommandLine> ParseCommandLine(int argc, const char* const* argv, const Environment& environment) {
  CLI::App app("ampstreamd: Amplitude webhooks in, typed gRPC streams out.", "ampstreamd");
  Flags flags;
  Declare(&app, &flags);
  AMPSTREAM_RETURN_IF_ERROR(Parse(argc, argv, &app));
  CommandLine line;
  line.action = ActionOf(app, flags);
  line.help = app.help();
  line.new_epoch = flags.new_epoch;
  if (line.action == CommandLine::Action::kPrintHelp || line.action == CommandLine::Action::kPrintVersion) return line;
  AMPSTREAM_RETURN_IF_ERROR(ReadFile(app.count("--config") > 0 ? flags.config_file : environment("AMPSTREAM_CONFIG"),
                                     app.count("--config") > 0, &line));
  for (const Setting& setting : Settings()) AMPSTREAM_RETURN_IF_ERROR(Apply(setting, app, flags, environment, &line));
  if (line.origins.count("log.retention_size") == 0) SetDefaultRetention(&line.config);
  return line;
}

}  // namespace ampstream
