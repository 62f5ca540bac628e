// JSON by RFC 8259, class by class: what every parser must take, what every parser must refuse, and what each is free
// to do, with what is done here and why.

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "ampstream/v1/event.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/amplitude/translator.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;

struct Case {
  absl::string_view about;  // Its class; or why it is taken.
  absl::string_view text;
};

const Case kMustTake[] = {
    {"structure", "[]"},
    {"structure", "{}"},
    {"structure", "[[]]"},
    {"structure", "[{}]"},
    {"structure", "{\"a\":{}}"},
    {"structure", "{\"a\":[]}"},
    {"structure", "[1,2]"},
    {"structure", "[1,[2,[3]]]"},
    {"structure", "{\"a\":1,\"b\":2}"},
    {"structure", "{\"\":0}"},
    {"structure", "{\"a\":{\"b\":{\"c\":{}}}}"},
    {"structure", "{\"a b\":1}"},
    {"structure", "{\"a\\u0062\":1}"},
    {"structure", "{\"a\":1,\"a\":2}"},
    {"structure", "[[],[],{},{}]"},
    {"literal", "[true]"},
    {"literal", "[false]"},
    {"literal", "[null]"},
    {"literal", "[true,false,null]"},
    {"literal", "{\"true\":true}"},
    {"whitespace", "[ ]"},
    {"whitespace", "{ }"},
    {"whitespace", " [ 1 , 2 ] "},
    {"whitespace", "\011[\0111\011]\011"},
    {"whitespace", "\012[\0121\012]\012"},
    {"whitespace", "\015\012[\015\0121\015\012]\015\012"},
    {"whitespace", "{ \"a\" : 1 }"},
    {"whitespace", "{\012\"a\"\012:\0121\012}"},
    {"whitespace", "[1\015]"},
    {"number", "[0]"},
    {"number", "[-0]"},
    {"number", "[1]"},
    {"number", "[-1]"},
    {"number", "[10]"},
    {"number", "[1234567890]"},
    {"number", "[0.0]"},
    {"number", "[-0.0]"},
    {"number", "[0.5]"},
    {"number", "[1.50]"},
    {"number", "[-1.25]"},
    {"number", "[1e1]"},
    {"number", "[1E1]"},
    {"number", "[1e+1]"},
    {"number", "[1E+1]"},
    {"number", "[1e-1]"},
    {"number", "[1E-1]"},
    {"number", "[0e0]"},
    {"number", "[0e+0]"},
    {"number", "[0E-0]"},
    {"number", "[1.5e3]"},
    {"number", "[1.5E-3]"},
    {"number", "[1e00]"},
    {"number", "[1e007]"},
    {"number", "[9007199254740993]"},
    {"number", "[9223372036854775807]"},
    {"number", "[-9223372036854775808]"},
    {"number", "[18446744073709551615]"},
    {"number", "[0.1234567890123456789]"},
    {"number", "[5e-324]"},
    {"number", "[1.7976931348623157e308]"},
    {"string", "[\"\"]"},
    {"string", "[\"a\"]"},
    {"string", "[\" \"]"},
    {"string", "[\"\\\"\"]"},
    {"string", "[\"\\\\\"]"},
    {"string", "[\"\\/\"]"},
    {"string", "[\"/\"]"},
    {"string", "[\"\\b\\f\\n\\r\\t\"]"},
    {"string", "[\"\\u0041\"]"},
    {"string", "[\"\\u00e4\"]"},
    {"string", "[\"\\u20ac\"]"},
    {"string", "[\"\\uFFFF\"]"},
    {"string", "[\"\\uffff\"]"},
    {"string", "[\"\\u0000\"]"},
    {"string", "[\"\\u001f\"]"},
    {"string", "[\"\\u007f\"]"},
    {"string", "[\"\\uD834\\uDD1E\"]"},
    {"string", "[\"\\ud834\\udd1e\"]"},
    {"string", "[\"\\uDBFF\\uDFFF\"]"},
    {"string", "[\"\\uD800\\uDC00\"]"},
    {"string", "[\"\\\\u0041\"]"},
    {"string", "[\"\\\\\\\\\"]"},
    {"string", "[\"'\"]"},
    {"string", "[\"{[]},:\"]"},
    {"string", "[\"null\"]"},
    {"string", "[\"\177\"]"},
    {"string", "[\"\302\200\"]"},
    {"string", "[\"\303\244\"]"},
    {"string", "[\"\337\277\"]"},
    {"string", "[\"\340\240\200\"]"},
    {"string", "[\"\342\202\254\"]"},
    {"string", "[\"\355\237\277\"]"},
    {"string", "[\"\356\200\200\"]"},
    {"string", "[\"\357\273\277\"]"},
    {"string", "[\"\357\277\275\"]"},
    {"string", "[\"\357\277\277\"]"},
    {"string", "[\"\360\220\200\200\"]"},
    {"string", "[\"\360\237\230\200\"]"},
    {"string", "[\"\364\217\277\277\"]"},
    {"string", "[\"a\342\200\250b\"]"},
    {"string", "[\"a\342\200\251b\"]"},
};

