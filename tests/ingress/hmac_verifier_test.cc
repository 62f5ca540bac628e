#include "server/ingress/hmac_verifier.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::string_view kBody =
    R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track","event_id":"e-1","event_type":"Button Clicked","time":1767323045000}})";
constexpr absl::string_view kSignature = "943520705ff64c6944b3d6a8294a7ece64823c0b78dcaee778b615e9184896d1";
constexpr absl::string_view kReserialized =
    R"({"type": "event.track", "created_at": "2026-01-02T03:04:05.000Z", "data": {"type": "event.track", "event_id": "e-1", "event_type": "Button Clicked", "time": 1767323045000}})";
constexpr absl::string_view kReserializedSignature = "64412db9ce7ce6620880ba231de79196b8396d98a520b72083795f0b4d4117c7";

// The same signature.
constexpr absl::string_view kBase64Signature = "lDUgcF/2TGlEs9aoKUp+zmSCPAt43K7neLYV6RhIltE=";

// Whether a delivery with these values of one header is verified; where it is not, that is UNAUTHENTICATED.
bool Verified(const HmacVerifier& verifier, const std::vector<absl::string_view>& values,
              absl::string_view body = kBody, const std::string& header = "X-Amplitude-Signature") {
  HttpHead head;
  for (const absl::string_view value : values) head.headers.emplace_back(header, std::string(value));
  const absl::Status status = verifier.Verify(head, body, absl::UnixEpoch());
  EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
  return status.ok();
}

HmacVerifier WithSecrets(const std::vector<std::string>& secrets) {
  HmacVerifier::Options options;
  options.secrets = secrets;
  return HmacVerifier(options);
}

class HmacVerifierTest : public testing::Test {
 protected:
  bool Verify(const std::vector<absl::string_view>& values, absl::string_view body = kBody) const {
    return Verified(verifier_, values, body);
  }

  const HmacVerifier verifier_ = WithSecrets({"amplitude-test-secret"});
};

TEST_F(HmacVerifierTest, VerifiesEachBodyWithItsOwnSignatureOnly) {
  EXPECT_TRUE(Verify({kSignature}, kBody));
  EXPECT_TRUE(Verify({kReserializedSignature}, kReserialized));
  EXPECT_FALSE(Verify({kReserializedSignature}, kBody));
  EXPECT_FALSE(Verify({kSignature}, kReserialized));
}

TEST_F(HmacVerifierTest, VerifiesTheEmptyBody) {
  EXPECT_TRUE(Verify({"eec49adafec176549ca65a7175dc2c5df617a185a33322115725acf3bb6a0e6c"}, ""));
}

TEST_F(HmacVerifierTest, RejectsBodyChangedAfterSigning) {
  std::string body(kBody);
  for (size_t i = 0; i < body.size(); ++i) {
    body[i] ^= 1;
    EXPECT_FALSE(Verify({kSignature}, body)) << i;
    body[i] ^= 1;
  }
  EXPECT_FALSE(Verify({kSignature}, absl::StrCat(kBody, "\n")));
  EXPECT_FALSE(Verify({kSignature}, kBody.substr(0, kBody.size() - 1)));
}

TEST_F(HmacVerifierTest, TakesUpperCaseAndMixedCaseHex) {
  const std::string upper = absl::AsciiStrToUpper(kSignature);
  EXPECT_TRUE(Verify({upper}));
  EXPECT_TRUE(Verify({absl::StrCat(upper.substr(0, 32), kSignature.substr(32))}));
}

TEST_F(HmacVerifierTest, TakesOnePrefix) {
  const std::string prefixed = absl::StrCat("sha256=", kSignature);
  EXPECT_TRUE(Verify({prefixed}));
  EXPECT_TRUE(Verify({absl::StrCat("sha256=", absl::AsciiStrToUpper(kSignature))}));
  EXPECT_FALSE(Verify({absl::StrCat("sha256=", prefixed)}));
  EXPECT_FALSE(Verify({absl::StrCat("sha1=", kSignature)}));
  EXPECT_FALSE(Verify({"sha256="}));
}

TEST_F(HmacVerifierTest, RejectsWhereThereIsNone) {
  EXPECT_FALSE(Verify({}));
  EXPECT_FALSE(Verify({""}));
}

