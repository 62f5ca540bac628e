#include "server/ingress/hmac.h"

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace ampstream {
namespace {

constexpr absl::string_view kCompact =
    R"({"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track","event_id":"e-1","event_type":"Button Clicked","time":1767323045000}})";
constexpr absl::string_view kSpaced =
    R"({"type": "event.track", "created_at": "2026-01-02T03:04:05.000Z", "data": {"type": "event.track", "event_id": "e-1", "event_type": "Button Clicked", "time": 1767323045000}})";

std::string Hex(const HmacKey& key, absl::string_view message) {
  const HmacKey::Mac mac = key.Sign(message).value();
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(mac.data()), mac.size()));
}

TEST(HmacTest, SignsTheBytesAndNotTheJsonValue) {
  const HmacKey key("amplitude-test-secret");
  EXPECT_EQ(Hex(key, kCompact), "943520705ff64c6944b3d6a8294a7ece64823c0b78dcaee778b615e9184896d1");
  EXPECT_EQ(Hex(key, kSpaced), "64412db9ce7ce6620880ba231de79196b8396d98a520b72083795f0b4d4117c7");
}

TEST(HmacTest, SignsNumbersAndNothingAtAll) {
  const HmacKey key("amplitude-test-secret");
  EXPECT_EQ(Hex(key, R"({"a":12345678901234567890})"),
            "76249eefed1a40fd56fedcc0e8707f45cb9cafeadc50902f44c4fc63f6e30d4f");
  EXPECT_EQ(Hex(key, ""), "eec49adafec176549ca65a7175dc2c5df617a185a33322115725acf3bb6a0e6c");
  EXPECT_EQ(Hex(key, absl::string_view()), "eec49adafec176549ca65a7175dc2c5df617a185a33322115725acf3bb6a0e6c");
}

// RFC 4231, test cases 2 and 6.
TEST(HmacTest, TakesSecretsShorterAndLongerThanABlock) {
  EXPECT_EQ(Hex(HmacKey("Jefe"), "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(Hex(HmacKey(std::string(131, '\xaa')), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HmacTest, AnEmptySecretIsAKeyToo) {
  EXPECT_EQ(Hex(HmacKey(""), ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(Hex(HmacKey(absl::string_view()), ""), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(HmacTest, SignsTheSameTwice) {
  const HmacKey key("amplitude-test-secret");
  const std::string first = Hex(key, kCompact);
  EXPECT_NE(Hex(key, kSpaced), first);
  EXPECT_EQ(Hex(key, kCompact), first);
}

// More keys than a thread keeps contexts for, in turn and again, so that contexts are forgotten and made anew.
TEST(HmacTest, TakesNoKeyOfAThreadForAnother) {
  std::vector<std::unique_ptr<HmacKey>> keys;
  std::vector<std::string> first;
  for (int i = 0; i < 200; ++i) {
    keys.push_back(std::make_unique<HmacKey>(absl::StrCat("secret ", i)));
    first.push_back(Hex(*keys.back(), "body"));
    EXPECT_EQ(Hex(HmacKey(absl::StrCat("secret ", i)), "body"), first.back());
  }
  EXPECT_EQ(std::set<std::string>(first.begin(), first.end()).size(), first.size());
  for (int i = 199; i >= 0; --i) EXPECT_EQ(Hex(*keys[i], "body"), first[i]) << i;
}

// The second key may well stand where the first one stood.
TEST(HmacTest, TakesNoKeyForOneThatIsGone) {
  auto key = std::make_unique<HmacKey>("one");
  const std::string one = Hex(*key, "body");
  key.reset();
  key = std::make_unique<HmacKey>("two");
  EXPECT_NE(Hex(*key, "body"), one);
}

TEST(HmacTest, SignsOnManyThreadsAtOnce) {
  const HmacKey key("amplitude-test-secret");
  const HmacKey other("another");
  const std::string signed_by_key = Hex(key, kCompact);
  const std::string signed_by_other = Hex(other, kCompact);
  std::vector<int> wrong(8, 0);
  std::vector<std::thread> threads;
  for (int& count : wrong) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) {
        if (Hex(key, kCompact) != signed_by_key) ++count;
        if (Hex(other, kCompact) != signed_by_other) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(8, 0));
}

TEST(HmacTest, ComparesEveryByte) {
  const HmacKey::Mac mac = HmacKey("key").Sign("body").value();
  EXPECT_TRUE(HmacKey::Equal(mac, HmacKey("key").Sign("body").value()));
  for (size_t i = 0; i < mac.size(); ++i) {
    HmacKey::Mac changed = mac;
    changed[i] ^= 1;
    EXPECT_FALSE(HmacKey::Equal(mac, changed)) << i;
  }
}

}  // namespace
}  // namespace ampstream