const Case kMustRefuse[] = {
    {"structure", "["},
    {"structure", "]"},
    {"structure", "{"},
    {"structure", "}"},
    {"structure", "[[]"},
    {"structure", "[]]"},
    {"structure", "{}}"},
    {"structure", "[}"},
    {"structure", "{]"},
    {"structure", "[1"},
    {"structure", "[1,"},
    {"structure", "[,]"},
    {"structure", "[,1]"},
    {"structure", "[1,]"},
    {"structure", "[1,,2]"},
    {"structure", "[1 2]"},
    {"structure", "[1:2]"},
    {"structure", "[1;2]"},
    {"structure", "[\"a\","},
    {"structure", "[\"a\""},
    {"structure", "[\"a\"]]"},
    {"structure", "[\"\"],"},
    {"structure", ",[]"},
    {"structure", "{\"a\"}"},
    {"structure", "{\"a\":}"},
    {"structure", "{\"a\":1,}"},
    {"structure", "{,\"a\":1}"},
    {"structure", "{\"a\":1,,\"b\":2}"},
    {"structure", "{\"a\":1 \"b\":2}"},
    {"structure", "{\"a\" 1}"},
    {"structure", "{\"a\",1}"},
    {"structure", "{\"a\"::1}"},
    {"structure", "{:1}"},
    {"structure", "{1:1}"},
    {"structure", "{a:1}"},
    {"structure", "{'a':1}"},
    {"structure", "{null:1}"},
    {"structure", "{[]:1}"},
    {"structure", "{\"a\":1:2}"},
    {"structure", "{\"a\":1}{\"b\":2}"},
    {"structure", "[1][2]"},
    {"structure", "[] []"},
    {"structure", "{\"a\":[}"},
    {"structure", "{\"a\":{]}"},
    {"structure", "[{\"a\":1]"},
    {"structure", "(1)"},
    {"structure", "<1>"},
    {"structure", "*"},
    {"structure", "[*]"},
    {"structure", "[\"a\"*]"},
    {"structure", "[1]a"},
    {"structure", "[1]#"},
    {"structure", "[1]//a"},
    {"structure", "/**/[]"},
    {"structure", "[/**/1]"},
    {"structure", "[1]/*"},
    {"structure", "#a"},
    {"literal", "[tru]"},
    {"literal", "[truee]"},
    {"literal", "[True]"},
    {"literal", "[TRUE]"},
    {"literal", "[fals]"},
    {"literal", "[False]"},
    {"literal", "[nul]"},
    {"literal", "[nulll]"},
    {"literal", "[NULL]"},
    {"literal", "[None]"},
    {"literal", "[undefined]"},
    {"literal", "[nan]"},
    {"literal", "[NaN]"},
    {"literal", "[Infinity]"},
    {"literal", "[-Infinity]"},
    {"literal", "[inf]"},
    {"literal", "[t]"},
    {"literal", "[n ull]"},
    {"number", "[+1]"},
    {"number", "[++1]"},
    {"number", "[--1]"},
    {"number", "[-]"},
    {"number", "[- 1]"},
    {"number", "[-a]"},
    {"number", "[01]"},
    {"number", "[-01]"},
    {"number", "[00]"},
    {"number", "[012]"},
    {"number", "[1.]"},
    {"number", "[-1.]"},
    {"number", "[.5]"},
    {"number", "[-.5]"},
    {"number", "[0.]"},
    {"number", "[1.e1]"},
    {"number", "[1e]"},
    {"number", "[1E]"},
    {"number", "[1e+]"},
    {"number", "[1e-]"},
    {"number", "[1ee1]"},
    {"number", "[1e1.5]"},
    {"number", "[1.2.3]"},
    {"number", "[1e1e1]"},
    {"number", "[0x1]"},
    {"number", "[0xff]"},
    {"number", "[0b1]"},
    {"number", "[0o7]"},
    {"number", "[1_000]"},
    {"number", "[1,000.5.5]"},
    {"number", "[1a]"},
    {"number", "[1 000]"},
    {"number", "[0e]"},
    {"number", "[0e+]"},
    {"number", "[0.e1]"},
    {"number", "[1-2]"},
    {"number", "[1+2]"},
    {"number", "[\357\274\221]"},
    {"number", "[1\302\240]"},
    {"string", "[\""},
    {"string", "[\"a"},
    {"string", "[\"a]"},
    {"string", "[a\"]"},
    {"string", "['a']"},
    {"string", "[`a`]"},
    {"string", "[\"\\\"]"},
    {"string", "[\"\\x\"]"},
    {"string", "[\"\\a\"]"},
    {"string", "[\"\\v\"]"},
    {"string", "[\"\\0\"]"},
    {"string", "[\"\\'\"]"},
    {"string", "[\"\\ \"]"},
    {"string", "[\"\\u\"]"},
    {"string", "[\"\\u1\"]"},
    {"string", "[\"\\u12\"]"},
    {"string", "[\"\\u123\"]"},
    {"string", "[\"\\u12g4\"]"},
    {"string", "[\"\\u 123\"]"},
    {"string", "[\"\\U0041\"]"},
    {"string", "[\"\\u{41}\"]"},
    {"string", "[\"\\uD800\"]"},
    {"string", "[\"\\uDC00\"]"},
    {"string", "[\"\\uD800\\uD800\"]"},
    {"string", "[\"\\uD800a\"]"},
    {"string", "[\"\\uD800\\n\"]"},
    {"string", "[\"\\uD800\\u\"]"},
    {"string", "[\"\\uD800\\u00\"]"},
    {"string", "[\"\\uDC00\\uD800\"]"},
    {"string", "[\"\\ud83d\\u0041\"]"},
    {"string", absl::string_view("[\"\000\"]", 5)},
    {"string", "[\"\001\"]"},
    {"string", "[\"\037\"]"},
    {"string", "[\"\011\"]"},
    {"string", "[\"\012\"]"},
    {"string", "[\"\015\"]"},
    {"utf8", "[\"\200\"]"},
    {"utf8", "[\"\277\"]"},
    {"utf8", "[\"\300\200\"]"},
    {"utf8", "[\"\300\257\"]"},
    {"utf8", "[\"\301\277\"]"},
    {"utf8", "[\"\302\"]"},
    {"utf8", "[\"\303\050\"]"},
    {"utf8", "[\"\340\200\200\"]"},
    {"utf8", "[\"\340\237\277\"]"},
    {"utf8", "[\"\342\202\"]"},
    {"utf8", "[\"\342\050\241\"]"},
    {"utf8", "[\"\355\240\200\"]"},
    {"utf8", "[\"\355\277\277\"]"},
    {"utf8", "[\"\360\200\200\200\"]"},
    {"utf8", "[\"\360\217\277\277\"]"},
    {"utf8", "[\"\360\237\230\"]"},
    {"utf8", "[\"\364\220\200\200\"]"},
    {"utf8", "[\"\365\200\200\200\"]"},
    {"utf8", "[\"\370\210\200\200\200\"]"},
    {"utf8", "[\"\374\204\200\200\200\200\"]"},
    {"utf8", "[\"\376\"]"},
    {"utf8", "[\"\377\"]"},
    {"utf8", "[\377]"},
    {"utf8", "\377[]"},
    {"utf8", "[]\377"},
    {"utf8", "{\"\377\":1}"},
    {"utf8", "\357\273\277[]"},
    {"utf8", absl::string_view("\377\376[\000]\000", 6)},
    {"utf8", absl::string_view("\376\377\000[\000]", 6)},
    {"utf8", "[\342\200\250]"},
    {"whitespace", "[\0131]"},
    {"whitespace", "[\0141]"},
    {"whitespace", absl::string_view("[1]\000", 4)},
    {"whitespace", absl::string_view("[\0001]", 4)},
    {"whitespace", absl::string_view("\000[]", 3)},
    {"whitespace", "[\302\2401]"},
    {"whitespace", "[\342\200\2111]"},
    {"whitespace", "\037[]"},
};

