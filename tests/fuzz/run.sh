#!/usr/bin/env bash
# tests/fuzz/run.sh SECONDS [TARGET...]: looks for inputs that break what must hold, each target for so long, all at once.
# New inputs stay outside of the repository; one that is a finding is named, and belongs into corpus/TARGET with the fix.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

seconds=$1
targets=("${@:2}")
[ "${#targets[@]}" -gt 0 ] || targets=(config expression json_to_event listener matcher)
found=$(mktemp -d "${TMPDIR:-/tmp}/ampstream-fuzz-XXXXXX")

# What each begins with.
seeds() {
  case $1 in
    config) echo tests/fuzz/corpus/config server ;;
    json_to_event) echo tests/fuzz/corpus/json_to_event tests/testdata ;;
    *) echo "tests/fuzz/corpus/$1" ;;
  esac
}

# fuzz TARGET: says how it ended in one line. Fails if there is a finding.
fuzz() {
  local folder=$found/$1 from
  mkdir -p "$folder/inputs"
  for from in $(seeds "$1"); do
    find "$from" -maxdepth 1 -type f \( -path '*/corpus/*' -o -name '*.json' -o -name '*.yaml' \) -exec cp {} "$folder/inputs" \;
  done
  # Leaks are looked for by the address sanitizer's own tests: here they would be those of libraries at their end.
  if ASAN_OPTIONS=detect_leaks=0 "bazel-bin/tests/fuzz/$1" -max_total_time="$seconds" -max_len=4096 -timeout=10 \
    -rss_limit_mb=2048 -artifact_prefix="$folder/" "$folder/inputs" >"$folder/log" 2>&1; then
    echo "$1: $(grep -oE '^Done [0-9]+ runs in [0-9]+ second' "$folder/log")s, no finding"
  else
    tail -n 40 "$folder/log"
    echo "$1: a finding, in $folder"
    return 1
  fi
}

bazel build --config=asan "${targets[@]/#///tests/fuzz:}"
status=0
pids=()
for target in "${targets[@]}"; do
  fuzz "$target" &
  pids+=($!)
done
for pid in "${pids[@]}"; do wait "$pid" || status=1; done
[ "$status" != 0 ] || rm -rf "$found"
exit "$status"
