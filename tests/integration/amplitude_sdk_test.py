"""Events that Amplitude's own SDK made arrive whole: every key, at any depth, with its value.

The SDK posts its batches to an endpoint here, which answers as Amplitude's HTTP V2 API does and turns each batch into
two deliveries: one half as Amplitude streams events, bare and with a token, the other in signed envelopes.
"""

import collections
import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

import harness
import subscriber
import webhooks
from ampstream.v1 import event_pb2

NODE = os.path.abspath(sys.argv.pop(3))
SCRIPT = pathlib.Path(__file__).parent / "amplitude_sdk_events.js"
EVENTS = 1000
API_KEY = "test-api-key"
TOKEN = "sdk-token-58a1c7"
SOURCES = """sources:
- {name: bare, static_token: {header: x-ampstream-token, tokens: ["env:BARE_TOKEN"]}}
- {name: signed, hmac_sha256: {secrets: ["env:AMPSTREAM_WEBHOOK_SECRET"]}}
"""

# Where the keys of an HTTP V2 event are in the typed one, by the field of Event. All others are in `additional_fields`,
# under their own names; `event_type` of an identify that came bare is the type of the event itself.
COMMON = {"time": "time", "user_id": "user_id", "device_id": "device_id", "user_properties": "user_properties",
          "app_version": "app_version", "platform": "platform", "insert_id": "insert_id"}
FIELDS = {
    "events_track": {**COMMON, "event_type": "event_type", "event_id": "event_id", "session_id": "session_id",
                     "event_properties": "event_properties"},
    "events_identify": COMMON,
}


def payload_name(sent):
    """The field of Event that holds an HTTP V2 event."""
    return "events_identify" if sent["event_type"] == "$identify" else "events_track"


def envelope(sent):
    """An HTTP V2 event in the envelope of its type."""
    kind = "events.identify" if sent["event_type"] == "$identify" else "events.track"
    return {"type": kind, "created_at": sent["time"], "data": sent}


def field_of(sent, key):
    """The typed field that has a key of an HTTP V2 event; None: it is in `additional_fields`."""
    if key == "version_name" and "app_version" not in sent:
        key = "app_version"  # Its other name, where the first one is not there.
    return FIELDS[payload_name(sent)].get(key)


def same_leaf(sent, value):
    """Whether a protobuf Value says the same as JSON that is no array and no object."""
    kind = value.WhichOneof("kind")
    if sent is None:
        return kind == "null_value"
    if isinstance(sent, bool):
        return kind == "bool_value" and value.bool_value is sent
    if isinstance(sent, str):
        return kind == "string_value" and value.string_value == sent
    if kind == "number_value":
        return value.number_value == sent  # Exact: Python compares an integer with a double by their values.
    return isinstance(sent, int) and abs(sent) > 2**53 and kind == "string_value" and value.string_value == str(sent)


def lost_in_value(path, sent, value):
    """The paths of `sent`, from `path` on, that a protobuf Value (None: there is none) does not have alike."""
    kind = value.WhichOneof("kind") if value is not None else None
    if isinstance(sent, dict) and kind == "struct_value":
        return lost_in_struct(path, sent, value.struct_value)
    if isinstance(sent, list) and kind == "list_value" and len(value.list_value.values) == len(sent):
        pairs = enumerate(zip(sent, value.list_value.values))
        return [lost for place, pair in pairs for lost in lost_in_value(f"{path}[{place}]", *pair)]
    leaf = kind is not None and not isinstance(sent, (dict, list))
    return [] if leaf and same_leaf(sent, value) else [path]


def lost_in_struct(path, sent, struct):
    """The same of an object and a Struct."""
    found = {key: struct.fields[key] if key in struct.fields else None for key in sent}
    return [lost for key, one in sent.items() for lost in lost_in_value(f"{path}.{key}", one, found[key])]


def is_absent(payload, name):
    """Whether a field that can be absent is."""
    return payload.DESCRIPTOR.fields_by_name[name].has_presence and not payload.HasField(name)


def lost_in_field(key, sent, payload, name):
    """The same of a key that has a typed field. Null is the same as absent."""
    if is_absent(payload, name):
        return [] if sent is None else [key]
    value = getattr(payload, name)
    if isinstance(sent, dict):
        return lost_in_struct(key, sent, value)
    if name == "time":
        return [] if value.ToNanoseconds() == sent * 1_000_000 else [key]
    same = value == (str(sent) if isinstance(value, str) else sent)
    return [] if same else [key]


