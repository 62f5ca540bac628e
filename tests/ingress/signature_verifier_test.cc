#include "server/ingress/signature_verifier.h"

#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::string_view kBody =
    R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track","event_id":"e-1","event_type":"Button Clicked","time":1767323045000}})";
constexpr absl::string_view kSignature = "943520705ff64c6944b3d6a8294a7ece64823c0b78dcaee778b615e9184896d1";
constexpr absl::string_view kReserialized =
    R"({"type": "event.track", "created_at": "2026-01-02T03:04:05.000Z", "data": {"type": "event.track", "event_id": "e-1", "event_type": "Button Clicked", "time": 1767323045000}})";
constexpr absl::string_view kReserializedSignature = "64412db9ce7ce6620880ba231de79196b8396d98a520b72083795f0b4d4117c7";

class SignatureVerifierTest : public testing::Test {
 protected:
  bool Verify(const std::vector<absl::string_view>& values, absl::string_view body = kBody) const {
    return verifier_.Verify(values, body);
  }

  const SignatureVerifier verifier_{{"amplitude-test-secret"}};
};

TEST_F(SignatureVerifierTest, VerifiesEachBodyWithItsOwnSignatureOnly) {
  EXPECT_TRUE(Verify({kSignature}, kBody));
  EXPECT_TRUE(Verify({kReserializedSignature}, kReserialized));
  EXPECT_FALSE(Verify({kReserializedSignature}, kBody));
  EXPECT_FALSE(Verify({kSignature}, kReserialized));
}

TEST_F(SignatureVerifierTest, VerifiesTheEmptyBody) {
  EXPECT_TRUE(Verify({"eec49adafec176549ca65a7175dc2c5df617a185a33322115725acf3bb6a0e6c"}, ""));
}

TEST_F(SignatureVerifierTest, RejectsBodyChangedAfterSigning) {
  std::string body(kBody);
  for (size_t i = 0; i < body.size(); ++i) {
    body[i] ^= 1;
    EXPECT_FALSE(Verify({kSignature}, body)) << i;
    body[i] ^= 1;
  }
  EXPECT_FALSE(Verify({kSignature}, absl::StrCat(kBody, "\n")));
  EXPECT_FALSE(Verify({kSignature}, kBody.substr(0, kBody.size() - 1)));
}

TEST_F(SignatureVerifierTest, TakesUpperCaseAndMixedCaseHex) {
  const std::string upper = absl::AsciiStrToUpper(kSignature);
  EXPECT_TRUE(Verify({upper}));
  EXPECT_TRUE(Verify({absl::StrCat(upper.substr(0, 32), kSignature.substr(32))}));
}

TEST_F(SignatureVerifierTest, TakesOnePrefix) {
  const std::string prefixed = absl::StrCat("sha256=", kSignature);
  EXPECT_TRUE(Verify({prefixed}));
  EXPECT_TRUE(Verify({absl::StrCat("sha256=", absl::AsciiStrToUpper(kSignature))}));
  EXPECT_FALSE(Verify({absl::StrCat("sha256=", prefixed)}));
  EXPECT_FALSE(Verify({absl::StrCat("sha1=", kSignature)}));
  EXPECT_FALSE(Verify({"sha256="}));
}

TEST_F(SignatureVerifierTest, RejectsWhereThereIsNone) {
  EXPECT_FALSE(Verify({}));
  EXPECT_FALSE(Verify({""}));
}

TEST_F(SignatureVerifierTest, RejectsWhatIsMalformed) {
  for (const std::string& value : {
           std::string(kSignature.substr(1)),
           absl::StrCat(kSignature, "0"),
           absl::StrCat(kSignature, kSignature),
           absl::StrCat(" ", kSignature.substr(1)),
           absl::StrCat(kSignature.substr(1), " "),
           absl::StrCat("g", kSignature.substr(1)),
           absl::StrCat("0x", kSignature.substr(2)),
           absl::StrCat(kSignature.substr(0, 63), "\xc3"),
           absl::StrCat(kSignature, ", ", kSignature),
           std::string(64, '\0'),
           std::string(64, 'z'),
           std::string(100000, 'a'),
       }) {
    EXPECT_FALSE(Verify({value})) << value.substr(0, 200);
  }
}

TEST_F(SignatureVerifierTest, RejectsEveryOtherSignature) {
  std::string other(kSignature);
  for (char& digit : other) {
    const char right = digit;
    digit = right == '0' ? '1' : '0';
    EXPECT_FALSE(Verify({other})) << other;
    digit = right;
  }
}

TEST_F(SignatureVerifierTest, TheSameRepeatedCountsOnce) {
  EXPECT_TRUE(Verify({kSignature, kSignature}));
  EXPECT_TRUE(Verify({kSignature, absl::AsciiStrToUpper(kSignature), absl::StrCat("sha256=", kSignature)}));
}

TEST_F(SignatureVerifierTest, RejectsSeveralThatDiffer) {
  EXPECT_FALSE(Verify({kSignature, kReserializedSignature}));
  EXPECT_FALSE(Verify({kReserializedSignature, kSignature}));
  EXPECT_FALSE(Verify({kSignature, kSignature, kReserializedSignature}));
  EXPECT_FALSE(Verify({kSignature, ""}));
  EXPECT_FALSE(Verify({"", kSignature}));
  EXPECT_FALSE(Verify({kSignature, "nonsense"}));
}

TEST(SignatureVerifierSecretsTest, AnyLiveSecretMayHaveSigned) {
  const std::vector<absl::string_view> values = {kSignature};
  EXPECT_TRUE(SignatureVerifier({"amplitude-test-secret", "next"}).Verify(values, kBody));
  EXPECT_TRUE(SignatureVerifier({"old", "amplitude-test-secret"}).Verify(values, kBody));
  EXPECT_TRUE(SignatureVerifier({"old", "amplitude-test-secret", "next"}).Verify(values, kBody));
  EXPECT_FALSE(SignatureVerifier({"old", "next"}).Verify(values, kBody));
}

TEST(SignatureVerifierSecretsTest, WithoutASecretNothingIsVerified) {
  const SignatureVerifier none((std::vector<std::string>()));
  const std::vector<absl::string_view> nothing;
  const std::vector<absl::string_view> good = {kSignature};
  // HMAC-SHA256 of nothing under the empty key.
  const std::vector<absl::string_view> empty = {"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"};
  EXPECT_FALSE(none.Verify(nothing, ""));
  EXPECT_FALSE(none.Verify(good, kBody));
  EXPECT_FALSE(none.Verify(empty, ""));
}

}  // namespace
}  // namespace ampstream