// Free to be taken or refused: all are taken.
const Case kTakenHere[] = {
    {"Beyond a double: kept as its exact text.", "[1e400]"},
    {"Beyond a double: kept as its exact text.", "[-1e400]"},
    {"Too small for a double: kept as a number or its text.", "[1e-400]"},
    {"An integer of any length is JSON.", "[123456789012345678901234567890]"},
    {"An integer of any length is JSON.", "[-123456789012345678901234567890]"},
    {"An integer of any length is JSON.", "[18446744073709551616]"},
    {"An integer of any length is JSON.", "[-9223372036854775809]"},
    {"A fraction of any length is JSON.", "[0.00000000000000000000000000000000000000000000000000000000000000000001]"},
    {"An exponent of any length is JSON.", "[1e99999999999999999999]"},
    {"An exponent of any length is JSON.", "[1e-99999999999999999999]"},
    {"Equal keys: the last one wins.", "{\"a\":1,\"a\":\"b\"}"},
    {"Equal keys that are written differently: the last one wins.", "{\"a\":1,\"\\u0061\":2}"},
    {"A noncharacter is a character of UTF-8.", "[\"\357\267\220\"]"},
    {"A noncharacter is a character of UTF-8.", "[\"\360\237\277\277\"]"},
};

absl::StatusOr<std::vector<NewEvent>> Translated(std::string body) {
  static auto* const translator = new Translator(TranslateLimits());
  return translator->Translate(body, {"default", absl::UnixEpoch(), ""});
}

