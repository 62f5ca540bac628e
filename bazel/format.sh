#!/usr/bin/env bash
# Formats every C++ file; with --check it changes none, names those that are not formatted, and fails if there are any.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

case "${1-}" in
  "") flags=(-i) ;;
  --check) flags=(--dry-run --Werror) ;;
  *) echo "usage: bazel/format.sh [--check]" >&2; exit 2 ;;
esac

find . -name .venv -prune -o \( -name '*.cc' -o -name '*.h' \) -type f -print0 | xargs -0 -r clang-format-14 "${flags[@]}"
