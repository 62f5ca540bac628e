#include "server/amplitude/json_parser.h"

#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <memory_resource>
#include <numeric>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/amplitude/json_fault.h"
#include "server/amplitude/number_text.h"
#include "server/amplitude/translate_error.h"

namespace ampstream {
namespace {

namespace ondemand = simdjson::ondemand;

// What is kept for the next body; more is given back.
constexpr size_t kNodeBytesKept = size_t{64} << 10;
constexpr size_t kChildrenKept = 4096;
constexpr size_t kBodyBytesKept = size_t{256} << 10;

// Up to here, comparing each key with each costs less than sorting them.
constexpr size_t kFewMembers = 24;

// What stands at a place of the body.
enum class Place {
  kEvent,  // An object of the delivery.
  kData,   // The data of an envelope.
  kBatch,  // An array of one of these two, whose items are counted each for itself.
  kInside,
};

Place PlaceOf(absl::string_view key, Place object) {
  if (object != Place::kEvent && object != Place::kData) return Place::kInside;
  if (IsBatchKey(key)) return Place::kBatch;
  return object == Place::kEvent && key == "data" ? Place::kData : Place::kInside;
}

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::string_view WithoutBlanksBehind(std::string_view text) {
  size_t size = text.size();
  while (size > 0 && IsBlank(text[size - 1])) --size;
  return {text.data(), size};
}

bool HasRepeatedKey(absl::Span<const JsonMember> members) {
  for (size_t i = 1; i < members.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (members[i].key == members[j].key) return true;
    }
  }
  return false;
}

// Drops all but the last of the members that have one key; those from `begin` on make one object. Sorting keeps it fast
// for whatever keys somebody sends.
void KeepLastOfEachKey(size_t begin, std::vector<JsonMember>* members) {
  const auto object = absl::MakeSpan(*members).subspan(begin);
  if (object.size() <= kFewMembers && !HasRepeatedKey(object)) return;
  std::vector<size_t> order(object.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [object](size_t a, size_t b) {
    const int compared = object[a].key.compare(object[b].key);
    return compared != 0 ? compared < 0 : a < b;
  });
  std::vector<bool> replaced(object.size());
  for (size_t i = 1; i < order.size(); ++i) {
    replaced[order[i - 1]] = object[order[i - 1]].key == object[order[i]].key;
  }
  size_t kept = 0;
  for (size_t i = 0; i < object.size(); ++i) {
    if (!replaced[i]) object[kept++] = object[i];
  }
  members->resize(begin + kept);
}

}  // namespace

// Builds the tree from the leaves: the children of what is open stand on items_ and members_, used as stacks, until it
// closes and their number is known. Each Read... returns false for what is not JSON.
class JsonParser::Impl {
 public:
  absl::StatusOr<const JsonValue*> Parse(std::string& body, const JsonLimits& limits);
  void Clear();

 private:
  bool ReadBody(std::string& body);
  bool ReadEvents(ondemand::array array, const char* start);
  bool ReadValue(ondemand::value value, int depth, Place place, JsonValue* out);
  bool ReadItems(ondemand::array array, int depth, Place place, const char* start, JsonValue* out);
  bool ReadMembers(ondemand::object object, int depth, Place place, const char* start, JsonValue* out);
  bool ReadKey(ondemand::field& field, absl::string_view* key);
  bool ReadString(ondemand::value value, absl::string_view raw, JsonValue* out);
  bool ReadLiteral(absl::string_view raw, JsonValue* out);

  void NoteTooLarge();
  absl::Status CheckLimits() const;
  // The bytes from `start` to the end of the container that was closed last.
  absl::string_view RawFrom(const char* start);
  // Moves what stands on a stack from `begin` on to where it stays.
  template <typename Node>
  absl::Span<const Node> Settle(size_t begin, std::vector<Node>* stack);

  JsonLimits limits_ = {};
  ondemand::parser parser_;
  ondemand::document document_;
  absl::string_view body_;
  JsonValue root_;

  const std::unique_ptr<char[]> first_nodes_ = std::make_unique<char[]>(kNodeBytesKept);
  std::pmr::monotonic_buffer_resource nodes_{first_nodes_.get(), kNodeBytesKept};
  std::vector<JsonValue> items_;
  std::vector<JsonMember> members_;

  int events_ = 0;        // Begun, in an array at the top.
  int event_values_ = 0;  // Counted in the present event, or in the present item of a batch.
  int most_values_ = 0;   // In the first event that has more than are allowed; 0: none has.
  int too_large_event_ = 0;
  bool keeping_ = true;  // False once a limit is passed: what follows is only checked and counted.
};