// A webhook with the text as the value of a property, and more after it.
std::string Around(absl::string_view text) {
  return absl::StrCat(R"({"type":"event.track","data":{"event_type":"a","time":1,"event_properties":{"p":)", text,
                      R"(,"q":1}}})");
}

void ExpectTaken(const Case& one) {
  const absl::StatusOr<std::vector<NewEvent>> events = Translated(Around(one.text));
  ASSERT_TRUE(events.ok()) << events.status() << "\n" << one.about << ": " << one.text;
  v1::Event event;
  ASSERT_TRUE(event.ParseFromString(events->at(0).encoded));
  EXPECT_EQ(event.events_track().event_properties().fields().at("q").number_value(), 1) << one.text;
  EXPECT_EQ(event.events_track().event_properties().fields().count("p"), 1u) << one.text;
  // As the whole body it is JSON too, though it need not be an event.
  EXPECT_FALSE(absl::IsInvalidArgument(Translated(std::string(one.text)).status())) << one.text;
}

void ExpectRefused(const std::string& body, absl::string_view about) {
  const absl::Status status = Translated(body).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status << "\n" << about << ": " << body;
  EXPECT_THAT(std::string(status.message()), HasSubstr("at byte ")) << body;
}

TEST(JsonGrammarTest, TakesWhatMustBeTaken) {
  for (const Case& one : kMustTake) ExpectTaken(one);
}

TEST(JsonGrammarTest, TakesWhatMayBeTaken) {
  for (const Case& one : kTakenHere) ExpectTaken(one);
}

TEST(JsonGrammarTest, RefusesWhatMustBeRefused) {
  for (const Case& one : kMustRefuse) {
    ExpectRefused(std::string(one.text), one.about);
    // Inside of a webhook, some of it would be the webhook's own: `1` and a comma are members then.
    if (one.about != "structure") ExpectRefused(Around(one.text), one.about);
  }
}

TEST(JsonGrammarTest, RefusesAllThatIsCutShort) {
  for (const Case& one : kMustTake) {
    const std::string whole = Around(one.text);
    for (size_t size = 0; size < whole.size(); ++size) {
      ASSERT_TRUE(absl::IsInvalidArgument(Translated(whole.substr(0, size)).status())) << whole.substr(0, size);
    }
  }
}

}  // namespace
}  // namespace ampstream
