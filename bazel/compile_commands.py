"""Turns what `bazel aquery --output=jsonproto` prints into compile_commands.json, from stdin to stdout.

https://clang.llvm.org/docs/JSONCompilationDatabase.html. The argument is the workspace's folder.
"""

import json
import sys

# gcc's own, which clang would complain about.
_GCC_ONLY = {"-fno-canonical-system-headers", "-Wunused-but-set-parameter", "-Wno-free-nonheap-object"}


def commands(actions, workspace):
    """An entry for each source that is compiled, in the order of their names."""
    entries = {}
    for action in actions:
        arguments = action["arguments"]
        source = arguments[arguments.index("-c") + 1]
        if not source.startswith(("bazel-out/", "external/")):
            kept = [argument for argument in arguments if argument not in _GCC_ONLY]
            entries[source] = {"directory": workspace, "file": source, "arguments": kept}
    return [entries[source] for source in sorted(entries)]


if __name__ == "__main__":
    json.dump(commands(json.load(sys.stdin).get("actions", []), sys.argv[1]), sys.stdout, indent=1)
