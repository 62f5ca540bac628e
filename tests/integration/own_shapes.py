"""Samples of the shapes that Amplitude itself posts, what each becomes, and a test with a source for each scheme."""

import copy
import http.client
import itertools
import json
import re

import harness
import subscriber
import webhooks
from ampstream.v1 import event_pb2

TOKENS = {"TOKEN_A": "first-token-0c41d7", "TOKEN_B": "second-token-9be2f0", "TOKEN_OTHER": "other-token-51aa83"}
SECRETS = {"RELAY": "relay-secret-6f0b21", "KNOCK": "knock-key-42e9c8", "KNOCK_OLD": "knock-key-17d3b5",
           "STD": "whsec_c3RhbmRhcmQtc2VjcmV0LTg4Mg==", "STD_OLD": "b2xkZXItc2VjcmV0LTEyMw=="}
FIXED = ["envelope", "export_event", "identify", "cohort", "monitor", "experiment_alert"]
TOKEN_HEADER = "x-ampstream-token"

SOURCES = """sources:
- name: amplitude
  static_token: {header: x-ampstream-token, tokens: ["env:TOKEN_A", "env:TOKEN_B"]}
  payload: auto
- name: relay
  hmac_sha256: {secrets: ["env:RELAY"], header: x-hub-signature-256, encoding: hex, prefix: "sha256="}
- name: experiment
  knock: {secrets: ["env:KNOCK", "env:KNOCK_OLD"]}
- name: std
  standard_webhooks: {secrets: ["env:STD", "env:STD_OLD"], tolerance: 5m}
- name: other
  static_token: {header: x-ampstream-token, tokens: ["env:TOKEN_OTHER"]}
""" + "".join(f"""- name: only-{payload.replace("_", "-")}
  static_token: {{header: x-ampstream-token, tokens: ["env:TOKEN_OTHER"]}}
  payload: {payload}
""" for payload in FIXED)

EXPORT = json.loads(r"""
{"app":123456,"amplitude_id":987654321012,"user_id":"user-1","device_id":"dev-1","session_id":1767323000000,
 "event_id":42,"event_type":"Button Clicked","event_time":"2026-01-02 03:04:05.678000",
 "client_event_time":"2026-01-02 03:04:05.600000","client_upload_time":"2026-01-02 03:04:06.000000",
 "server_received_time":"2026-01-02 03:04:06.078000","server_upload_time":"2026-01-02 03:04:06.090000",
 "processed_time":"2026-01-02 03:04:07.000000","$insert_id":"5f0adeff-6668-4427-8d02-57d803a2b841",
 "uuid":"0f6f7c8e-0000-4000-8000-000000000001","version_name":"2.1.3","platform":"iOS","os_name":"ios",
 "os_version":"17.2","device_family":"Apple iPhone","device_type":"Apple iPhone 15","device_carrier":"Carrier",
 "country":"France","region":"Paris","city":"Paris","dma":null,"language":"French","location_lat":null,
 "location_lng":null,"ip_address":"192.0.2.7","library":"amplitude-ts/2.11.0","paying":null,"sample_rate":null,
 "start_version":"2.0.0","amplitude_attribution_ids":null,"event_properties":{"button":"signup","count":3},
 "user_properties":{"plan":"pro"},"groups":{"org":["15"]},"group_properties":{}}
""")
IDENTIFY = json.loads(r"""
{"user_id":"user-1","device_id":"dev-1","user_properties":{"$set":{"plan":"pro"},"$add":{"logins":1}},
 "groups":{"org":"15"},"app_version":"2.1.3","platform":"iOS","os_name":"ios","os_version":"17.2",
 "device_brand":"Apple","country":"France","language":"French","paying":"true","start_version":"2.0.0"}
""")
COHORT = json.loads(r"""
{"cohort_name":"Power users","cohort_id":"7khm89cz","in_cohort":true,"computed_time":"1692206763",
 "message_id":"9baaa88f-9d46-4ee5-a946-be0c6aea0046::enter::0",
 "users":[{"user_id":"user-1","user_properties":{"plan":"pro"}},{"user_id":"user-2"}]}
""")
MONITOR = json.loads(r"""
{"charts":[{"header":"DAU drop","user_segment_idx":"0","segment_value_label":null,
 "what_happened":"2026-01-02 14:00:00: 44.4 is lower than the threshold 55.0.",
 "chart_url":"https://app.amplitude.com/analytics/acme/chart/abc123",
 "rca_url":"https://app.amplitude.com/analytics/acme/rca/abc123","filename":"chart.png","contentType":"image/png",
 "cid":"chart_image","metric":"chart_monitor_metric","change_str":-19.3,"direction":false,
 "image_url":"https://example.com/i.png","anomaly_label":{"segment":"All Users","value":null},"anomaly_message":""}]}
""")
ALERT = json.loads(r"""
{"flagId":9041,"flagName":"my-experiment","scope":"project","scopeParam":123456,"scopeParamName":"Acme",
 "action":"updated","modifiedBy":"ana@example.com","flag":{"key":"my-experiment","enabled":true},
 "oldFlag":{"key":"my-experiment","enabled":false}}
""")
ENVELOPE = {"type": "events.track", "created_at": "2026-01-02T03:04:06Z",
            "data": {"event_type": "Button Clicked", "time": 1767323045678}}
