#include "server/event/field_walk.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/unknown_field_set.h"
#include "gtest/gtest.h"
#include "tests/event/random_seed.h"

namespace ampstream {
namespace {

using ::google::protobuf::UnknownField;
using ::google::protobuf::UnknownFieldSet;
using Random = std::mt19937_64;

// What a walk finds, and how it ends.
struct Walked {
  std::vector<std::string> fields;
  bool ok = false;
};

std::string Describe(int number, absl::string_view kind, uint64_t value, absl::string_view bytes) {
  return absl::StrCat(number, " ", kind, " ", value, " ", bytes);
}

// Walks over a copy that is exactly as large as the bytes, so that AddressSanitizer sees any read outside of it.
Walked Walk(absl::string_view bytes) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  const char* const end = copy.get() + bytes.size();
  Walked walked;
  FieldWalk walk(absl::string_view(copy.get(), bytes.size()));
  for (Field field; walk.Next(&field);) {
    const bool is_bytes = field.bytes.data() != nullptr;
    if (is_bytes) {
      EXPECT_GE(field.bytes.data(), copy.get());
      EXPECT_LE(field.bytes.data() + field.bytes.size(), end);
    }
    walked.fields.push_back(Describe(field.number, is_bytes ? "bytes" : "value", field.value, field.bytes));
    EXPECT_LE(walked.fields.size(), bytes.size()) << "does not end";
    if (walked.fields.size() > bytes.size()) break;
  }
  walked.ok = walk.ok();
  Field after;
  EXPECT_FALSE(walk.Next(&after)) << "goes on after its end";
  EXPECT_EQ(walk.ok(), walked.ok);
  return walked;
}

std::string DescribeParsed(const UnknownField& field) {
  switch (field.type()) {
    case UnknownField::TYPE_VARINT:
      return Describe(field.number(), "value", field.varint(), "");
    case UnknownField::TYPE_FIXED32:
      return Describe(field.number(), "value", field.fixed32(), "");
    case UnknownField::TYPE_FIXED64:
      return Describe(field.number(), "value", field.fixed64(), "");
    case UnknownField::TYPE_LENGTH_DELIMITED:
      return Describe(field.number(), "bytes", 0, field.length_delimited());
    case UnknownField::TYPE_GROUP:
      break;
  }
  return "group";
}

// The same by Protobuf's own parser.
Walked Parse(absl::string_view bytes) {
  UnknownFieldSet parsed;
  Walked walked;
  walked.ok = parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  for (int i = 0; i < parsed.field_count(); ++i) walked.fields.push_back(DescribeParsed(parsed.field(i)));
  return walked;
}

std::string RandomText(Random& random) {
  std::string text(random() % 300, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

// A message of any fields, numbers and values; small and large ones alike.
std::string RandomMessage(Random& random) {
  UnknownFieldSet fields;
  for (uint64_t left = random() % 20; left > 0; --left) {
    const int number = static_cast<int>(1 + (random() % ((1u << 29) - 1) >> random() % 29));
    const uint64_t value = random() >> random() % 64;
    switch (random() % 4) {
      case 0:
        fields.AddVarint(number, value);
        break;
      case 1:
        fields.AddFixed32(number, static_cast<uint32_t>(value));
        break;
      case 2:
        fields.AddFixed64(number, value);
        break;
      default:
        fields.AddLengthDelimited(number, RandomText(random));
    }
  }
  std::string message;
  EXPECT_TRUE(fields.SerializeToString(&message));
  return message;
}

std::string SomeEvent() {
  v1::Event event;
  event.set_id("0123456789abcdef0123456789abcdef");
  event.set_type(v1::EVENT_TYPE_MONITORS_ALERT);
  event.set_source("default");
  event.mutable_occur_time()->set_seconds(-1);
  event.mutable_receive_time()->set_nanos(999999999);
  v1::MonitorsAlert& alert = *event.mutable_monitors_alert();
  alert.set_monitor_id("m");
  alert.set_value(-0.5);
  alert.set_dashboard_id(-7);
  for (int i = 0; i < 200; ++i) alert.add_recipients(absl::StrCat("person ", i));
  return event.SerializeAsString();
}

TEST(FieldWalkTest, FindsWhatProtobufsOwnParserFinds) {
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("AMPSTREAM_SEED=", seed));
  Random random(seed);
  for (int i = 0; i < 3000; ++i) {
    const std::string message = RandomMessage(random);
    const Walked walked = Walk(message);
    ASSERT_TRUE(walked.ok);
    ASSERT_EQ(walked.fields, Parse(message).fields);
  }
}

TEST(FieldWalkTest, FindsWhatProtobufsOwnParserFindsInAnEvent) {
  const Walked walked = Walk(SomeEvent());
  EXPECT_TRUE(walked.ok);
  EXPECT_EQ(walked.fields, Parse(SomeEvent()).fields);
}

TEST(FieldWalkTest, TellsAPrefixThatCutsAFieldFromOneThatDoesNot) {
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("AMPSTREAM_SEED=", seed));
  Random random(seed);
  for (const std::string& message : {SomeEvent(), RandomMessage(random), RandomMessage(random)}) {
    for (size_t size = 0; size <= message.size(); ++size) {
      const absl::string_view prefix = absl::string_view(message).substr(0, size);
      const Walked walked = Walk(prefix);
      const Walked parsed = Parse(prefix);
      ASSERT_EQ(walked.ok, parsed.ok) << size;
      if (walked.ok) {
        ASSERT_EQ(walked.fields, parsed.fields) << size;
      }
    }
  }
}

TEST(FieldWalkTest, EndsWithinTheBytesWhereverTheyAreFlipped) {
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("AMPSTREAM_SEED=", seed));
  Random random(seed);
  for (int i = 0; i < 20000; ++i) {
    std::string message = RandomMessage(random);
    for (uint64_t flips = 1 + random() % 4; flips > 0 && !message.empty(); --flips) {
      message[random() % message.size()] ^= static_cast<char>(1u << random() % 8);
    }
    Walk(message);
  }
}

