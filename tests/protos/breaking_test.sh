#!/usr/bin/env bash
# The protos can be read by clients of the last release; and a change that breaks them is refused.
set -euo pipefail
source tests/protos/buf_module.sh

event=$module/ampstream/v1/event.proto
service=$module/ampstream/v1/event_service.proto

# refuses FILE EDIT EXPECTED: with the edit (a sed script) buf refuses the protos, and its text holds EXPECTED.
refuses() {
  local file=$1 edit=$2 expected=$3 output
  cp "$file" "$TEST_TMPDIR/saved"
  sed -i "$edit" "$file"
  cmp -s "$file" "$TEST_TMPDIR/saved" && fail "the edit changes nothing: $edit"
  if output=$(buf breaking --against baseline.binpb 2>&1); then fail "took the edit: $edit"; fi
  [[ $output == *"$expected"* ]] || fail "refused the edit ($edit) without '$expected': $output"
  cp "$TEST_TMPDIR/saved" "$file"
}

buf breaking --against baseline.binpb || fail "the protos break clients of the last release"

refuses "$event" 's/optional int64 session_id = 10;/optional string session_id = 10;/' \
  'Field "10" with name "session_id" on message "EventsTrack" changed type from "int64" to "string"'
refuses "$event" '/string trace_parent = 7;/d' \
  'Previously present field "7" with name "trace_parent" on message "Event" was deleted'
refuses "$event" 's/string source = 4;/string source = 9;/' 'field "4" with name "source" on message "Event"'
refuses "$event" 's/EVENT_TYPE_UNRECOGNIZED = 8;/EVENT_TYPE_UNRECOGNIZED = 99;/' 'enum value "8" on enum "EventType"'
refuses "$service" '/rpc GetEvent(/d' 'RPC "GetEvent" on service "EventService"'

buf breaking --against baseline.binpb || fail "the copy was not put back as it was"
