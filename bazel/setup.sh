#!/usr/bin/env bash
# Installs what the build, the tests and the demo need, pinned, on Debian 12; with --benchmarks, also the servers that
# tests/benchmarks/compare measures ampstreamd beside. Quick and silent where nothing is missing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

packages=(
  bazel-bootstrap bazel-rules-java ca-certificates clang-14 clang-format-14 clang-tidy-14 curl g++ git golang-go libabsl-dev libbenchmark-dev libclang-rt-14-dev
  libcli11-dev libcpp-httplib-dev libgmock-dev libgrpc++-dev libgtest-dev libnghttp2-dev libprotobuf-dev librocksdb-dev libsimdjson-dev libspdlog-dev
  libssl-dev libyaml-cpp-dev openssl pkg-config prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc python3-venv
)
case "${1:-}" in
  "") benchmarks= ;;
  --benchmarks) benchmarks=yes packages+=(redis-server) ;;
  *) echo "usage: bazel/setup.sh [--benchmarks]" >&2; exit 2 ;;
esac
grpcurl_version=v1.8.9
centrifugo_version=6.9.1

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Runs a command; shows what it printed only if it fails.
quietly() {
  local output
  output=$("$@" 2>&1) || { printf '%s\n' "$output" "bazel/setup.sh: failed: $*" >&2; exit 1; }
}

install_packages() {
  local missing
  missing=$(comm -23 <(printf '%s\n' "${packages[@]}" | sort) \
    <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null | sed -n 's/^installed //p' | sort -u))
  [ -n "$missing" ] || return 0
  echo "bazel/setup.sh: installing" $missing >&2
  quietly as_root apt-get update -qq
  # shellcheck disable=SC2086  # one word a package
  quietly as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
}

# install_requirements FILE: into .venv. The mark is written last, so that a set-up that was cut off is begun again.
install_requirements() {
  local mark=.venv/$1.installed
  cmp -s "bazel/$1" "$mark" && return 0
  echo "bazel/setup.sh: installing $1 into .venv" >&2
  [ -x .venv/bin/python ] || quietly python3 -m venv .venv
  quietly .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r "bazel/$1"
  cp "bazel/$1" "$mark"
}

install_grpcurl() {
  local go=/usr/bin/go
  [ -x "$go" ] || go=go
  if [ -x .venv/bin/grpcurl ]; then
    case "$("$go" version -m .venv/bin/grpcurl)" in *"/grpcurl"[[:space:]]"$grpcurl_version"[[:space:]]*) return 0 ;; esac
  fi
  echo "bazel/setup.sh: building grpcurl $grpcurl_version" >&2
  quietly env GOBIN="$PWD/.venv/bin" GOFLAGS=-trimpath "$go" install "github.com/fullstorydev/grpcurl/cmd/grpcurl@$grpcurl_version"
}

# With the Go of requirements-benchmarks.txt, because Debian's is too old for it.
install_centrifugo() {
  local work  # Gone when the script ends, however it does.
  if [ -x .venv/bin/centrifugo ]; then
    case "$(.venv/bin/centrifugo version)" in *" v$centrifugo_version "*) return 0 ;; esac
  fi
  echo "bazel/setup.sh: building centrifugo $centrifugo_version" >&2
  work=$(mktemp -d)
  trap "rm -rf '$work'" EXIT
  quietly env GOPATH="$work/path" GOCACHE="$work/cache" GOBIN="$PWD/.venv/bin" GOFLAGS="-trimpath -modcacherw" GOTOOLCHAIN=local \
    .venv/bin/go install \
    -ldflags "-s -w -X github.com/centrifugal/centrifugo/v6/internal/build.Version=$centrifugo_version" \
    "github.com/centrifugal/centrifugo/v6@v$centrifugo_version"
}

# Amplitude's own SDK, which makes events for a test: what the lock file names, no more, and none of its scripts.
install_node_modules() {
  local mark=.venv/node/installed.json
  cmp -s bazel/node/package-lock.json "$mark" && return 0
  echo "bazel/setup.sh: installing node modules" >&2
  mkdir -p .venv/node
  cp bazel/node/package.json bazel/node/package-lock.json .venv/node
  quietly .venv/bin/npm ci --prefix .venv/node --ignore-scripts --no-audit --no-fund --no-update-notifier
  cp bazel/node/package-lock.json "$mark"
}

install_packages
install_requirements requirements.txt
install_grpcurl
install_node_modules
[ -n "$benchmarks" ] || exit 0
install_requirements requirements-benchmarks.txt
install_centrifugo
