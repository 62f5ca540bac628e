#ifndef AMPSTREAM_TESTS_EVENT_RANDOM_SEED_H_
#define AMPSTREAM_TESTS_EVENT_RANDOM_SEED_H_

#include <cstdint>
#include <cstdlib>
#include <random>

namespace ampstream {

// The seed of a test's random numbers: another one in each run, or AMPSTREAM_SEED from the environment, to repeat a
// run that failed (`bazel test --test_env=AMPSTREAM_SEED=N`). Put it into a SCOPED_TRACE.
inline uint64_t RandomSeed() {
  const char* const chosen = std::getenv("AMPSTREAM_SEED");
  return chosen != nullptr ? std::strtoull(chosen, nullptr, 10) : std::random_device{}();
}

}  // namespace ampstream

#endif  // AMPSTREAM_TESTS_EVENT_RANDOM_SEED_H_