def lost(sent, event, bare):
    """What of an HTTP V2 event the typed event does not have: paths of keys. `bare`: it came without an envelope."""
    name = payload_name(sent)
    if event.WhichOneof("payload") != name:
        return list(sent)
    payload, paths = getattr(event, name), []
    for key, one in sent.items():
        field = field_of(sent, key)
        if field is not None:
            paths += lost_in_field(key, one, payload, field)
        elif not (bare and key == "event_type"):
            paths += lost_in_struct("", {key: one}, payload.additional_fields)
    return paths


def leaves(struct, path=()):
    """The paths of all leaves in a Struct, empty Structs and lists among them; a list is a leaf."""
    for key, value in struct.fields.items():
        if value.WhichOneof("kind") == "struct_value" and value.struct_value.fields:
            yield from leaves(value.struct_value, (*path, key))
        else:
            yield (*path, key)


def without_leaf(event, field, path):
    """A copy of an event without one leaf of one of its Structs."""
    copy = event_pb2.Event.FromString(event.SerializeToString())
    struct = getattr(subscriber.payload(copy), field)
    for key in path[:-1]:
        struct = struct.fields[key].struct_value
    del struct.fields[path[-1]]
    return copy


def without_field(event, field):
    """A copy of an event without one field of its payload."""
    copy = event_pb2.Event.FromString(event.SerializeToString())
    subscriber.payload(copy).ClearField(field)
    return copy


def each_with_one_removed(event):
    """Copies of an event, each with one thing less, under the name of that."""
    for descriptor, value in subscriber.payload(event).ListFields():
        yield descriptor.name, without_field(event, descriptor.name)
        if descriptor.message_type is not None and descriptor.message_type.name == "Struct":
            for path in leaves(value):
                yield ".".join((descriptor.name, *path)), without_leaf(event, descriptor.name, path)


class Deliveries:
    """What was posted to ampstream. Attributes: `sent`, by the id that ampstream gave: (HTTP V2 event, `bare`)."""

    def __init__(self, server):
        self.sent = {}
        self._server = server

    def take(self, batch):
        """Posts a batch of the SDK's as two deliveries."""
        assert batch["api_key"] == API_KEY, batch
        middle = len(batch["events"]) // 2
        bare, enveloped = batch["events"][:middle], batch["events"][middle:]
        self._post("bare", bare, bare, [("x-ampstream-token", TOKEN)])
        bodies = [envelope(event) for event in enveloped]
        self._post("signed", enveloped, bodies, [(webhooks.SIGNATURE, webhooks.sign(bodies))])

    def _post(self, source, events, bodies, fields):
        answer = webhooks.post_to(self._server, source, bodies, fields)
        assert answer.code == 200, answer
        assert answer.json["accepted"] == len(events), answer
        for one, event in zip(answer.json["ids"], events):
            self.sent[one] = (event, source == "bare")


