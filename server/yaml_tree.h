#ifndef AMPSTREAM_SERVER_YAML_TREE_H_
#define AMPSTREAM_SERVER_YAML_TREE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace ampstream {

// A place in a text; both from 1 on.
struct YamlMark {
  int line = 1;
  int column = 1;
};

// INVALID_ARGUMENT: `LINE:COLUMN: TEXT`.
absl::Status YamlError(const YamlMark& mark, absl::string_view text);

// A value of a YAML text. A value type.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };

  Kind kind = Kind::kNull;
  YamlMark mark;
  std::string text;  // Of a scalar, without quotes.
  bool is_quoted = false;
  std::vector<YamlNode> keys;    // Of a map, in the order of the text: scalars, each once.
  std::vector<YamlNode> values;  // Of a map, one for each key; of a sequence.

  // What it is, for a person; a scalar's text is not in it, since it may be a secret.
  absl::string_view KindName() const;
};

// Reads a text strictly: what two readers could understand differently is refused. That is a text that is not UTF-8 or
// holds control characters, a key that stands twice, keys that are not scalars, anchors, aliases, tags, directives, a
// second document, values in values deeper than 16, more than 1 MiB. An empty text is kNull. INVALID_ARGUMENT: as of
// YamlError.
absl::StatusOr<YamlNode> ParseYaml(absl::string_view text);

}  // namespace ampstream

#endif  // AMPSTREAM_SERVER_YAML_TREE_H_
