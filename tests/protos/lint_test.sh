#!/usr/bin/env bash
# The protos keep to buf's rules, comments included; and buf tells where they do not.
set -euo pipefail
source tests/protos/buf_module.sh

buf lint || fail "the protos break a rule"

# A field that loses its comment is found.
sed -i '/The place of this event in the log/d' "$module/ampstream/v1/event.proto"
if output=$(buf lint 2>&1); then fail "a field without a comment was not found"; fi
[[ $output == *event.proto:*'Field "cursor"'* ]] || fail "does not name the field: $output"
