#include "client/cli/signature.h"

#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr char kSecret[] = "amplitude-test-secret";

std::string Signed(absl::string_view body) { return Sign(kSecret, body).value_or("failed"); }

// The same JSON value twice: it is the bytes that are signed.
TEST(SignatureTest, SignsTheBytesOfTheBody) {
  EXPECT_EQ(Signed(R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track",)"
                   R"("event_id":"e-1","event_type":"Button Clicked","time":1767323045000}})"),
            "943520705ff64c6944b3d6a8294a7ece64823c0b78dcaee778b615e9184896d1");
  EXPECT_EQ(Signed(R"({"type": "event.track", "created_at": "2026-01-02T03:04:05.000Z", "data": {"type": )"
                   R"("event.track", "event_id": "e-1", "event_type": "Button Clicked", "time": 1767323045000}})"),
            "64412db9ce7ce6620880ba231de79196b8396d98a520b72083795f0b4d4117c7");
  EXPECT_EQ(Signed(R"({"a":12345678901234567890})"),
            "76249eefed1a40fd56fedcc0e8707f45cb9cafeadc50902f44c4fc63f6e30d4f");
}

TEST(SignatureTest, SignsTheEmptyBody) {
  EXPECT_EQ(Signed(""), "eec49adafec176549ca65a7175dc2c5df617a185a33322115725acf3bb6a0e6c");
}

TEST(SignatureTest, SignsNulBytesToo) {
  EXPECT_NE(Signed(absl::string_view("a\0b", 3)), Signed(absl::string_view("a\0c", 3)));
}

// RFC 4231, test case 6: a key longer than the hash's block.
TEST(SignatureTest, TakesSecretsLongerThanABlock) {
  EXPECT_EQ(Sign(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First").value_or("failed"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace ampstream
