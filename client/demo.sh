#!/usr/bin/env bash
# Shows ampstream at work: a server, a subscriber, nine signed webhooks. `bazel run //:demo` gives the two binaries.
set -euo pipefail

ampstreamd=$1
ampstream=$2
python=$3
readonly seconds=30 secret=demo-secret
# Until then everything must have been seen: every wait below has a limit.
deadline=$((SECONDS + seconds))

# What the person's own shell has set is for other servers.
unset "${!AMPSTREAM_@}" http_proxy https_proxy grpc_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY

folder=$(mktemp -d "${TMPDIR:-/tmp}/ampstream-demo.XXXXXX")
children=()

clean_up() {
  trap '' INT TERM
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  rm -rf "$folder"
}
trap clean_up EXIT
trap 'printf "\n%s\n" "The demo has ended."; exit 0' INT TERM

fail() {
  printf 'demo: %s\n' "$1" >&2
  if [ -s "$folder/server.log" ]; then
    printf 'demo: the server said:\n' >&2
    tail -n 20 "$folder/server.log" >&2
  fi
  exit 1
}

# Reads a line from descriptor $1 into $line, until the deadline.
next_line() {
  local left=$((deadline - SECONDS))
  [ "$left" -gt 0 ] && IFS= read -r -t "$left" -u "$1" line
}

heading() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || heading() { printf '\n%s\n' "$1"; }

start_server() {
  mkfifo "$folder/ready"
  AMPSTREAM_WEBHOOK_SECRET=$secret "$ampstreamd" --data-dir "$folder/log" --http-address 127.0.0.1:0 \
    --grpc-address 127.0.0.1:0 --admin-address 127.0.0.1:0 >"$folder/ready" 2>"$folder/server.log" &
  server=$!
  children+=("$server")
  exec 3<"$folder/ready"
  next_line 3 || fail "the server did not start"
  ready=$line
  [[ $ready =~ http=([^ ]+)\ grpc=([^ ]+) ]] || fail "the server's first line is not understood: $ready"
  url=http://${BASH_REMATCH[1]}/webhooks/amplitude/default
  grpc=${BASH_REMATCH[2]}
}

start_subscriber() {
  mkfifo "$folder/events" "$folder/notices"
  "$ampstream" tail --grpc-address "$grpc" >"$folder/events" 2>"$folder/notices" &
  children+=("$!")
  exec 4<"$folder/events" 5<"$folder/notices"
  local said=
  until [[ $said == *subscribed* ]]; do
    next_line 5 || fail "the subscriber did not get through: $said"
    said=$line
  done
}

send_all() {
  local type
  for type in events.track events.identify annotations.created annotations.updated monitors.alert cohorts.computed \
    experiments.exposure cohorts.membership experiments.flag_changed; do
    AMPSTREAM_WEBHOOK_SECRET=$secret "$ampstream" send "$type" --url "$url" >"$folder/answer" 2>"$folder/error" ||
      fail "$type was not taken: $(cat "$folder/error")"
    next_line 4 || fail "$type did not arrive"
    printf '  %s\n' "$line"
  done
}

# A body ready to paste, and the curl command that posts it with its signature.
show_curl() {
  local now body signature
  now=$(date +%s%3N)
  body='{"type":"event.track","data":{"type":"event.track","event_type":"Hello","user_id":"you","time":'$now'}}'
  signature=$("$python" -c 'import hashlib, hmac, sys
print(hmac.new(sys.argv[1].encode(), sys.argv[2].encode(), hashlib.sha256).hexdigest())' "$secret" "$body")
  cat <<END
  curl -i $url \\
    -H 'content-type: application/json' \\
    -H 'x-amplitude-signature: $signature' \\
    -d '$body'
END
}

show_what_to_try() {
  local folder_name=${BUILD_WORKSPACE_DIRECTORY:-the workspace}
  heading "Now you. In another terminal, in $folder_name:"
  printf '\nPost a webhook: it appears below. The same again is answered as a duplicate; change a letter, and it is refused.\n'
  show_curl
  printf '\nSubscribe, from the first event on, to one type:\n'
  cat <<END
  .venv/bin/grpcurl -plaintext -d '{"earliest": {}, "filter": {"types": ["EVENT_TYPE_MONITORS_ALERT"]}}' \\
    $grpc ampstream.v1.EventService/Subscribe
END
  printf '\nThe same from the command line, as JSON; and a webhook of your choice:\n'
  cat <<END
  bazel-bin/client/cli/ampstream tail --grpc-address $grpc --from earliest --type monitors.alert --output json
  AMPSTREAM_WEBHOOK_SECRET=$secret bazel-bin/client/cli/ampstream send monitors.alert --url $url
END
}

heading "A server, with its log in a temporary folder, on free ports"
start_server
printf '  %s\n' "$ready"

heading "A subscriber: ampstream tail --grpc-address $grpc"
start_subscriber
printf '  %s\n' "$line"

heading "Nine webhooks, signed and posted to $url; each arrives as a typed event"
send_all

show_what_to_try
heading "Press Ctrl-C to end."
sed -u 's/^/  /' <&4 &
children+=("$!")
# Ends by itself only if the server does.
wait "$server" || true
fail "the server has ended"
