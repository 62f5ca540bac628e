# To be sourced by a test of the protos: `buf ...` then runs in a copy of the module that the test may change.

buf_program=$PWD/$1
export HOME=$TEST_TMPDIR XDG_CACHE_HOME=$TEST_TMPDIR/cache  # buf keeps a cache
module=$TEST_TMPDIR/protos
cp -RL protos "$module"
chmod -R u+w "$module"

buf() {
  (cd "$module" && "$buf_program" "$@")
}

fail() {
  printf '%s\n' "FAILED: $*" >&2
  exit 1
}
