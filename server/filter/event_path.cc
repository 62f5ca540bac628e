#include "server/filter/event_path.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <cstddef>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "ampstream/v1/event.pb.h"
#include "server/base/nearest_name.h"
#include "server/base/status_macros.h"
#include "server/filter/expression_lexer.h"

namespace ampstream {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;
using Kind = EventPath::Kind;

const OneofDescriptor& Payloads() {
  static const OneofDescriptor* const payloads = v1::Event::descriptor()->FindOneofByName("payload");
  return *payloads;
}

Kind KindOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return Kind::kString;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return Kind::kDouble;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Kind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Kind::kEventType;  // The one enumeration of an event.
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == google::protobuf::Timestamp::descriptor()) return Kind::kTime;
      if (field.message_type() == google::protobuf::Struct::descriptor()) return Kind::kStruct;
      if (field.message_type() == google::protobuf::Value::descriptor()) return Kind::kValue;
      return Kind::kMessage;
    default:
      return Kind::kInteger;
  }
}

// The paths of a message's fields, those of the messages in it too.
void AddPaths(const Descriptor& message, const std::string& prefix, std::vector<std::string>* paths) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    paths->push_back(prefix + field.name());
    if (KindOf(field) == Kind::kMessage)
      AddPaths(*field.message_type(), absl::StrCat(prefix, field.name(), "."), paths);
  }
}

// Every path that could have been meant, full and short.
const std::vector<std::string>& KnownPaths() {
  static const std::vector<std::string>* const known = [] {
    auto* const paths = new std::vector<std::string>();
    AddPaths(*v1::Event::descriptor(), "", paths);
    for (int i = 0; i < Payloads().field_count(); ++i) AddPaths(*Payloads().field(i)->message_type(), "", paths);
    return paths;
  }();
  return *known;
}

absl::Status UnknownPath(const std::vector<PathPart>& path, size_t part) {
  const std::vector<PathPart> up_to(path.begin(), path.begin() + static_cast<std::ptrdiff_t>(part) + 1);
  const std::string written = PrintPath(up_to);
  return SyntaxError(path[part].column, absl::StrCat("the path ", written),
                     absl::StrCat("a field of Event or of a payload", DidYouMean(written, KnownPaths())));
}

// From the part `at` on, in a message.
absl::Status ResolveIn(const Descriptor& message, const std::vector<PathPart>& path, size_t at, EventPath* resolved) {
  const FieldDescriptor* const field = message.FindFieldByName(path[at].name);
  if (field == nullptr) return UnknownPath(path, at);
  resolved->name += absl::StrCat(resolved->name.empty() ? "" : ".", field->name());
  resolved->fields.push_back(field->number());
  resolved->kind = KindOf(*field);
  if (at + 1 == path.size()) return absl::OkStatus();
  if (resolved->kind == Kind::kMessage) return ResolveIn(*field->message_type(), path, at + 1, resolved);
  if (resolved->kind != Kind::kStruct && resolved->kind != Kind::kValue) {
    return SyntaxError(path[at + 1].column, absl::StrCat(path[at + 1].name, " below ", resolved->name),
                       absl::StrCat("no more: that is ", NameOf(resolved->kind)));
  }
  for (size_t i = at + 1; i < path.size(); ++i) resolved->keys.push_back(path[i].name);
  return absl::OkStatus();
}

absl::Status CheckAlike(const std::vector<EventPath>& alternatives, const std::vector<PathPart>& path) {
  for (const EventPath& one : alternatives) {
    if (one.kind == alternatives[0].kind) continue;
    return SyntaxError(path[0].column, absl::StrCat("the short path ", PrintPath(path)),
                       absl::StrCat("a full one: ", alternatives[0].name, " is ", NameOf(alternatives[0].kind), ", ",
                                    one.name, " is ", NameOf(one.kind)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::string_view NameOf(Kind kind) {
  switch (kind) {
    case Kind::kString:
      return "a text";
    case Kind::kInteger:
    case Kind::kDouble:
      return "a number";
    case Kind::kBool:
      return "true or false";
    case Kind::kEventType:
      return "a type";
    case Kind::kTime:
      return "a time";
    case Kind::kMessage:
      return "a message";
    case Kind::kStruct:
      return "a map";
    case Kind::kValue:
      return "any value";
  }
  return "";
}

absl::StatusOr<std::vector<EventPath>> ResolvePath(const std::vector<PathPart>& path) {
  std::vector<EventPath> alternatives;
  if (v1::Event::descriptor()->FindFieldByName(path[0].name) != nullptr) {
    alternatives.emplace_back();
    AMPSTREAM_RETURN_IF_ERROR(ResolveIn(*v1::Event::descriptor(), path, 0, &alternatives.back()));
    return alternatives;
  }
  absl::Status failure;
  for (int i = 0; i < Payloads().field_count(); ++i) {
    const FieldDescriptor& payload = *Payloads().field(i);
    if (payload.message_type()->FindFieldByName(path[0].name) == nullptr) continue;
    EventPath resolved;
    resolved.name = payload.name();
    resolved.fields.push_back(payload.number());
    const absl::Status status = ResolveIn(*payload.message_type(), path, 0, &resolved);
    if (status.ok()) {
      alternatives.push_back(std::move(resolved));
    } else {
      failure.Update(status);
    }
  }
  if (alternatives.empty()) return failure.ok() ? UnknownPath(path, 0) : failure;
  AMPSTREAM_RETURN_IF_ERROR(CheckAlike(alternatives, path));
  return alternatives;
}

}  // namespace ampstream
