#include "server/config_file.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/message.h>

#include <set>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "server/base/host_port.h"
#include "server/base/nearest_name.h"
#include "server/base/status_macros.h"
#include "server/config.h"
#include "server/config_source.h"
#include "server/config_values.h"
#include "server/event/times.h"
#include "server/yaml_tree.h"

namespace ampstream {
namespace {

using config::v1::Config;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr absl::string_view kSources = "sources.";  // What the keys of a source begin with.

absl::Status Unexpected(const YamlNode& node, absl::string_view key, absl::string_view expected) {
  const absl::string_view separator = key.empty() ? "" : ": ";
  return YamlError(node.mark, absl::StrCat(key, separator, "found ", node.KindName(), ", expected ", expected));
}

// `expected` is the text of an error about the value.
absl::Status BadValue(const YamlNode& node, absl::string_view key, const absl::Status& expected) {
  return YamlError(node.mark, absl::StrCat(key, ": found \"", ShownValue(node.text), "\", ", expected.message()));
}

// Reads a tree into a message.
class Reader {
 public:
  Reader(std::string file_name, ConfigOrigins* origins) : file_name_(std::move(file_name)), origins_(origins) {}

  absl::Status ReadMessage(const YamlNode& node, const std::string& path, Message* message) {
    if (node.kind != YamlNode::Kind::kMap) return Unexpected(node, absl::StripSuffix(path, "."), "keys with values");
    for (size_t i = 0; i < node.keys.size(); ++i) {
      const YamlNode& key = node.keys[i];
      const FieldDescriptor* const field = message->GetDescriptor()->FindFieldByName(key.text);
      if (field == nullptr) return UnknownKey(key, *message);
      if (node.values[i].kind == YamlNode::Kind::kNull)
        return YamlError(key.mark, absl::StrCat(path, key.text, ": found nothing, expected a value"));
      AMPSTREAM_RETURN_IF_ERROR(ReadField(node.values[i], absl::StrCat(path, key.text), *field, message));
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status UnknownKey(const YamlNode& key, const Message& message) {
    std::vector<std::string> known;
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i)
      known.push_back(message.GetDescriptor()->field(i)->name());
    return YamlError(key.mark, absl::StrCat("found the key \"", ShownValue(key.text), "\", expected one of ",
                                            absl::StrJoin(known, ", "), DidYouMean(key.text, known)));
  }

  absl::Status ReadField(const YamlNode& node, const std::string& key, const FieldDescriptor& field, Message* message) {
    if (field.message_type() == Config::descriptor()->FindFieldByName("sources")->message_type())
      return ReadSources(node, static_cast<Config*>(message));
    if (field.is_repeated()) return ReadReferences(node, key, field, message);
    if (field.message_type() == google::protobuf::Duration::descriptor())
      return ReadDuration(node, key, field, message);
    if (field.message_type() != nullptr)
      return ReadMessage(node, key + ".", message->GetReflection()->MutableMessage(message, &field));
    if (node.kind != YamlNode::Kind::kScalar) return Unexpected(node, key, "a value");
    Note(key, node);
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(node, key, field, message);
      case FieldDescriptor::CPPTYPE_STRING:
        return ReadString(node, key, field, message);
      default:
        return ReadNumber(node, key, field, message);
    }
  }

  absl::Status ReadString(const YamlNode& node, const std::string& key, const FieldDescriptor& field,
                          Message* message) {
    if (node.text.empty()) return YamlError(node.mark, absl::StrCat(key, ": found an empty text, expected a value"));
    if (absl::EndsWith(key, "_address") && !HostPort::Parse(node.text).ok()) {
      return BadValue(node, key, absl::InvalidArgumentError("expected HOST:PORT, with a port from 0 to 65535"));
    }
    if (absl::EndsWith(key, ".header") && !IsHeaderName(node.text))
      return BadValue(node, key, absl::InvalidArgumentError("expected the name of an HTTP header"));
    message->GetReflection()->SetString(message, &field, node.text);
    return absl::OkStatus();
  }

  absl::Status ReadNumber(const YamlNode& node, const std::string& key, const FieldDescriptor& field,
                          Message* message) {
    const absl::StatusOr<int64_t> number = IsSizeKey(field.name()) ? ParseSize(node.text) : ParseNumber(node.text);
    absl::Status status = number.status();
    if (status.ok()) status = CheckBounds(key, *number);
    if (!status.ok()) return BadValue(node, key, status);
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_INT32) {
      message->GetReflection()->SetInt32(message, &field, static_cast<int32_t>(*number));  // Bounds are within it.
    } else {
      message->GetReflection()->SetInt64(message, &field, *number);
    }
    return absl::OkStatus();
  }

  absl::Status ReadDuration(const YamlNode& node, const std::string& key, const FieldDescriptor& field,
                            Message* message) {
    if (node.kind != YamlNode::Kind::kScalar) return Unexpected(node, key, "a duration such as 30s");
    Note(key, node);
    const absl::StatusOr<absl::Duration> duration = ParseTimeSpan(node.text);
    absl::Status status = duration.status();
    if (status.ok()) status = CheckBounds(key, *duration);
    if (!status.ok()) return BadValue(node, key, status);
    auto* const out =
        static_cast<google::protobuf::Duration*>(message->GetReflection()->MutableMessage(message, &field));
    SetDuration(*duration, out);
    return absl::OkStatus();
  }