SAMPLES = dict(zip(FIXED, [ENVELOPE, EXPORT, IDENTIFY, COHORT, MONITOR, ALERT]))

# The keys of the samples that have a typed field; all others are in `additional_fields`.
EXPORT_TYPED = {"user_id", "device_id", "session_id", "event_id", "event_type", "event_time", "$insert_id",
                "version_name", "platform", "event_properties", "user_properties"}
IDENTIFY_TYPED = {"user_id", "device_id", "user_properties", "app_version", "platform"}
CHART_TYPED = {"header"}

# The time of each payload; where it has none, the event's is the receive time.
TIMES = {"events_track": "time", "events_identify": "time", "experiments_exposure": "time",
         "cohorts_membership": "computed_time", "monitors_alert": "triggered_at", "experiments_flag_changed": None}

_numbers = itertools.count(1)


def rest(sample, typed):
    """What of a sample has no typed field."""
    return {key: value for key, value in sample.items() if key not in typed}


TRACK = {"event_type": "Button Clicked", "time": "2026-01-02T03:04:05.678Z", "event_id": "42", "user_id": "user-1",
         "device_id": "dev-1", "session_id": 1767323000000, "insert_id": "5f0adeff-6668-4427-8d02-57d803a2b841",
         "app_version": "2.1.3", "platform": "iOS", "event_properties": {"button": "signup", "count": 3},
         "user_properties": {"plan": "pro"}, "additional_fields": rest(EXPORT, EXPORT_TYPED)}
IDENTIFIED = {"user_id": "user-1", "device_id": "dev-1", "app_version": "2.1.3", "platform": "iOS",
              "user_properties": {"$set": {"plan": "pro"}, "$add": {"logins": 1}},
              "additional_fields": rest(IDENTIFY, IDENTIFY_TYPED)}
MEMBERSHIP = {"cohort_name": "Power users", "cohort_id": "7khm89cz", "in_cohort": True,
              "computed_time": "2023-08-16T17:26:03Z", "message_id": COHORT["message_id"], "part": 1, "parts": 1,
              "users": COHORT["users"]}
ALERTED = {"monitor_id": "abc123", "monitor_name": "DAU drop", "chart_id": "abc123",
           "triggered_at": "2026-01-02T14:00:00Z", "value": 44.4, "condition": "lower", "threshold": 55.0,
           "additional_fields": rest(MONITOR["charts"][0], CHART_TYPED)}
FLAG_CHANGED = {"flag_id": 9041, "flag_name": "my-experiment", "scope": "project", "scope_param": "123456",
                "scope_param_name": "Acme", "action": "updated", "modified_by": "ana@example.com",
                "flag": ALERT["flag"], "old_flag": ALERT["oldFlag"]}


def fresh(sample=None, *without, **changes):
    """A sample with these fields in place of its own, and without others; an exported event is like no other."""
    made = {**copy.deepcopy(EXPORT if sample is None else sample), **changes}
    if "$insert_id" in made and "$insert_id" not in changes:
        made["$insert_id"] = f"i-{next(_numbers)}"
    return {key: value for key, value in made.items() if key not in without}


