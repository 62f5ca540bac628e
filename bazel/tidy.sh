#!/usr/bin/env bash
# Runs clang-tidy (.clang-tidy has the checks) over the named folders or files, else over server and client. It reads
# compile_commands.json: bazel/compile_commands.sh writes it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [ ! -f compile_commands.json ]; then
  echo "bazel/tidy.sh: no compile_commands.json: run bazel/compile_commands.sh first" >&2
  exit 2
fi
[ $# -gt 0 ] || set -- server client
find "$@" -name '*.cc' -print0 | xargs -0 -r -n 1 -P "$(nproc)" clang-tidy-14 -p . --quiet --warnings-as-errors='*' \
  2> >(grep -v 'warnings\? generated\.$' >&2)  # of system headers, and not shown