class HttpV2(http.server.BaseHTTPRequestHandler):
    """Amplitude's HTTP V2 API, as far as an SDK sees it. `server.deliveries` takes the batches."""

    def do_POST(self):
        """Takes one batch; what goes wrong is said to the SDK, which then fails."""
        text = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            batch = json.loads(text)
            self.server.deliveries.take(batch)
            self.answer(200, events_ingested=len(batch["events"]), payload_size_bytes=len(text), server_upload_time=1)
        except Exception as error:
            self.server.failures.append(error)
            self.answer(400, error=repr(error), missing_field="")

    def answer(self, code, **fields):
        """Answers with JSON."""
        text = json.dumps({"code": code, **fields}).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Says nothing."""


@contextlib.contextmanager
def http_v2(deliveries):
    """An endpoint on a free port, while the block runs."""
    with http.server.HTTPServer(("127.0.0.1", 0), HttpV2) as server:
        server.deliveries, server.failures = deliveries, []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class SdkTest(harness.ServerTest):
    def setUp(self):
        file = harness.scratch() / "ampstreamd.yaml"
        file.write_text(SOURCES)
        self.server = self.start(f"--config={file}", variables={"BARE_TOKEN": TOKEN})
        self.subscriber = subscriber.Subscriber(self.server)
        self.addCleanup(self.subscriber.close)

    def delivered(self):
        """Runs the SDK. Returns what was posted of its events, by id."""
        deliveries = Deliveries(self.server)
        with http_v2(deliveries) as endpoint:
            url = f"http://127.0.0.1:{endpoint.server_port}/2/httpapi"
            done = subprocess.run([NODE, str(SCRIPT), url], capture_output=True, text=True, timeout=harness.LIMIT,
                                  check=False)
        self.assertEqual(endpoint.failures, [])
        self.assertEqual((done.returncode, done.stdout), (0, f'{{"taken":{EVENTS}}}\n'), done.stderr)
        return deliveries.sent

    def check(self, sent, event, bare):
        """Holds a typed event to the one that was sent."""
        self.assertEqual(lost(sent, event, bare), [], f"of {sent} in {event}")
        self.assertEqual(set(subscriber.payload(event).additional_fields.fields) - set(sent), set())
        self.assertEqual(event.occur_time.ToNanoseconds(), sent["time"] * 1_000_000)
        self.assertEqual(event.source, "bare" if bare else "signed")

    def test_every_key_of_1000_events_arrives(self):
        sent = self.delivered()
        self.assertEqual(len(sent), EVENTS)
        kinds, removed = collections.Counter(), 0
        for (one, bare), event in zip(sent.values(), self.subscriber.events(list(sent))):
            self.check(one, event, bare)
            kind = (one["event_type"], bare)
            kinds[kind] += 1
            if kinds[kind] == 1:  # One of each kind shows that the check sees whatever is not there.
                for name, copy in each_with_one_removed(event):
                    removed += 1
                    self.assertNotEqual(lost(one, copy, bare), [], f"{name} of {one}")
        self.assertEqual(len(harness.events_until(self.server, earliest={}, until_caught_up=True)), EVENTS)
        names = {name for name, _ in kinds}
        self.assertLessEqual({"$identify", "$groupidentify", "revenue_amount", "Every Option", "Numbers"}, names)
        self.assertEqual({bare for _, bare in kinds}, {True, False})
        self.assertGreater(removed, 500)


class CheckTest(unittest.TestCase):
    """The check itself, on events made by hand."""

    SENT = {"event_type": "Bought", "time": 1767323045678, "event_id": 7, "user_id": "u", "session_id": -1,
            "version_name": "2", "price": 9.5, "dma": None, "plan": {"branch": "main"}, "groups": {"org": ["15"]},
            "event_properties": {"count": 3, "ok": True, "none": None, "big": 2**60 + 1, "deep": [{"a": "b"}]}}

    def event(self):
        """The typed event of `SENT`, with nothing lost."""
        event = event_pb2.Event(type=event_pb2.EVENT_TYPE_EVENTS_TRACK)
        track = event.events_track
        track.event_type, track.event_id, track.user_id = "Bought", "7", "u"
        track.session_id, track.app_version = -1, "2"
        track.time.FromMilliseconds(1767323045678)
        track.event_properties.update({"count": 3, "ok": True, "none": None, "big": str(2**60 + 1),
                                       "deep": [{"a": "b"}]})
        track.additional_fields.update({"price": 9.5, "dma": None, "plan": {"branch": "main"},
                                        "groups": {"org": ["15"]}})
        return event

    def test_a_whole_event_has_lost_nothing(self):
        self.assertEqual(lost(self.SENT, self.event(), True), [])

    def test_whatever_is_removed_is_reported(self):
        removed = dict(each_with_one_removed(self.event()))
        self.assertEqual(len(removed), 17)
        for name, copy in removed.items():
            with self.subTest(removed=name):
                self.assertNotEqual(lost(self.SENT, copy, True), [])

    def test_whatever_has_another_value_is_reported(self):
        changes = [("event_type", "Sold"), ("time", 1767323045679), ("event_id", 8), ("user_id", "v"),
                   ("session_id", 0), ("version_name", "3"), ("price", 9.25), ("dma", ""), ("plan", {"branch": "x"}),
                   ("groups", {"org": ["15", "16"]}), ("groups", {"org": "15"}), ("device_id", "d"),
                   *(("event_properties", {**self.SENT["event_properties"], **change}) for change in (
                       {"count": 4}, {"ok": 1.5}, {"ok": False}, {"none": 0}, {"big": 2**60 + 2},
                       {"deep": [{"a": "c"}]}, {"deep": []}, {"count": "3"}))]
        for key, value in changes:
            with self.subTest(key=key, value=value):
                self.assertNotEqual(lost({**self.SENT, key: value}, self.event(), True), [])

    def test_a_payload_of_another_type_is_reported(self):
        identify = event_pb2.Event(type=event_pb2.EVENT_TYPE_EVENTS_IDENTIFY)
        identify.events_identify.user_id = "u"
        self.assertEqual(lost(self.SENT, identify, True), list(self.SENT))


if __name__ == "__main__":
    harness.main()
