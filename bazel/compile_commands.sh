#!/usr/bin/env bash
# Writes compile_commands.json for editors and clang-tidy: bazel/compile_commands.sh
# Generated headers are where the last `bazel build` put them: build first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

actions=$(mktemp)
trap 'rm -f "$actions"' EXIT
bazel aquery 'mnemonic("CppCompile", //server/... + //client/... + //tests/...)' --output=jsonproto >"$actions"
.venv/bin/python bazel/compile_commands.py "$PWD" <"$actions" >compile_commands.json
