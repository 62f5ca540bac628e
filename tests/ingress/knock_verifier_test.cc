#include "server/ingress/knock_verifier.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::string_view kBody = R"({"flagId":9041})";
constexpr absl::string_view kSignature = "jqvvhGSngehTDGmXTI5Q5xg9yIYN0ADdQ2ekM7PwKao=";      // With experiment-key.
constexpr absl::string_view kNextSignature = "vLPOq4x98Dt6DenZ/kNo1p/EWR2/rb39wR1mSuxehe0=";  // With next-key.
constexpr absl::string_view kTime = "1767323045000";

std::string Value(absl::string_view time, absl::string_view signature) {
  return absl::StrCat("t=", time, ",s=", signature);
}

bool Verified(const KnockVerifier& verifier, const std::vector<std::string>& values, absl::string_view body = kBody) {
  HttpHead head;
  for (const std::string& value : values) head.headers.emplace_back("X-Knock-Signature", value);
  const absl::Status status = verifier.Verify(head, body, absl::FromUnixSeconds(1767323045));
  EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
  return status.ok();
}

TEST(KnockVerifierTest, TakesWhatEachLiveKeyHasSigned) {
  const KnockVerifier verifier({"experiment-key", "next-key"});
  EXPECT_TRUE(Verified(verifier, {Value(kTime, kSignature)}));
  EXPECT_TRUE(Verified(verifier, {Value(kTime, kNextSignature)}));
  EXPECT_FALSE(Verified(KnockVerifier({"experiment-key"}), {Value(kTime, kNextSignature)}));
  EXPECT_FALSE(Verified(KnockVerifier({}), {Value(kTime, kSignature)}));
}

TEST(KnockVerifierTest, SignsTheTimeAndTheBody) {
  const KnockVerifier verifier({"experiment-key"});
  EXPECT_FALSE(Verified(verifier, {Value("1767323045001", kSignature)}));
  EXPECT_FALSE(Verified(verifier, {Value("01767323045000", kSignature)}));
  EXPECT_FALSE(Verified(verifier, {Value(kTime, kSignature)}, R"({"flagId":9042})"));
  EXPECT_FALSE(Verified(verifier, {Value(kTime, kSignature)}, ""));
}

TEST(KnockVerifierTest, RejectsWhatIsMalformed) {
  const KnockVerifier verifier({"experiment-key"});
  const std::string good = Value(kTime, kSignature);
  ASSERT_TRUE(Verified(verifier, {good}));
  for (const std::string& value : {
           std::string(),
           std::string(kSignature),
           absl::StrCat("s=", kSignature),
           absl::StrCat("s=", kSignature, ",t=", kTime),
           Value("", kSignature),
           Value("now", kSignature),
           Value(kTime, ""),
           Value(kTime, kSignature.substr(1)),
           absl::StrCat(good, ",s=", kSignature),
           absl::StrCat(good, ","),
           absl::StrCat("t=", kTime, ", s=", kSignature),
           std::string(100000, ','),
       }) {
    EXPECT_FALSE(Verified(verifier, {value})) << value.substr(0, 200);
  }
}

TEST(KnockVerifierTest, TheSameRepeatedCountsOnce) {
  const KnockVerifier verifier({"experiment-key", "next-key"});
  EXPECT_FALSE(Verified(verifier, {}));
  EXPECT_TRUE(Verified(verifier, {Value(kTime, kSignature), Value(kTime, kSignature)}));
  EXPECT_FALSE(Verified(verifier, {Value(kTime, kSignature), Value(kTime, kNextSignature)}));
}

}  // namespace
}  // namespace ampstream