absl::StatusOr<const JsonValue*> JsonParser::Impl::Parse(std::string& body, const JsonLimits& limits) {
  Clear();
  limits_ = limits;
  events_ = event_values_ = most_values_ = too_large_event_ = 0;
  keeping_ = true;
  if (!ReadBody(body)) {
    const absl::Status fault = FindJsonFault(body, kMaxDepth);
    return fault.ok() ? NotJson(0, "the parser does not take it") : fault;
  }
  if (const absl::Status status = CheckLimits(); !status.ok()) return status;
  return &root_;
}

bool JsonParser::Impl::ReadBody(std::string& body) {
  body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  body_ = WithoutBlanksBehind({body.data(), body.size()});
  if (parser_.iterate(body.data(), body.size(), body.capacity()).get(document_) != simdjson::SUCCESS) return false;
  std::string_view token;
  if (document_.raw_json_token().get(token) != simdjson::SUCCESS || token.empty()) return false;
  bool read = false;
  if (token.front() == '[') {
    ondemand::array array;
    read = document_.get_array().get(array) == simdjson::SUCCESS && ReadEvents(array, token.data());
  } else if (token.front() == '{') {
    ondemand::object object;
    event_values_ = 1;
    read = document_.get_object().get(object) == simdjson::SUCCESS &&
           ReadMembers(object, 1, Place::kEvent, token.data(), &root_);
    NoteTooLarge();
  }
  return read && document_.current_location().error() == simdjson::OUT_OF_BOUNDS;  // Nothing follows.
}

bool JsonParser::Impl::ReadEvents(ondemand::array array, const char* start) {
  const size_t begin = items_.size();
  for (simdjson::simdjson_result<ondemand::value> item : array) {
    ondemand::value value;
    JsonValue event;
    event_values_ = 0;
    if (item.get(value) != simdjson::SUCCESS || !ReadValue(value, 2, Place::kEvent, &event)) return false;
    NoteTooLarge();
    if (++events_ > limits_.max_events) keeping_ = false;
    if (keeping_) items_.push_back(event);
  }
  root_ = JsonValue(RawFrom(start), Settle(begin, &items_));
  return true;
}

// `depth` is what an array or object at this place would have; 1 at the top.
bool JsonParser::Impl::ReadValue(ondemand::value value, int depth, Place place, JsonValue* out) {
  if (++event_values_ > limits_.max_event_values) keeping_ = false;
  const std::string_view token = value.raw_json_token();
  if (token.empty() || depth > kMaxDepth + 1) return false;
  if (token.front() == '{') {
    ondemand::object object;
    return value.get_object().get(object) == simdjson::SUCCESS && ReadMembers(object, depth, place, token.data(), out);
  }
  if (token.front() == '[') {
    ondemand::array array;
    return value.get_array().get(array) == simdjson::SUCCESS && ReadItems(array, depth, place, token.data(), out);
  }
  const absl::string_view raw = WithoutBlanksBehind(token);
  return token.front() == '"' ? ReadString(value, raw, out) : ReadLiteral(raw, out);
}

bool JsonParser::Impl::ReadItems(ondemand::array array, int depth, Place place, const char* start, JsonValue* out) {
  if (depth > kMaxDepth) return false;
  const bool is_batch = place == Place::kBatch;
  const int values_before = event_values_;
  const size_t begin = items_.size();
  for (simdjson::simdjson_result<ondemand::value> item : array) {
    ondemand::value value;
    JsonValue read;
    if (is_batch) event_values_ = 0;
    if (item.get(value) != simdjson::SUCCESS || !ReadValue(value, depth + 1, Place::kInside, &read)) return false;
    if (is_batch) NoteTooLarge();
    if (keeping_) items_.push_back(read);
  }
  if (is_batch) event_values_ = values_before;
  *out = JsonValue(RawFrom(start), Settle(begin, &items_));
  return true;
}

bool JsonParser::Impl::ReadMembers(ondemand::object object, int depth, Place place, const char* start, JsonValue* out) {
  if (depth > kMaxDepth) return false;
  const size_t begin = members_.size();
  for (simdjson::simdjson_result<ondemand::field> member : object) {
    ondemand::field field;
    JsonMember read;
    if (std::move(member).get(field) != simdjson::SUCCESS || !ReadKey(field, &read.key)) return false;
    if (!ReadValue(field.value(), depth + 1, PlaceOf(read.key, place), &read.value)) return false;
    if (keeping_) members_.push_back(read);
  }
  KeepLastOfEachKey(begin, &members_);
  *out = JsonValue(RawFrom(start), Settle(begin, &members_));
  return true;
}

