"""A libFuzzer target that is a test of its corpus as well."""

def fuzz_test(name, srcs, deps, corpus):
    """Makes `NAME_test`, which runs every input of the corpus once, and `NAME`, which finds more with --config=asan.

    Args:
      name: of the fuzzer.
      srcs: one that defines LLVMFuzzerTestOneInput.
      deps: of it.
      corpus: files; inputs that were findings once are among them.
    """
    native.cc_library(
        name = name + "_input",
        testonly = True,
        srcs = srcs,
        deps = deps,
        alwayslink = True,
    )
    native.cc_test(
        name = name + "_test",
        size = "small",
        srcs = ["replay.cc"],
        args = ["$(rootpaths {})".format(label) for label in corpus],
        data = corpus,
        deps = [
            ":" + name + "_input",
            "//tests/testing:sanitizer_options",
        ],
    )
    native.cc_binary(
        name = name,
        testonly = True,
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name + "_input"],
    )
