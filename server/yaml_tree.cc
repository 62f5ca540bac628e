#include "server/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "server/base/status_macros.h"
#include "server/base/utf8.h"

namespace ampstream {
namespace {

constexpr size_t kMaxBytes = 1 << 20;
constexpr size_t kMaxDepth = 16;
constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

YamlMark MarkOf(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

// Ends yaml-cpp's walk, which knows no other way.
struct Refused : std::exception {
  explicit Refused(absl::Status status) : status(std::move(status)) {}
  absl::Status status;
};

[[noreturn]] void Refuse(const YAML::Mark& mark, absl::string_view text) {
  throw Refused(YamlError(MarkOf(mark), text));
}

// Builds the tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Begin(mark, "?", anchor, YamlNode::Kind::kNull);
    End();
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "found an alias, expected a value: write it out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    YamlNode& node = Begin(mark, tag, anchor, YamlNode::Kind::kScalar);
    node.text = value;
    node.is_quoted = tag == "!";
    End();
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    Begin(mark, tag, anchor, YamlNode::Kind::kSequence);
  }
  void OnSequenceEnd() override { End(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    Begin(mark, tag, anchor, YamlNode::Kind::kMap);
  }
  void OnMapEnd() override { End(); }

  YamlNode TakeRoot() { return std::move(root_); }

 private:
  YamlNode& Begin(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YamlNode::Kind kind) {
    if (anchor != 0) Refuse(mark, "found an anchor, expected a value: write it out where it is needed");
    if (tag != "?" && tag != "!") Refuse(mark, "found a tag, expected a value without one");
    if (open_.size() >= kMaxDepth)
      Refuse(mark, absl::StrCat("found values deeper than ", kMaxDepth, ", expected less"));
    YamlNode node;
    node.kind = kind;
    node.mark = MarkOf(mark);
    open_.push_back(std::move(node));
    return open_.back();
  }

  void End() {
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    YamlNode& parent = open_.back();
    if (parent.kind == YamlNode::Kind::kMap && parent.keys.size() == parent.values.size()) {
      AddKey(std::move(node), &parent);
    } else {
      parent.values.push_back(std::move(node));
    }
  }

  static void AddKey(YamlNode key, YamlNode* map) {
    if (key.kind != YamlNode::Kind::kScalar)
      throw Refused(YamlError(key.mark, absl::StrCat("found ", key.KindName(), ", expected a key")));
    for (const YamlNode& other : map->keys) {
      if (other.text == key.text) {
        throw Refused(YamlError(key.mark, absl::StrCat("found a key that stands in line ", other.mark.line,
                                                       " already, expected each once")));
      }
    }
    map->keys.push_back(std::move(key));
  }

  std::vector<YamlNode> open_;  // Each the parent of the next.
  YamlNode root_;
};

bool IsBadControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
}

YamlMark MarkAt(absl::string_view text, size_t offset) {
  YamlMark mark;
  for (size_t i = 0; i < offset; ++i) {
    ++mark.column;
    if (text[i] == '\n') mark = {mark.line + 1, 1};
  }
  return mark;
}

// What yaml-cpp would take, change or stumble over.
absl::Status CheckBytes(absl::string_view text) {
  if (text.size() > kMaxBytes)
    return YamlError({1, 1}, absl::StrCat("found ", text.size(), " bytes, expected at most ", kMaxBytes));
  for (size_t i = 0; i < text.size(); i += Utf8Size(text.substr(i))) {
    if (Utf8Size(text.substr(i)) == 0)
      return YamlError(MarkAt(text, i), "found a byte that is not UTF-8, expected UTF-8 text");
    if (text[i] == '%' && (i == 0 || text[i - 1] == '\n'))
      return YamlError(MarkAt(text, i), "found a directive, expected none");
    if (IsBadControl(text[i])) {
      return YamlError(MarkAt(text, i), absl::StrFormat("found the control character 0x%02x, expected text",
                                                        static_cast<unsigned char>(text[i])));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<YamlNode> Parse(absl::string_view text) {
  TreeBuilder builder;
  std::istringstream stream{std::string(text)};
  YAML::Parser parser(stream);
  if (!parser.HandleNextDocument(builder)) return YamlNode();
  YamlNode root = builder.TakeRoot();
  TreeBuilder second;
  if (parser.HandleNextDocument(second))
    return YamlError(second.TakeRoot().mark, "found a second document, expected one");
  return root;
}

}  // namespace

absl::Status YamlError(const YamlMark& mark, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(mark.line, ":", mark.column, ": ", text));
}

absl::string_view YamlNode::KindName() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kScalar:
      return is_quoted ? "a text in quotes" : "a value";
    case Kind::kSequence:
      return "a list";
    case Kind::kMap:
      return "keys with values";
  }
  return "";
}

absl::StatusOr<YamlNode> ParseYaml(absl::string_view text) {
  absl::ConsumePrefix(&text, kByteOrderMark);
  AMPSTREAM_RETURN_IF_ERROR(CheckBytes(text));
  try {
    return Parse(text);
  } catch (const Refused& refused) {
    return refused.status;
  } catch (const YAML::Exception& error) {
    return YamlError(MarkOf(error.mark), absl::StrCat("found what is not YAML: ", error.msg));
  } catch (const std::exception&) {
    return YamlError({1, 1}, "found what is not YAML");
  }
}

}  // namespace ampstream