def tracked(body, *without, additional=None, **changes):
    """What `fresh(**...)` becomes: the sample's typed fields, with these in place of its own."""
    made = {**TRACK, "insert_id": body["$insert_id"], **changes}
    made["additional_fields"] = {**rest(TRACK["additional_fields"], without), **(additional or {})}
    return {key: value for key, value in made.items() if key not in without}


def token(name="TOKEN_A"):
    """The header with a token."""
    return [(TOKEN_HEADER, TOKENS[name])]


def relayed(body):
    """The header that a relay adds."""
    return [("x-hub-signature-256", f"sha256={webhooks.sign(body, SECRETS['RELAY'])}")]


class OwnShapesTest(harness.ServerTest):
    """A test with a server that has all sources, and a subscriber of all of them."""

    def setUp(self):
        file = harness.scratch() / "ampstreamd.yaml"
        file.write_text(SOURCES)
        self.server = self.start(f"--config={file}", variables={**TOKENS, **SECRETS})
        self.subscriber = subscriber.Subscriber(self.server)
        self.addCleanup(self.subscriber.close)
        self.tokens = itertools.cycle(["TOKEN_A", "TOKEN_B"])

    def post(self, source, body, fields):
        """Posts a delivery that must be taken. Returns its events, as they came to the subscriber."""
        answer = webhooks.post_to(self.server, source, body, fields)
        self.assertEqual((answer.code, answer.json.get("duplicates")), (200, 0), answer)
        self.assertEqual(answer.json["accepted"], len(answer.json["ids"]), answer)
        return self.subscriber.events(answer.json["ids"])

    def holds(self, events, source, payload, *values):
        """Holds events to the payload and the values that they must have."""
        self.assertEqual(len(events), len(values))
        for event, one in zip(events, values):
            self.assertEqual((event.WhichOneof("payload"), event.source), (payload, source))
            self.assertEqual(event_pb2.EventType.Name(event.type), f"EVENT_TYPE_{payload.upper()}")
            self.same(subscriber.payload(event), subscriber.expected(payload, one))
            self.assertEqual(event.occur_time, self.time_of(event))

    def same(self, message, expected):
        """Holds a message to another. Their fields come first, since they show what differs; to them true is 1."""
        self.assertEqual(subscriber.fields(message), subscriber.fields(expected))
        self.assertEqual(message, expected)

    def time_of(self, event):
        """When an event occurred, as its payload says."""
        name, payload = TIMES[event.WhichOneof("payload")], subscriber.payload(event)
        return getattr(payload, name) if name is not None and payload.HasField(name) else event.receive_time

    def arrives(self, body, payload, *values):
        """Posts a body with a token and with a signature: each time, events of these values must come."""
        text = webhooks.encode(body)
        self.holds(self.post("amplitude", text, token(next(self.tokens))), "amplitude", payload, *values)
        self.holds(self.post("relay", text, relayed(text)), "relay", payload, *values)

    def refuses(self, source, body, fields, code, said=".", field=None):
        """Posts a delivery that must be refused with this code, text and field."""
        answer = webhooks.post_to(self.server, source, body, fields)
        self.assertEqual(answer.code, code, answer)
        error = answer.json["error"]
        self.assertRegex(error["message"], said)
        if field is not None:
            self.assertEqual(error.get("field"), field, answer)

    def refuses_both(self, body, code, said=".", field=None):
        """The same with a token, and with a signature."""
        text = webhooks.encode(body)
        self.refuses("amplitude", text, token(next(self.tokens)), code, said, field)
        self.refuses("relay", text, relayed(text), code, said, field)

    def unread(self, source):
        """How many fields of a source could not be understood so far, as `/metrics` says."""
        connection = http.client.HTTPConnection(self.server.admin, timeout=harness.LIMIT)
        try:
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
        finally:
            connection.close()
        (count,) = re.findall(rf'^ampstream_unread_fields_total\{{source="{source}"\}} (\S+)$', text, re.MULTILINE)
        return float(count)