TEST(FieldWalkTest, EndsWithinAnyBytesAtAll) {
  const uint64_t seed = RandomSeed();
  SCOPED_TRACE(absl::StrCat("AMPSTREAM_SEED=", seed));
  Random random(seed);
  for (int i = 0; i < 20000; ++i) Walk(RandomText(random));
}

TEST(FieldWalkTest, NothingIsNoDamage) {
  EXPECT_TRUE(Walk("").ok);
  FieldWalk walk{absl::string_view()};
  Field field;
  EXPECT_FALSE(walk.Next(&field));
  EXPECT_TRUE(walk.ok());
}

TEST(FieldWalkTest, KeepsTheFieldsBeforeTheDamage) {
  const Walked walked = Walk(absl::string_view("\x08\x05\x12\x7f", 4));
  EXPECT_THAT(walked.fields, testing::ElementsAre("1 value 5 "));
  EXPECT_FALSE(walked.ok);
}

TEST(FieldWalkTest, RefusesWhatIsNoField) {
  const std::string largest_length(10, '\xff');
  for (const std::string& message : {
           std::string("\x00\x01", 2),                  // number 0
           std::string("\x80\x80\x80\x80\x10\x01", 6),  // number 2^29
           std::string("\x0b\x0c", 2),                  // a group
           std::string("\x0c", 1),
           std::string("\x0e", 1),  // the end of a group; wire type 6
           std::string("\x0f", 1),  // wire type 7
           std::string("\x08", 1),
           std::string("\x80", 1),                     // cut off
           "\x08" + std::string(10, '\x80') + '\x01',  // a number of eleven bytes
           "\x0a" + largest_length + '\x01',           // a length beyond 64 bits
           "\x0a" + std::string(9, '\xff') + '\x01',   // a length of 2^64 - 1
           std::string("\x0a\x01", 2),
           std::string("\x0d\1\2\3", 4),
           std::string("\x09\1\2\3\4\5\6\7", 8),
       }) {
    EXPECT_FALSE(Walk(message).ok) << testing::PrintToString(message);
  }
}

TEST(FieldWalkTest, TakesTheLargestNumbersAndValues) {
  const Walked walked = Walk("\xf8\xff\xff\xff\x0f" + std::string(9, '\xff') + '\x01');
  EXPECT_TRUE(walked.ok);
  EXPECT_THAT(walked.fields,
              testing::ElementsAre(absl::StrCat("536870911 value ", std::numeric_limits<uint64_t>::max(), " ")));
}

}  // namespace
}  // namespace ampstream