TEST_F(HmacVerifierTest, RejectsWhatIsMalformed) {
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

TEST_F(HmacVerifierTest, RejectsEveryOtherSignature) {
  std::string other(kSignature);
  for (char& digit : other) {
    const char right = digit;
    digit = right == '0' ? '1' : '0';
    EXPECT_FALSE(Verify({other})) << other;
    digit = right;
  }
}

TEST_F(HmacVerifierTest, TheSameRepeatedCountsOnce) {
  EXPECT_TRUE(Verify({kSignature, kSignature}));
  EXPECT_TRUE(Verify({kSignature, absl::AsciiStrToUpper(kSignature), absl::StrCat("sha256=", kSignature)}));
}

TEST_F(HmacVerifierTest, RejectsSeveralThatDiffer) {
  EXPECT_FALSE(Verify({kSignature, kReserializedSignature}));
  EXPECT_FALSE(Verify({kReserializedSignature, kSignature}));
  EXPECT_FALSE(Verify({kSignature, kSignature, kReserializedSignature}));
  EXPECT_FALSE(Verify({kSignature, ""}));
  EXPECT_FALSE(Verify({"", kSignature}));
  EXPECT_FALSE(Verify({kSignature, "nonsense"}));
}

TEST(HmacVerifierSecretsTest, AnyLiveSecretMayHaveSigned) {
  EXPECT_TRUE(Verified(WithSecrets({"amplitude-test-secret", "next"}), {kSignature}));
  EXPECT_TRUE(Verified(WithSecrets({"old", "amplitude-test-secret"}), {kSignature}));
  EXPECT_TRUE(Verified(WithSecrets({"old", "amplitude-test-secret", "next"}), {kSignature}));
  EXPECT_FALSE(Verified(WithSecrets({"old", "next"}), {kSignature}));
}

TEST(HmacVerifierSecretsTest, WithoutASecretNothingIsVerified) {
  const HmacVerifier none = WithSecrets({});
  EXPECT_FALSE(Verified(none, {}, ""));
  EXPECT_FALSE(Verified(none, {kSignature}));
  // HMAC-SHA256 of nothing under the empty key.
  EXPECT_FALSE(Verified(none, {"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"}, ""));
}

TEST(HmacVerifierOptionsTest, LooksAtItsHeaderOnly) {
  HmacVerifier::Options options;
  options.secrets = {"amplitude-test-secret"};
  options.header = "x-hub-signature-256";
  const HmacVerifier verifier(options);
  EXPECT_TRUE(Verified(verifier, {kSignature}, kBody, "X-Hub-Signature-256"));
  EXPECT_FALSE(Verified(verifier, {kSignature}));
}

TEST(HmacVerifierOptionsTest, TakesItsPrefixOnly) {
  HmacVerifier::Options options;
  options.secrets = {"amplitude-test-secret"};
  options.prefix = "v0=";
  const HmacVerifier verifier(options);
  EXPECT_TRUE(Verified(verifier, {absl::StrCat("v0=", kSignature)}));
  EXPECT_TRUE(Verified(verifier, {kSignature}));
  EXPECT_FALSE(Verified(verifier, {absl::StrCat("sha256=", kSignature)}));
}

TEST(HmacVerifierOptionsTest, TakesItsEncodingOnly) {
  HmacVerifier::Options options;
  options.secrets = {"amplitude-test-secret"};
  EXPECT_FALSE(Verified(HmacVerifier(options), {kBase64Signature}));
  options.encoding = HmacVerifier::Encoding::kBase64;
  const HmacVerifier verifier(options);
  EXPECT_TRUE(Verified(verifier, {kBase64Signature}));
  EXPECT_TRUE(Verified(verifier, {absl::StripSuffix(kBase64Signature, "=")}));
  EXPECT_TRUE(Verified(verifier, {absl::StrReplaceAll(kBase64Signature, {{"/", "_"}, {"+", "-"}})}));
  EXPECT_FALSE(Verified(verifier, {kSignature}));
  EXPECT_FALSE(Verified(verifier, {absl::StrCat(kBase64Signature, "\n")}));
  EXPECT_FALSE(Verified(verifier, {absl::StrCat(kBase64Signature.substr(0, 10), " ", kBase64Signature.substr(10))}));
  EXPECT_FALSE(Verified(verifier, {absl::StripSuffix(kBase64Signature, "tE=")}));
}

}  // namespace
}  // namespace ampstream
