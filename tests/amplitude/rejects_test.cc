// What a delivery is refused for: a row for each way, with the code and the place that the sender is told.

#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/amplitude/translate_error.h"
#include "server/amplitude/translator.h"

namespace ampstream {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status StatusOf(std::string body) {
  Translator translator{TranslateLimits()};
  return translator.Translate(body, {"default", absl::UnixEpoch(), ""}).status();
}

std::string Nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

struct NotJsonCase {
  absl::string_view name;
  std::string body;
  size_t offset;
};
void PrintTo(const NotJsonCase& c, std::ostream* out) { *out << c.body; }

class NotJsonTest : public testing::TestWithParam<NotJsonCase> {};

TEST_P(NotJsonTest, TellsTheOffset) {
  const absl::Status status = StatusOf(GetParam().body);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("at byte ", GetParam().offset, ": ")));
  EXPECT_EQ(FieldOf(status), "");
}

const NotJsonCase kNotJson[] = {
    {"Empty", "", 0},
    {"Blank", " \n ", 3},
    {"ByteOrderMark", "\xef\xbb\xbf{}", 0},
    {"ByteOrderMarkOfUtf16", std::string("\xff\xfe{\0}\0", 6), 0},
    {"TopLevelString", " \"a\"", 1},
    {"TopLevelNumber", "42", 0},
    {"TopLevelNull", "null", 0},
    {"TrailingBrace", "{\"type\":\"x\"}}", 12},
    {"TrailingValue", "{} {}", 3},
    {"TrailingNul", std::string("{}\0", 3), 2},
    {"InvalidUtf8InString", "{\"a\":\"b\xff\"}", 7},
    {"InvalidUtf8InKey", "{\"\xc0\xaf\":1}", 2},
    {"OverlongUtf8", "[\"\xe0\x80\x80\"]", 2},
    {"EncodedSurrogate", "[\"\xed\xa0\x80\"]", 2},
    {"BeyondUnicode", "[\"\xf4\x90\x80\x80\"]", 2},
    {"Utf8CutShort", "[\"\xe2\x82\"]", 2},
    {"InvalidUtf8OutsideOfStrings", "[1,\xff]", 3},
    {"LoneHighSurrogate", "[\"a\\ud800b\"]", 3},
    {"LoneLowSurrogate", "[\"\\udc00\"]", 2},
    {"TwoHighSurrogates", "[\"\\ud800\\ud800\"]", 2},
    {"SurrogateThenOtherEscape", "[\"\\ud800\\n\"]", 2},
    {"LoneSurrogateInKey", "{\"\\udfff\":1}", 2},
    {"UnknownEscape", "[\"\\x\"]", 2},
    {"ShortUnicodeEscape", "[\"\\u12g4\"]", 2},
    {"SignedUnicodeEscape", "[\"\\u+123\"]", 2},
    {"UnescapedNewline", "[\"a\nb\"]", 3},
    {"UnescapedNul", std::string("[\"a\0b\"]", 7), 3},
    {"NaN", "{\"a\":NaN}", 5},
    {"Infinity", "[-Infinity]", 1},
    {"LeadingZero", "[1,01]", 3},
    {"LeadingZeroOfALongNumber", "[0123456789012345678901234567890]", 1},
    {"LoneMinus", "[-]", 1},
    {"NoDigitAfterThePoint", "[1.]", 1},
    {"NoDigitBeforeThePoint", "[.5]", 1},
    {"NoDigitInTheExponent", "[1e]", 1},
    {"PlusSign", "[+1]", 1},
    {"Hexadecimal", "[0x10]", 1},
    {"CutLiteral", "[tru]", 1},
    {"LongLiteral", "[nulll]", 1},
    {"LiteralInCapitals", "[True]", 1},
    {"SingleQuotes", "{'a':1}", 1},
    {"BareKey", "{a:1}", 1},
    {"TrailingCommaInObject", "{\"a\":1,}", 7},
    {"TrailingCommaInArray", "[1,]", 3},
    {"LeadingComma", "[,1]", 1},
    {"MissingComma", "[1 2]", 3},
    {"MissingCommaInObject", "{\"a\":1 \"b\":2}", 7},
    {"MissingColon", "{\"a\" 1}", 5},
    {"MissingValue", "{\"a\":}", 5},
    {"StringAndColonAsValue", R"({"a":"b":1}})", 8},
    {"NumberAsKey", "{1:2}", 1},
    {"Comment", "[1/**/]", 1},
    {"UnclosedString", "{\"a\":\"b", 7},
    {"UnclosedObject", "{\"a\":1", 6},
    {"UnclosedInnerObject", "{\"a\":{\"b\":1}", 12},
    {"UnclosedArray", "[1", 2},
    {"WrongBracket", "[1}", 2},
    {"WrongInnerBracket", "{\"a\":[1}}", 7},
    {"EndsInAnEscape", "[\"\\", 3},
    {"TooDeep", Nested(65), 64},
    {"TooDeepInObjects", "{\"a\":" + Nested(64) + "}", 68},
};

