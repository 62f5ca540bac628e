#ifndef AMPSTREAM_TESTS_FUZZ_CHECK_H_
#define AMPSTREAM_TESTS_FUZZ_CHECK_H_

#include <cstdio>
#include <cstdlib>

// What must hold for every input: a fuzzer takes an abort for a finding.
#define AMPSTREAM_FUZZ_CHECK(condition)                                            \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

#endif  // AMPSTREAM_TESTS_FUZZ_CHECK_H_
