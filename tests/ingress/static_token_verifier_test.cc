#include "server/ingress/static_token_verifier.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

bool Verified(const StaticTokenVerifier& verifier, const std::vector<std::string>& values,
              const std::string& header = "X-Token") {
  HttpHead head;
  for (const std::string& value : values) head.headers.emplace_back(header, value);
  const absl::Status status = verifier.Verify(head, "any body", absl::UnixEpoch());
  EXPECT_TRUE(status.ok() || absl::IsUnauthenticated(status)) << status;
  return status.ok();
}

TEST(StaticTokenVerifierTest, TakesEachLiveToken) {
  const StaticTokenVerifier verifier("x-token", {"old", "Bearer new"});
  EXPECT_TRUE(Verified(verifier, {"old"}));
  EXPECT_TRUE(Verified(verifier, {"Bearer new"}));
  EXPECT_TRUE(Verified(verifier, {"old", "old"}));
}

TEST(StaticTokenVerifierTest, TakesNothingElse) {
  const StaticTokenVerifier verifier("x-token", {"old", "Bearer new"});
  for (const std::string value : {"", "ol", "olds", "Old", " old", "new", "bearer new", "old, Bearer new"})
    EXPECT_FALSE(Verified(verifier, {value})) << value;
  EXPECT_FALSE(Verified(verifier, {std::string("old\0", 4)}));
  EXPECT_FALSE(Verified(verifier, {std::string(100000, 'o')}));
  EXPECT_FALSE(Verified(verifier, {}));
}

TEST(StaticTokenVerifierTest, RejectsTokensThatDiffer) {
  const StaticTokenVerifier verifier("x-token", {"old", "new"});
  EXPECT_FALSE(Verified(verifier, {"old", "new"}));
  EXPECT_FALSE(Verified(verifier, {"old", "wrong"}));
  EXPECT_FALSE(Verified(verifier, {"wrong", "old"}));
}

TEST(StaticTokenVerifierTest, LooksAtItsHeaderOnly) {
  const StaticTokenVerifier verifier("Authorization", {"old"});
  EXPECT_TRUE(Verified(verifier, {"old"}, "authorization"));
  EXPECT_FALSE(Verified(verifier, {"old"}, "X-Token"));
}

TEST(StaticTokenVerifierTest, WithoutATokenNothingIsVerified) {
  const StaticTokenVerifier verifier("x-token", {});
  EXPECT_FALSE(Verified(verifier, {}));
  EXPECT_FALSE(Verified(verifier, {""}));
}

TEST(StaticTokenVerifierTest, DoesNotTellTheToken) {
  HttpHead head;
  const absl::Status status = StaticTokenVerifier("x-token", {"hunter2"}).Verify(head, "", absl::UnixEpoch());
  EXPECT_EQ(status.message(), "the token is missing or wrong");
}

}  // namespace
}  // namespace ampstream