INSTANTIATE_TEST_SUITE_P(Bodies, NotJsonTest, testing::ValuesIn(kNotJson),
                         [](const auto& info) { return std::string(info.param.name); });

struct DoesNotFitCase {
  absl::string_view name;
  std::string body;
  std::string path;
};
void PrintTo(const DoesNotFitCase& c, std::ostream* out) { *out << c.body; }

class DoesNotFitTest : public testing::TestWithParam<DoesNotFitCase> {};

TEST_P(DoesNotFitTest, TellsThePath) {
  const absl::Status status = StatusOf(GetParam().body);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(FieldOf(status), GetParam().path);
  EXPECT_TRUE(absl::StartsWith(status.message(), GetParam().path + ": ")) << status;
}

// Values that must not be in an error are called SECRET.
TEST_P(DoesNotFitTest, TellsNothingOfThePayload) {
  EXPECT_THAT(StatusOf(GetParam().body).ToString(), Not(HasSubstr("SECRET")));
}

std::string Track(absl::string_view more) {
  return absl::StrCat(R"({"type":"event.track","data":{"event_type":"E","time":1)", more, "}}");
}
std::string Annotation(absl::string_view more) {
  return absl::StrCat(R"({"type":"annotation.created","label":"L",)", more, "}");
}
std::string Monitor(absl::string_view more) {
  return absl::StrCat(R"({"type":"monitor.alert","monitor_id":1,"monitor_name":"N","triggered_at":1)", more, "}");
}
std::string Cohort(absl::string_view size, absl::string_view more = "") {
  return absl::StrCat(R"({"type":"cohort.computed","cohort_id":1,"cohort_name":"N","computed_at":1,"size":)", size,
                      more, "}");
}
std::string Exposure(absl::string_view more) {
  return absl::StrCat(R"({"type":"experiment.exposure","data":{"flag_key":"F","time":1)", more, "}}");
}

