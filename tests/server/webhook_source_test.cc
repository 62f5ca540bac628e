#include "server/webhook_source.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config_source.h"

namespace ampstream {
namespace {

using config::v1::Source;
using testing::HasSubstr;

// The variable SECRET is "a2V5", the base64 of "key".
std::string TestEnvironment(const std::string& variable) { return variable == "SECRET" ? "a2V5" : ""; }

Source NamedSource() {
  Source source;
  source.set_name("shop");
  return source;
}

// Whether a delivery of the body "body" with one header is verified.
bool Verified(const Source& source, const std::string& header, const std::string& value) {
  const absl::StatusOr<WebhookHandler::Source> made = MakeWebhookSource(source, TestEnvironment);
  EXPECT_TRUE(made.ok()) << made.status();
  if (!made.ok()) return false;
  EXPECT_EQ(made->name, "shop");
  HttpHead head;
  head.headers = {{header, value}, {"webhook-id", "id"}, {"webhook-timestamp", "1767323045"}};
  return made->verifier->Verify(head, "body", absl::FromUnixSeconds(1767323045) + absl::Minutes(5)).ok();
}

// HMAC-SHA256 of "body" with the key "a2V5".
constexpr char kHex[] = "2321f3ec7bb4208c2acb208367ea84203ae05cfbd16c069f75cffdf10d741900";
constexpr char kBase64[] = "IyHz7Hu0IIwqyyCDZ+qEIDrgXPvRbAafdc/98Q10GQA=";

TEST(WebhookSourceTest, SecretsAreHmacWithItsDefaults) {
  Source source = NamedSource();
  source.add_secrets("env:SECRET");
  EXPECT_TRUE(Verified(source, "x-amplitude-signature", kHex));
  EXPECT_TRUE(Verified(source, "x-amplitude-signature", absl::StrCat("sha256=", kHex)));
  EXPECT_FALSE(Verified(source, "x-amplitude-signature", kBase64));
  source.clear_secrets();
  source.mutable_hmac_sha256()->add_secrets("env:SECRET");
  SetSourceDefaults(&source);
  EXPECT_TRUE(Verified(source, "x-amplitude-signature", absl::StrCat("sha256=", kHex)));
}

TEST(WebhookSourceTest, HmacTakesItsHeaderEncodingAndPrefix) {
  Source source = NamedSource();
  config::v1::HmacSha256& hmac = *source.mutable_hmac_sha256();
  hmac.add_secrets("env:SECRET");
  hmac.set_header("X-Signature");
  hmac.set_encoding(config::v1::HmacSha256::ENCODING_BASE64);
  hmac.set_prefix("v0:");
  SetSourceDefaults(&source);
  EXPECT_TRUE(Verified(source, "x-signature", absl::StrCat("v0:", kBase64)));
  EXPECT_FALSE(Verified(source, "x-signature", absl::StrCat("sha256=", kBase64)));
  EXPECT_FALSE(Verified(source, "x-signature", kHex));
}

TEST(WebhookSourceTest, ATokenIsTheHeadersWholeValue) {
  Source source = NamedSource();
  source.mutable_static_token()->set_header("Authorization");
  source.mutable_static_token()->add_tokens("env:SECRET");
  EXPECT_TRUE(Verified(source, "authorization", "a2V5"));
  EXPECT_FALSE(Verified(source, "authorization", "Bearer a2V5"));
}

TEST(WebhookSourceTest, KnockSignsTheTimeToo) {
  Source source = NamedSource();
  source.mutable_knock()->add_secrets("env:SECRET");
  EXPECT_TRUE(Verified(source, "x-knock-signature", "t=1767323045000,s=vyqq9VxDMDCIQ5LA9ZACijrdPRBio1vhYZ2FaJyHN7o="));
  EXPECT_FALSE(Verified(source, "x-knock-signature", absl::StrCat("t=1767323045000,s=", kBase64)));
}

TEST(WebhookSourceTest, StandardWebhooksHaveABase64SecretAndATolerance) {
  Source source = NamedSource();
  source.mutable_standard_webhooks()->add_secrets("env:SECRET");
  SetSourceDefaults(&source);
  EXPECT_TRUE(Verified(source, "webhook-signature", "v1,cHFS1r7X8ZQxOsgGAq5avv2Ksnq+TI/KqF5e4GZLddg="));
  source.mutable_standard_webhooks()->mutable_tolerance()->set_seconds(299);
  EXPECT_FALSE(Verified(source, "webhook-signature", "v1,cHFS1r7X8ZQxOsgGAq5avv2Ksnq+TI/KqF5e4GZLddg="));
}

TEST(WebhookSourceTest, EachPayloadIsAShape) {
  Source source = NamedSource();
  source.add_secrets("env:SECRET");
  const std::pair<Source::Payload, Shape> shapes[] = {
      {Source::PAYLOAD_UNSPECIFIED, Shape::kAuto},  {Source::PAYLOAD_AUTO, Shape::kAuto},
      {Source::PAYLOAD_ENVELOPE, Shape::kEnvelope}, {Source::PAYLOAD_EXPORT_EVENT, Shape::kExportEvent},
      {Source::PAYLOAD_IDENTIFY, Shape::kIdentify}, {Source::PAYLOAD_COHORT, Shape::kCohort},
      {Source::PAYLOAD_MONITOR, Shape::kMonitor},   {Source::PAYLOAD_EXPERIMENT_ALERT, Shape::kExperimentAlert},
  };
  for (const auto& [payload, shape] : shapes) {
    source.set_payload(payload);
    EXPECT_EQ(MakeWebhookSource(source, TestEnvironment)->shape, shape) << payload;
  }
}

TEST(WebhookSourceTest, RefusesASecretThatIsNotThereOrNotOfItsScheme) {
  Source source = NamedSource();
  source.mutable_knock()->add_secrets("env:NONE");
  absl::Status status = MakeWebhookSource(source, TestEnvironment).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("env:NONE of source shop"));
  source.clear_knock();
  source.mutable_standard_webhooks()->add_secrets("env:SECRET");
  source.mutable_standard_webhooks()->add_secrets("env:PLAIN");
  status =
      MakeWebhookSource(source, [](const std::string& name) { return name == "PLAIN" ? "hunter2!" : "a2V5"; }).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_EQ(status.message(),
            "the standard_webhooks of source shop: its secret 2 is not base64, perhaps behind whsec_");
}

}  // namespace
}  // namespace ampstream