  // The values' own names: `rocksdb` of KIND_ROCKSDB.
  absl::Status ReadEnum(const YamlNode& node, const std::string& key, const FieldDescriptor& field, Message* message) {
    std::vector<std::string> known;
    for (int i = 1; i < field.enum_type()->value_count(); ++i) {  // The first is no value of a file.
      const EnumValueDescriptor& value = *field.enum_type()->value(i);
      known.push_back(ShortName(value));
      if (known.back() != node.text) continue;
      message->GetReflection()->SetEnum(message, &field, &value);
      return absl::OkStatus();
    }
    return BadValue(node, key,
                    absl::InvalidArgumentError(
                        absl::StrCat("expected ", absl::StrJoin(known, " or "), DidYouMean(node.text, known))));
  }

  absl::Status ReadReferences(const YamlNode& node, const std::string& key, const FieldDescriptor& field,
                              Message* message) {
    Note(key, node);
    if (node.kind != YamlNode::Kind::kSequence) return Unexpected(node, field.name(), "a list such as [\"env:NAME\"]");
    if (node.values.empty())
      return YamlError(node.mark, absl::StrCat(field.name(), ": found an empty list, expected at least one entry"));
    message->GetReflection()->ClearField(message, &field);
    for (const YamlNode& value : node.values) {
      if (value.kind != YamlNode::Kind::kScalar) return Unexpected(value, field.name(), "env:NAME or file:PATH");
      const absl::Status status = CheckReference(value.text);
      if (!status.ok())
        return YamlError(value.mark,
                         absl::StrCat(field.name(), ": found a value that is not shown, ", status.message()));
      message->GetReflection()->AddString(message, &field, value.text);
    }
    return absl::OkStatus();
  }

  absl::Status ReadSources(const YamlNode& node, Config* config) {
    if (node.kind != YamlNode::Kind::kSequence) return Unexpected(node, "sources", "a list of sources");
    if (node.values.empty()) return YamlError(node.mark, "sources: found an empty list, expected at least one source");
    config->clear_sources();
    std::set<std::string> names;
    for (const YamlNode& value : node.values) {
      config::v1::Source& source = *config->add_sources();
      AMPSTREAM_RETURN_IF_ERROR(ReadSource(value, &source));
      if (!names.insert(source.name()).second) {
        return YamlError(value.mark, absl::StrCat("sources: found a second source \"", source.name(),
                                                  "\", expected each name once"));
      }
    }
    return absl::OkStatus();
  }

  // The places of its values are noted under its name, which may be the last thing that is read.
  absl::Status ReadSource(const YamlNode& node, config::v1::Source* source) {
    ConfigOrigins origins;
    AMPSTREAM_RETURN_IF_ERROR(Reader(file_name_, &origins).ReadMessage(node, std::string(kSources), source));
    const absl::Status status = CheckSource(*source);
    if (!status.ok()) return YamlError(node.mark, absl::StrCat("sources: ", status.message()));
    SetSourceDefaults(source);
    origins.erase(absl::StrCat(kSources, "name"));
    for (const auto& [key, origin] : origins)
      (*origins_)[absl::StrCat(kSources, source->name(), ".", absl::StripPrefix(key, kSources))] = origin;
    return absl::OkStatus();
  }

  void Note(const std::string& key, const YamlNode& node) {
    (*origins_)[key] = absl::StrCat(file_name_, ":", node.mark.line);
  }

  const std::string file_name_;
  ConfigOrigins* const origins_;
};

// What no single value can be blamed for.
absl::Status CheckTogether(const Config& config) {
  const config::v1::IngressLimits& limits = config.ingress_limits();
  if (limits.max_body_bytes() > limits.max_bytes_in_flight()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ingress_limits: found max_body_bytes ", FormatSize(limits.max_body_bytes()), " and max_bytes_in_flight ",
        FormatSize(limits.max_bytes_in_flight()), ", expected the first to be no more than the second"));
  }
  if (limits.max_event_bytes() > limits.max_delivery_bytes()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "ingress_limits: found max_event_bytes ", FormatSize(limits.max_event_bytes()), " and max_delivery_bytes ",
        FormatSize(limits.max_delivery_bytes()), ", expected the first to be no more than the second"));
  }
  return absl::OkStatus();
}

absl::Status Parse(absl::string_view text, Reader reader, Config* config) {
  AMPSTREAM_ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(text));
  if (root.kind != YamlNode::Kind::kNull) AMPSTREAM_RETURN_IF_ERROR(reader.ReadMessage(root, "", config));
  const absl::Status together = CheckTogether(*config);
  return together.ok() ? together : YamlError(root.mark, together.message());
}

}  // namespace

absl::StatusOr<Config> ParseConfigText(absl::string_view text, const std::string& file_name, ConfigOrigins* origins) {
  Config config = DefaultConfig();
  const absl::Status status = Parse(text, Reader(file_name, origins), &config);
  if (!status.ok()) return absl::InvalidArgumentError(absl::StrCat(file_name, ":", status.message()));
  if (origins->count("log.retention_size") == 0) SetDefaultRetention(&config);
  return config;
}

absl::StatusOr<Config> ReadConfigFile(const std::string& path, ConfigOrigins* origins) {
  const absl::StatusOr<std::string> text = ReadSmallFile(path);
  if (!text.ok())
    return absl::InvalidArgumentError(absl::StrCat("the configuration ", path, ": ", text.status().message()));
  return ParseConfigText(*text, path, origins);
}

}  // namespace ampstream
