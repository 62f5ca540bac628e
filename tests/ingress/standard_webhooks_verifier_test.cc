#include "server/ingress/standard_webhooks_verifier.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

using testing::HasSubstr;

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kNextSecret[] = "c2Vjb25kIHNlY3JldA==";
constexpr absl::string_view kBody = R"({"test": 2432232314})";
constexpr char kId[] = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr int64_t kTimestamp = 1614265330;
constexpr char kSignature[] = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";      // With kSecret.
constexpr char kNextSignature[] = "v1,iftH4DWT9H6iFZ/hsvHqcaCW7SpIdCOeXU2Ug0xKpqg=";  // With kNextSecret.
constexpr char kOtherSignature[] = "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

HttpHead Head(const std::string& signature, const std::string& id = kId,
              const std::string& timestamp = absl::StrCat(kTimestamp)) {
  HttpHead head;
  head.headers = {{"Webhook-Id", id}, {"Webhook-Timestamp", timestamp}, {"Webhook-Signature", signature}};
  return head;
}

class StandardWebhooksVerifierTest : public testing::Test {
 protected:
  StandardWebhooksVerifierTest() { Use({kSecret}); }

  void Use(const std::vector<std::string>& secrets) {
    auto made = StandardWebhooksVerifier::Make(secrets, absl::Minutes(5));
    ASSERT_TRUE(made.ok()) << made.status();
    verifier_ = *std::move(made);
  }

  absl::Status Verify(const HttpHead& head, absl::string_view body = kBody,
                      absl::Duration late = absl::ZeroDuration()) const {
    return verifier_->Verify(head, body, absl::FromUnixSeconds(kTimestamp) + late);
  }

  bool Verified(const HttpHead& head, absl::string_view body = kBody,
                absl::Duration late = absl::ZeroDuration()) const {
    const absl::Status status = Verify(head, body, late);
    EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
    return status.ok();
  }

  std::unique_ptr<StandardWebhooksVerifier> verifier_;
};

TEST_F(StandardWebhooksVerifierTest, TakesWhatTheSecretHasSigned) {
  EXPECT_TRUE(Verified(Head(kSignature)));
  EXPECT_FALSE(Verified(Head(kNextSignature)));
  EXPECT_FALSE(Verified(Head(kSignature), R"({"test": 2432232315})"));
  EXPECT_FALSE(Verified(Head(kSignature, "msg_other")));
  EXPECT_FALSE(Verified(Head(kSignature, kId, absl::StrCat(kTimestamp + 1))));
}

TEST_F(StandardWebhooksVerifierTest, AnyLiveSecretMayHaveSigned) {
  Use({kSecret, kNextSecret});
  EXPECT_TRUE(Verified(Head(kSignature)));
  EXPECT_TRUE(Verified(Head(kNextSignature)));
  Use({});
  EXPECT_FALSE(Verified(Head(kSignature)));
}

TEST_F(StandardWebhooksVerifierTest, OneOfSeveralSignaturesIsEnough) {
  EXPECT_TRUE(Verified(Head(absl::StrCat(kOtherSignature, " ", kSignature))));
  EXPECT_TRUE(Verified(Head(absl::StrCat("v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5 ", kSignature))));
  EXPECT_FALSE(Verified(Head(absl::StrCat(kOtherSignature, " ", kNextSignature))));
  EXPECT_FALSE(Verified(Head(absl::StrCat("v2", absl::string_view(kSignature).substr(2)))));
}

TEST_F(StandardWebhooksVerifierTest, TakesATimestampWithinTheTolerance) {
  EXPECT_TRUE(Verified(Head(kSignature), kBody, absl::Minutes(5)));
  EXPECT_TRUE(Verified(Head(kSignature), kBody, -absl::Minutes(5)));
  EXPECT_FALSE(Verified(Head(kSignature), kBody, absl::Minutes(5) + absl::Nanoseconds(1)));
  EXPECT_FALSE(Verified(Head(kSignature), kBody, -absl::Minutes(5) - absl::Nanoseconds(1)));
  EXPECT_THAT(std::string(Verify(Head(kSignature), kBody, absl::Hours(1)).message()),
              HasSubstr("webhook-timestamp is more than 5m"));
}

TEST_F(StandardWebhooksVerifierTest, OnlyAGoodSignatureIsToldOfItsTimestamp) {
  EXPECT_EQ(Verify(Head(kOtherSignature), kBody, absl::Hours(1)).message(), "the signature is missing or wrong");
}

TEST_F(StandardWebhooksVerifierTest, RejectsWhatIsMissingOrMalformed) {
  for (const size_t missing : {0, 1, 2}) {
    HttpHead head = Head(kSignature);
    head.headers.erase(head.headers.begin() + static_cast<std::ptrdiff_t>(missing));
    EXPECT_FALSE(Verified(head)) << missing;
  }
  EXPECT_FALSE(Verified(Head("")));
  EXPECT_FALSE(Verified(Head("v1,")));
  EXPECT_FALSE(Verified(Head(absl::string_view(kSignature).substr(3).data())));
  EXPECT_FALSE(Verified(Head(kSignature, kId, "")));
  EXPECT_FALSE(Verified(Head(kSignature, kId, "yesterday")));
  EXPECT_FALSE(Verified(Head(kSignature, kId, "99999999999999999999999")));
}

TEST(StandardWebhooksVerifierMakeTest, RefusesASecretThatIsNotBase64) {
  for (const std::string secret : {"whsec_", "", "whsec_%%%", "with blank and $"}) {
    const absl::Status status = StandardWebhooksVerifier::Make({kSecret, secret}, absl::Minutes(5)).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << secret;
    EXPECT_EQ(status.message(), "its secret 2 is not base64, perhaps behind whsec_");
  }
}

}  // namespace
}  // namespace ampstream
