// Runs a fuzzer's function over the files that are named: the corpus is a test wherever there is no libFuzzer.

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    if (!file) {
      std::fprintf(stderr, "%s cannot be read\n", argv[i]);
      return 1;
    }
    const std::string input = content.str();
    std::fprintf(stderr, "%s\n", argv[i]);  // The last one is that which did not come back.
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
  }
  std::fprintf(stderr, "%d inputs\n", argc - 1);
  return argc > 1 ? 0 : 1;
}
