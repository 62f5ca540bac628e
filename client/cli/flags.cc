#include "client/cli/flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/printable.h"
#include "server/base/nearest_name.h"
#include "server/base/version.h"

namespace ampstream {
namespace {

void AddOutput(CLI::App& command, Flags& flags) {
  command.add_option("--output", flags.output, "text for eyes, or json: a line of proto3 JSON each")
      ->type_name("text|json")
      ->capture_default_str();
}

// Each flag takes one value and may stand several times.
void AddList(CLI::App& command, const char* name, std::vector<std::string>& values, const char* type,
             const char* text) {
  command.add_option(name, values, text)->type_name(type)->allow_extra_args(false);
}

void AddFilter(CLI::App& command, Flags& flags) {
  AddList(command, "--type", flags.types, "TYPE", "Only events of this type (events.track); may be repeated");
  AddList(command, "--source", flags.sources, "NAME", "Only events of this source; may be repeated");
  AddList(command, "--user-id", flags.user_ids, "ID", "Only events of this user; may be repeated");
}

void AddTail(CLI::App& app, Flags& flags) {
  CLI::App& command = *app.add_subcommand("tail", "Print events as they come, from any place in the log on");
  AddFilter(command, flags);
  command.add_option("--where", flags.where, "Only events for which this expression holds: monitors_alert.value > 100")
      ->type_name("EXPR");
  command
      .add_option("--from", flags.from,
                  "Where to begin: latest (the default), earliest, a cursor (after it), a time\n"
                  "(2026-01-31T08:00:00Z, 2026-01-31), -10m (so long ago), last:20 (the last 20 that match)")
      ->type_name("START");
  command.add_flag("--until-caught-up", flags.until_caught_up, "End once all that is in the log now has been printed");
  command.add_option("--count", flags.count, "End after so many events; 0: never")->type_name("N");
  command
      .add_option("--cursor-file", flags.cursor_file,
                  "Resume after the cursor in FILE where it has one, and keep it up to date")
      ->type_name("FILE");
  AddOutput(command, flags);
}

void AddSend(CLI::App& app, Flags& flags) {
  CLI::App& command = *app.add_subcommand(
      "send", "Sign and post a webhook, as Amplitude would; the source's secret is in AMPSTREAM_WEBHOOK_SECRET");
  command
      .add_option("target", flags.target,
                  "A type (events.track): a sample of it; a FILE, or - for stdin: these bytes exactly;\n"
                  "nothing: a sample of each type")
      ->type_name("TYPE|FILE|-");
  command.add_option("--url", flags.url, "Where to post")
      ->type_name("URL")
      ->envname("AMPSTREAM_URL")
      ->capture_default_str();
}

void AddCommands(CLI::App& app, Flags& flags) {
  AddTail(app, flags);
  AddSend(app, flags);
  CLI::App& get = *app.add_subcommand("get", "Print one event in full");
  get.add_option("id", flags.id, "The event's id")->type_name("ID");
  AddOutput(get, flags);
  CLI::App& list = *app.add_subcommand("list", "Print what is in the log, oldest first");
  AddFilter(list, flags);
  list.add_option("--limit", flags.limit, "At most so many events; 0: all")->type_name("N");
  AddOutput(list, flags);
  AddOutput(*app.add_subcommand("info", "Print what the log holds"), flags);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    command->footer("\nEvery command also takes --grpc-address and --log-level: see ampstream --help.");
  }
}

std::vector<std::string> CommandNames(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::string OneOf(CLI::App& app) { return absl::StrCat("; it is one of ", absl::StrJoin(CommandNames(app), ", ")); }

// Flags of the command that was given, and those of all.
std::vector<std::string> FlagNames(const CLI::App& app, const CLI::App* command) {
  std::vector<std::string> names;
  for (const CLI::App* part : {&app, command}) {
    if (part == nullptr) continue;
    for (const CLI::Option* option : part->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

absl::Status UnknownArgument(const std::string& argument, CLI::App& app, const CLI::App* command) {
  if (absl::StartsWith(argument, "-") && argument != "-") {
    const std::string flag = argument.substr(0, argument.find('='));
    return absl::InvalidArgumentError(
        absl::StrCat("unknown flag ", Printable(flag), DidYouMean(flag, FlagNames(app, command))));
  }
  if (command == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown command ", Printable(argument), DidYouMean(argument, CommandNames(app)), OneOf(app)));
  }
  return absl::InvalidArgumentError(absl::StrCat(command->get_name(), " takes no \"", Printable(argument), "\""));
}

// What CLI11 leaves open, so that the errors are in the words of this program.
absl::Status CheckWhatIsLeft(CLI::App& app, Flags& flags) {
  const std::vector<CLI::App*> commands = app.get_subcommands();
  const CLI::App* command = commands.empty() ? nullptr : commands.front();
  const std::vector<std::string> unknown = app.remaining(true);
  if (!unknown.empty()) return UnknownArgument(unknown.front(), app, command);
  if (command == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("no command", OneOf(app), " (--help says more)"));
  }
  if (commands.size() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("two commands, ", commands[0]->get_name(), " and ", commands[1]->get_name(), "; give one"));
  }
  flags.command = command->get_name();
  return absl::OkStatus();
}

std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return Printable(text);
}

void SetUp(CLI::App& app, Flags& flags, bool& version) {
  app.name("ampstream");
  app.add_option("--grpc-address", flags.grpc_address, "The server's gRPC address")
      ->type_name("HOST:PORT")
      ->envname("AMPSTREAM_GRPC_ADDRESS")
      ->capture_default_str();
  app.add_option("--log-level", flags.log_level, "What to tell on stderr beside errors")
      ->type_name("debug|info|warning|error")
      ->capture_default_str();
  app.add_flag("--version", version, "Print the version and end");
  app.allow_extras();
  app.fallthrough();  // inherited: the flags above may stand after the command too
  AddCommands(app, flags);
}

}  // namespace

absl::StatusOr<Flags> ParseFlags(int argc, const char* const* argv) {
  Flags flags;
  bool version = false;
  CLI::App app("Typed events from Amplitude's webhooks, on the command line.");
  SetUp(app, flags, version);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> commands = app.get_subcommands();
    flags.answer = commands.empty() ? app.help() : commands.front()->help("ampstream");
    return flags;
  } catch (const CLI::ArgumentMismatch& error) {
    // Its text begins with the flag's name and a colon.
    const std::string text = OneLine(error.what());
    return absl::InvalidArgumentError(absl::StrCat(text.substr(0, text.find(':')), " takes one value, once"));
  } catch (const CLI::Error& error) {
    return absl::InvalidArgumentError(OneLine(error.what()));
  }
  if (version) {
    flags.answer = absl::StrCat("ampstream ", kVersion, "\n");
    return flags;
  }
  const absl::Status status = CheckWhatIsLeft(app, flags);
  if (!status.ok()) return status;
  return flags;
}

}  // namespace ampstream
