"""Deliveries as a sender makes them: bodies, signatures, and HTTP over a socket whose end can be seen."""

import base64
import collections
import hashlib
import hmac
import http.client
import itertools
import json
import socket
import time

import harness

PATH = "/webhooks/amplitude/default"
SIGNATURE = "x-amplitude-signature"

Answer = collections.namedtuple("Answer", "code headers json")

# For each type: its names on the wire, the field of Event that holds it, a smallest and complete `data`.
Webhook = collections.namedtuple("Webhook", "names payload data")
SEVEN = [
    Webhook(("events.track", "event.track"), "events_track", {"event_type": "Button Clicked", "time": 1767323045678}),
    Webhook(("events.identify", "event.identify"), "events_identify", {"time": 1767323045678}),
    Webhook(("annotations.created", "annotation.created"), "annotations_created",
            {"id": 4711, "label": "Release", "date": "2026-01-02"}),
    Webhook(("annotations.updated", "annotation.updated"), "annotations_updated",
            {"id": 4711, "label": "Release", "date": "2026-01-02"}),
    Webhook(("monitors.alert", "monitor.alert"), "monitors_alert",
            {"monitor_id": "m-1", "monitor_name": "Errors", "triggered_at": "2026-01-02T03:04:05Z"}),
    Webhook(("cohorts.computed", "cohort.computed"), "cohorts_computed",
            {"cohort_id": "c-1", "cohort_name": "Power users", "size": 12, "computed_at": "2026-01-02T03:04:05Z"}),
    Webhook(("experiments.exposure", "experiment.exposure"), "experiments_exposure",
            {"flag_key": "checkout-v2", "time": 1767323045678}),
]

_numbers = itertools.count(1)


def item(name, **fields):
    """One event in its envelope."""
    return {"type": name, "created_at": "2026-01-02T03:04:06Z", "data": fields}


def track(**fields):
    """An `event.track` that is like no other."""
    data = {"event_type": "Button Clicked", "time": 1767323045678, "insert_id": f"i-{next(_numbers)}"}
    return item("event.track", **{**data, **fields})


def encode(body):
    """The bytes of a body, which may be given as bytes, text or JSON value."""
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def sign(body, secret=harness.SECRET):
    """The signature of a body."""
    return hmac.new(secret.encode(), encode(body), hashlib.sha256).hexdigest()


def mac(key, *parts):
    """The HMAC-SHA256 of all parts in one, in base64."""
    return base64.b64encode(hmac.new(key, b"".join(parts), hashlib.sha256).digest()).decode()


def knock_fields(body, secret, milliseconds=1767323045678):
    """The header that Amplitude Experiment sends with an alert."""
    signature = mac(secret.encode(), f"{milliseconds}.".encode(), encode(body))
    return [("x-knock-signature", f"t={milliseconds},s={signature}")]


def standard_fields(body, secret, seconds=None):
    """The headers of Standard Webhooks, by default with the time of now. `secret`: base64, perhaps behind `whsec_`."""
    name, seconds = f"msg_{next(_numbers)}", int(time.time()) if seconds is None else seconds
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = mac(key, f"{name}.{seconds}.".encode(), encode(body))
    return [("webhook-id", name), ("webhook-timestamp", seconds), ("webhook-signature", f"v1,{signature}")]


def head(fields, method="POST", path=PATH):
    """A request's bytes up to its body. `fields` are (name, value)."""
    lines = [f"{method} {path} HTTP/1.1", "Host: ampstream", *(f"{name}: {value}" for name, value in fields)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def request(body, *, signatures=None, content_type="application/json", more=(), **where):
    """A whole request. `signatures`: the values to send; by default the right one."""
    body = encode(body)
    fields = [("Content-Type", content_type), ("Content-Length", len(body))]
    fields += [(SIGNATURE, value) for value in ([sign(body)] if signatures is None else signatures)]
    return head([*fields, *more], **where) + body


class Connection:
    """A connection to the webhook listener."""

    def __init__(self, address):
        name, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((name, int(port)), timeout=harness.LIMIT)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def ask(self, data):
        """Sends bytes and reads one answer."""
        self._socket.sendall(data)
        answer = http.client.HTTPResponse(self._socket)
        answer.begin()
        text = answer.read()
        return Answer(answer.status, answer.headers, json.loads(text) if text else None)

    def ended(self):
        """True if nothing but the end comes after the answer."""
        return self._socket.recv(1) == b""


def post(server, body, **how):
    """Posts one delivery on a connection of its own. `how` is that of `request`."""
    with Connection(server.http) as connection:
        return connection.ask(request(body, **how))


def post_to(server, source, body, fields):
    """Posts one delivery to a source, with what the source verifies: `fields` are (name, value)."""
    return post(server, body, signatures=[], more=fields, path=f"/webhooks/amplitude/{source}")


def accept(server, body, **how):
    """Posts a delivery that must be taken whole. Returns the ids of its events."""
    answer = post(server, body, **how)
    assert answer.code == 200, answer
    assert answer.json["duplicates"] == 0, answer
    assert answer.json["accepted"] == len(answer.json["ids"]), answer
    return answer.json["ids"]