const DoesNotFitCase kDoNotFit[] = {
    {"NoType", R"({"data":{}})", "type"},
    {"NothingAtAll", "{}", "type"},
    {"NullType", R"({"type":null})", "type"},
    {"NumberAsType", R"({"type":7,"data":{}})", "type"},
    {"ItemWithoutType", R"([{"type":"x"},{}])", "[1].type"},
    {"ItemNoObject", R"([{"type":"x"},"SECRET"])", "[1]"},
    {"ItemAnArray", "[[]]", "[0]"},
    {"DataNull", R"({"type":"event.track","data":null})", "data"},
    {"DataNoObject", R"({"type":"events.track","data":"SECRET"})", "data"},
    {"DataOfAnItemNoObject", R"([{"type":"event.track","data":[]}])", "[0].data"},
    {"EnvelopeTime", R"({"type":"event.track","created_at":"SECRET","data":{"event_type":"E","time":1}})",
     "created_at"},
    {"EnvelopeTimeOfAnItem", R"([{"type":"event.track","created_at":true,"data":{}}])", "[0].created_at"},
    {"NoEventType", R"({"type":"event.track","data":{"time":1}})", "data.event_type"},
    {"NoEventTypeFlat", R"({"type":"event.track","time":1})", "event_type"},
    {"NoEventTypeInAnItem", R"([{"type":"x"},{"type":"x"},{"type":"event.track","data":{}}])", "[2].data.event_type"},
    {"EmptyEventType", R"({"type":"event.track","event_type":"","time":1})", "event_type"},
    {"NullEventType", R"({"type":"event.track","event_type":null,"time":1})", "event_type"},
    {"BooleanEventType", R"({"type":"event.track","event_type":true,"time":1})", "event_type"},
    {"NoTime", R"({"type":"event.track","data":{"event_type":"E"}})", "data.time"},
    {"NoTimeOfIdentify", R"({"type":"event.identify","data":{}})", "data.time"},
    {"TimeNoTime", R"({"type":"event.identify","time":"SECRET"})", "time"},
    {"TimeObject", R"({"type":"event.identify","time":{"s":1}})", "time"},
    {"TimeAfter9999", R"({"type":"event.identify","time":"99999-01-01"})", "time"},
    {"TimeTooLarge", R"({"type":"event.identify","time":1e30})", "time"},
    {"TimeBeforeYear1", R"({"type":"event.identify","time":-62135596801})", "time"},
    {"UserIdObject", Track(R"(,"user_id":{"a":"SECRET"})"), "data.user_id"},
    {"UserIdBoolean", Track(R"(,"user_id":false)"), "data.user_id"},
    {"PropertiesArray", Track(R"(,"event_properties":["SECRET"])"), "data.event_properties"},
    {"PropertiesText", Track(R"(,"user_properties":"SECRET")"), "data.user_properties"},
    {"SessionIdFraction", Track(R"(,"session_id":1.5)"), "data.session_id"},
    {"SessionIdBeyond64Bits", Track(R"(,"session_id":9223372036854775808)"), "data.session_id"},
    {"SessionIdText", Track(R"(,"session_id":"SECRET")"), "data.session_id"},
    {"SessionIdBoolean", Track(R"(,"session_id":true)"), "data.session_id"},
    {"NoAnnotationId", Annotation(R"("date":"2026-01-02")"), "id"},
    {"OtherAnnotationIdWrong", Annotation(R"("annotation_id":"SECRET","date":"2026-01-02")"), "annotation_id"},
    {"NoDate", Annotation(R"("id":1)"), "date"},
    {"DateThatIsNoDay", Annotation(R"("id":1,"date":"2026-02-30")"), "date"},
    {"DateWithATime", Annotation(R"("id":1,"date":"2026-01-02T00:00:00Z")"), "date"},
    {"DateNumber", Annotation(R"("id":1,"date":20260102)"), "date"},
    {"OtherDescriptionWrong", Annotation(R"("id":1,"date":"2026-01-02","details":[])"), "details"},
    {"CreatedAtWrong", Annotation(R"("id":1,"date":"2026-01-02","created_at":"SECRET")"), "created_at"},
    {"NoLabel", R"({"type":"annotations.updated","id":1,"date":"2026-01-02"})", "label"},
    {"ValueText", Monitor(R"(,"value":"SECRET")"), "value"},
    {"ValueNotFinite", Monitor(R"(,"value":1e400)"), "value"},
    {"ValueNotANumber", Monitor(R"(,"threshold":"NaN")"), "threshold"},
    {"RecipientsText", Monitor(R"(,"recipients":"SECRET")"), "recipients"},
    {"RecipientNull", Monitor(R"(,"recipients":["a",1,null])"), "recipients[2]"},
    {"NoMonitorName", R"({"type":"monitor.alert","data":{"monitor_id":1,"triggered_at":1}})", "data.monitor_name"},
    {"SizeFraction", Cohort("0.5"), "size"},
    {"SizeNull", Cohort("null"), "size"},
    {"PublishedText", Cohort("1", R"(,"published":"SECRET")"), "published"},
    {"PublishedTwo", Cohort("1", R"(,"published":2)"), "published"},
    {"PublishedArray", Cohort("1", R"(,"published":[true])"), "published"},
    {"NoFlagKey", R"({"type":"experiment.exposure","time":1})", "flag_key"},
    {"VariantObject", Exposure(R"(,"variant":{})"), "data.variant"},
    {"MetadataText", Exposure(R"(,"metadata":"SECRET")"), "data.metadata"},
    {"FlagVersionText", Exposure(R"(,"metadata":{"flag_version":"v1"})"), "data.metadata.flag_version"},
    {"UserArray", Exposure(R"(,"user":[])"), "data.user"},
    {"CountryArray", "[" + Exposure("") + "," + Exposure(R"(,"user":{"country":["SECRET"]})") + "]",
     "[1].data.user.country"},
    {"IdOfTheUserWrong", Exposure(R"(,"user":{"user_id":true})"), "data.user.user_id"},
};

INSTANTIATE_TEST_SUITE_P(Bodies, DoesNotFitTest, testing::ValuesIn(kDoNotFit),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace ampstream
