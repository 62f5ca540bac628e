#!/usr/bin/env bash
# The directory of the protos is all that another language needs: plain protoc makes Python stubs that can be imported.
set -euo pipefail

python=$PWD/$1
out=$TEST_TMPDIR/stubs
mkdir "$out"
cp -RL protos "$TEST_TMPDIR/protos"
cd "$TEST_TMPDIR"

"$python" -B -m grpc_tools.protoc -I protos --python_out="$out" --grpc_python_out="$out" protos/ampstream/v1/*.proto

cd "$out"
"$python" -B - <<'PYTHON'
from ampstream.v1 import error_pb2, event_pb2, event_service_pb2, event_service_pb2_grpc, filter_pb2

event = event_pb2.Event(source="default", monitors_alert=event_pb2.MonitorsAlert(value=1.5))
response = event_service_pb2.SubscribeResponse(events=[event], cursor="aAA")
back = event_service_pb2.SubscribeResponse.FromString(response.SerializeToString())
assert back.events[0].WhichOneof("payload") == "monitors_alert", back
assert back.events[0].monitors_alert.value == 1.5, back
assert filter_pb2.EventFilter(types=[event_pb2.EVENT_TYPE_MONITORS_ALERT]).types == [5]
assert error_pb2.ErrorReason.Name(4) == "ERROR_REASON_CURSOR_EXPIRED"
assert hasattr(event_service_pb2_grpc, "EventServiceStub")
PYTHON