// A key or string without escapes, which most are, is used where it stands: simdjson has checked its UTF-8, and that no
// control character is in it, before the walk.
bool JsonParser::Impl::ReadKey(ondemand::field& field, absl::string_view* key) {
  const char* const start = field.key().raw();
  const char* const end = static_cast<const char*>(std::memchr(start, '"', body_.end() - start));
  if (end == nullptr) return false;
  *key = absl::string_view(start, end - start);
  if (key->find('\\') == absl::string_view::npos) return true;
  std::string_view unescaped;
  if (field.unescaped_key().get(unescaped) != simdjson::SUCCESS) return false;
  *key = absl::string_view(unescaped.data(), unescaped.size());
  return true;
}

// A value must be taken out of simdjson in one way or another: a string that it has to pass over itself, and that a
// colon follows, it takes for a key.
bool JsonParser::Impl::ReadString(ondemand::value value, absl::string_view raw, JsonValue* out) {
  if (raw.size() < 2) return false;
  absl::string_view text = raw.substr(1, raw.size() - 2);
  if (text.find('\\') == absl::string_view::npos) {
    if (value.get_raw_json_string().error() != simdjson::SUCCESS) return false;
  } else {
    std::string_view unescaped;
    if (value.get_string().get(unescaped) != simdjson::SUCCESS) return false;
    text = absl::string_view(unescaped.data(), unescaped.size());
  }
  *out = JsonValue(JsonValue::Kind::kString, raw, text);
  return true;
}

// simdjson refuses numbers that are JSON and no double; here they are what they are.
bool JsonParser::Impl::ReadLiteral(absl::string_view raw, JsonValue* out) {
  JsonValue::Kind kind = JsonValue::Kind::kNumber;
  if (raw == "null") {
    kind = JsonValue::Kind::kNull;
  } else if (raw == "true" || raw == "false") {
    kind = JsonValue::Kind::kBoolean;
  } else if (!IsJsonNumber(raw)) {
    return false;
  }
  *out = JsonValue(kind, raw, raw);
  return true;
}

// Of what was counted last.
void JsonParser::Impl::NoteTooLarge() {
  if (event_values_ <= limits_.max_event_values || most_values_ != 0) return;
  most_values_ = event_values_;
  too_large_event_ = events_;
}

absl::Status JsonParser::Impl::CheckLimits() const {
  if (events_ > limits_.max_events) {
    return DoesNotFit("", absl::StrCat("the array has ", events_, " events, more than the ", limits_.max_events,
                                       " that are allowed"));
  }
  if (most_values_ > 0) {
    return TooManyValues(root_.is_array() ? absl::StrCat("[", too_large_event_, "]") : "", most_values_,
                         limits_.max_event_values);
  }
  return absl::OkStatus();
}

absl::string_view JsonParser::Impl::RawFrom(const char* start) {
  const char* next = nullptr;
  if (document_.current_location().get(next) != simdjson::SUCCESS) next = body_.end();
  return WithoutBlanksBehind({start, static_cast<size_t>(next - start)});
}

template <typename Node>
absl::Span<const Node> JsonParser::Impl::Settle(size_t begin, std::vector<Node>* stack) {
  static_assert(std::is_trivially_destructible<Node>::value, "nodes_ runs no destructors");
  const size_t size = stack->size() - begin;
  auto* const nodes = static_cast<Node*>(nodes_.allocate(size * sizeof(Node), alignof(Node)));
  std::uninitialized_copy(stack->begin() + begin, stack->end(), nodes);
  stack->resize(begin);
  return {nodes, size};
}

void JsonParser::Impl::Clear() {
  nodes_.release();
  items_.clear();
  members_.clear();
  if (items_.capacity() > kChildrenKept) items_.shrink_to_fit();
  if (members_.capacity() > kChildrenKept) members_.shrink_to_fit();
  if (parser_.capacity() > kBodyBytesKept) parser_ = ondemand::parser();
}

bool IsBatchKey(absl::string_view key) { return key == "users" || key == "charts"; }

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {}

JsonParser::~JsonParser() = default;

absl::StatusOr<const JsonValue*> JsonParser::Parse(std::string& body, const JsonLimits& limits) {
  return impl_->Parse(body, limits);
}

void JsonParser::Clear() { impl_->Clear(); }

}  // namespace ampstream
