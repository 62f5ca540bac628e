"""A subscriber in Python that has nothing but stubs generated from the protos."""

import subprocess
import sys
import time

import grpc

import harness
import stubs
import webhooks

STUBS = stubs.generate()  # Before the imports of what it makes.

from ampstream.v1 import error_pb2, event_pb2, event_service_pb2, event_service_pb2_grpc, filter_pb2
from google.rpc import error_details_pb2, status_pb2

# Subscribes from the beginning, says so, and then reads nothing more until it is killed.
VANISHING = """
import sys
sys.path.insert(0, sys.argv[1])
import grpc
from ampstream.v1 import event_service_pb2, event_service_pb2_grpc
stub = event_service_pb2_grpc.EventServiceStub(grpc.insecure_channel(sys.argv[2]))
stream = stub.Subscribe(event_service_pb2.SubscribeRequest())
next(stream)
print("subscribed", flush=True)
sys.stdin.read()
"""


class PythonTest(harness.ServerTest):
    def setUp(self):
        super().setUp()
        self.stub = self.connect()

    def connect(self):
        """A stub on a connection of its own."""
        channel = grpc.insecure_channel(self.server.grpc, [("grpc.use_local_subchannel_pool", 1)])
        self.addCleanup(channel.close)
        return event_service_pb2_grpc.EventServiceStub(channel)

    def subscribe(self, stub=None, timeout=harness.LIMIT, **request):
        """A stream that stands: its first response is read, and returned with it."""
        stream = (stub or self.stub).Subscribe(event_service_pb2.SubscribeRequest(**request), timeout=timeout)
        self.addCleanup(stream.cancel)
        first = next(stream)
        self.assertEqual(first.WhichOneof("signal"), "subscribed")
        return stream, first

    def events(self, stream, count):
        """Reads on until `count` events have come."""
        found = []
        while len(found) < count:
            found += next(stream).events
        return found

    def failed(self, call):
        """The status and the ErrorInfo of a call that must fail."""
        with self.assertRaises(grpc.RpcError) as raised:
            list(call)
        error = raised.exception
        trailers = dict(error.trailing_metadata())
        status = status_pb2.Status.FromString(trailers["grpc-status-details-bin"])
        self.assertEqual(status.code, error.code().value[0])
        self.assertEqual(status.message, error.details())
        (detail,) = status.details
        info = error_details_pb2.ErrorInfo()
        self.assertTrue(detail.Unpack(info))
        self.assertEqual(info.domain, "ampstream")
        self.assertIn("ERROR_REASON_" + info.reason, error_pb2.ErrorReason.keys())
        return error, info


class PayloadTest(PythonTest):
    def test_reads_typed_payloads_of_what_it_asked_for(self):
        wanted = filter_pb2.EventFilter(types=[event_pb2.EVENT_TYPE_EVENTS_TRACK, event_pb2.EVENT_TYPE_MONITORS_ALERT])
        stream, _ = self.subscribe(filter=wanted)
        properties = {"button": "signup", "count": 3, "plan": {"seats": [1, 2.5, None]}, "beta": True}
        posted = webhooks.accept(self.server, [
            webhooks.track(user_id="u", event_properties=properties, session_id=-1),
            webhooks.item("event.identify", time=1),
            webhooks.item("monitor.alert", monitor_id=17, monitor_name="Errors", triggered_at="2026-01-02T03:04:05.5Z",
                          value="12.5", threshold=0, recipients=["ann", "bob"]),
        ])
        tracked, alert = self.events(stream, 2)
        self.assertEqual([tracked.id, alert.id], [posted[0], posted[2]])
        self.assertEqual(tracked.WhichOneof("payload"), "events_track")
        payload = tracked.events_track
        self.assertEqual((payload.event_type, payload.user_id, payload.session_id), ("Button Clicked", "u", -1))
        self.assertEqual(payload.time.ToMilliseconds(), 1767323045678)
        self.assertEqual(tracked.occur_time, payload.time)
        self.assertEqual(payload.event_properties["button"], "signup")
        self.assertEqual(payload.event_properties["count"], 3)
        self.assertEqual(list(payload.event_properties["plan"]["seats"]), [1, 2.5, None])
        self.assertIs(payload.event_properties["beta"], True)
        self.assertFalse(payload.HasField("device_id"))
        self.assertEqual(alert.monitors_alert.monitor_id, "17")
        self.assertEqual((alert.monitors_alert.value, alert.monitors_alert.threshold), (12.5, 0))
        self.assertTrue(alert.monitors_alert.HasField("threshold"))
        self.assertEqual(list(alert.monitors_alert.recipients), ["ann", "bob"])

    def test_reads_all_seven(self):
        stream, _ = self.subscribe()
        webhooks.accept(self.server, [webhooks.item(webhook.names[1], **webhook.data) for webhook in webhooks.SEVEN])
        for webhook, event in zip(webhooks.SEVEN, self.events(stream, 7)):
            self.assertEqual(event.WhichOneof("payload"), webhook.payload)
            self.assertEqual(event_pb2.EventType.Name(event.type), "EVENT_TYPE_" + webhook.payload.upper())

    def test_reads_an_event_as_large_as_they_come(self):
        stream, _ = self.subscribe()
        blob = "x" * 1_048_000
        webhooks.accept(self.server, [webhooks.track(event_properties={"blob": blob}) for _ in range(3)])
        for event in self.events(stream, 3):
            self.assertEqual(event.events_track.event_properties["blob"], blob)


class ResumeTest(PythonTest):
    def test_goes_on_from_a_stored_cursor_without_gap_or_repeat(self):
        wanted = filter_pb2.EventFilter(user_ids=["ann"])
        stream, first = self.subscribe(filter=wanted, max_batch_events=3)
        stored, got, posted = first.cursor, [], []
        for turn in range(6):
            batch = [webhooks.track(user_id=("ann", "bob")[place % 2]) for place in range(20)]
            posted += webhooks.accept(self.server, batch)[::2]
            while len(got) < len(posted) - 5 * (turn < 5):  # Leaves off in the middle.
                response = next(stream)
                got += [event.id for event in response.events]
                stored = response.cursor
            stream.cancel()
            stream, _ = self.subscribe(stub=self.connect(), filter=wanted, cursor=stored, max_batch_events=3)
        self.assertEqual(got, posted)


class ErrorTest(PythonTest):
    def test_reads_the_error_info_of_a_refusal(self):
        error, info = self.failed(self.stub.Subscribe(event_service_pb2.SubscribeRequest(cursor="no-cursor")))
        self.assertEqual((error.code(), info.reason), (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_CURSOR"))
        wanted = filter_pb2.EventFilter(user_ids=["u"] * 1001)
        error, info = self.failed(self.stub.Subscribe(event_service_pb2.SubscribeRequest(filter=wanted)))
        self.assertEqual((error.code(), info.reason), (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FILTER"))
        self.assertEqual(info.metadata["limit"], "1000")

    def test_refuses_times_that_are_none(self):
        for seconds, nanos in ((0, -1), (0, 1_000_000_000), (253_402_300_800, 0), (-62_135_596_801, 0)):
            request = event_service_pb2.SubscribeRequest()
            request.time.seconds, request.time.nanos = seconds, nanos
            with self.subTest(seconds=seconds, nanos=nanos):
                error, info = self.failed(self.stub.Subscribe(request))
                self.assertEqual((error.code(), info.reason), (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST"))
                self.assertIn("time", error.details())

    def test_refuses_durations_that_are_none(self):
        for seconds, nanos in ((0, -1), (0, 1_000_000_000), (1, -1), (-1, 1), (315_576_000_001, 0)):
            request = event_service_pb2.SubscribeRequest()
            request.heartbeat_interval.seconds, request.heartbeat_interval.nanos = seconds, nanos
            with self.subTest(seconds=seconds, nanos=nanos):
                error, info = self.failed(self.stub.Subscribe(request))
                self.assertEqual((error.code(), info.reason), (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_REQUEST"))
                self.assertIn("heartbeat_interval", error.details())

    def test_refuses_requests_over_1_mib(self):
        request = event_service_pb2.SubscribeRequest(client_id="c" * (1 << 20))
        with self.assertRaises(grpc.RpcError) as raised:
            list(self.stub.Subscribe(request))
        self.assertEqual(raised.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
        self.subscribe()

    def test_who_reads_too_slowly_is_told_that_events_are_gone(self):
        self.server = self.start("--log=memory")
        self.stub = self.connect()
        stream, _ = self.subscribe()
        posted = []
        for _ in range(25):  # 4 MB each: the log holds 64 MiB, and a connection some more.
            posted += webhooks.accept(self.server, [webhooks.track(event_properties={"blob": "x" * 1_000_000})
                                                    for _ in range(4)])
        responses = []
        error, info = self.failed(responses.append(response) for response in stream)
        self.assertEqual((error.code(), info.reason), (grpc.StatusCode.OUT_OF_RANGE, "CURSOR_EXPIRED"))
        signals = [response.WhichOneof("signal") for response in responses if response.WhichOneof("signal")]
        self.assertEqual(signals, ["caught_up", "fell_behind", "goodbye"])
        goodbye = responses[-1].goodbye
        self.assertEqual((goodbye.code, goodbye.reason), (error.code().value[0], error_pb2.ERROR_REASON_CURSOR_EXPIRED))
        got = [event.id for response in responses for event in response.events]
        self.assertEqual(got, posted[:len(got)])
        self.assertLess(len(got), len(posted))
        again = self.stub.Subscribe(event_service_pb2.SubscribeRequest(cursor=responses[-1].cursor))
        self.assertEqual(self.failed(again)[1].reason, "CURSOR_EXPIRED")
        resumed, _ = self.subscribe(cursor=info.metadata["oldest_cursor"], until_caught_up=True)
        rest = [event.id for response in resumed for event in response.events]
        self.assertEqual(rest, posted[-len(rest):])


class ConnectionTest(PythonTest):
    def test_serves_on_when_a_client_vanishes_while_it_writes(self):
        stream, _ = self.subscribe()
        child = subprocess.Popen([sys.executable, "-B", "-c", VANISHING, str(STUBS), self.server.grpc],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with child:
            self.assertEqual(harness.Lines(child.stdout).next(), "subscribed")
            posted = []
            for _ in range(10):
                posted += webhooks.accept(self.server, [webhooks.track(event_properties={"blob": "x" * 500_000})
                                                        for _ in range(4)])
            child.kill()
            posted += webhooks.accept(self.server, webhooks.track())
            self.assertEqual([event.id for event in self.events(stream, 41)], posted)
        later, _ = self.subscribe(stub=self.connect())
        posted = webhooks.accept(self.server, webhooks.track())
        for one in (stream, later):
            self.assertEqual([event.id for event in self.events(one, 1)], posted)

    def test_ends_at_once_when_a_subscriber_had_been_slow(self):
        for turn in range(4):  # Not every one of them used to be late.
            with self.subTest(turn=turn):
                self.server = self.start()
                stream, _ = self.subscribe(stub=self.connect())
                posted = []
                for _ in range(5):  # Nothing is read yet, and the connection does not hold all of it.
                    posted += webhooks.accept(self.server, [webhooks.track(event_properties={"blob": "x" * 1_000_000})
                                                            for _ in range(4)])
                self.assertEqual([event.id for event in self.events(stream, 20)], posted)
                begin = time.monotonic()
                self.server.signal()
                self.assertEqual(self.server.wait(), (0, []))
                self.assertLess(time.monotonic() - begin, 5)

    def test_a_connection_holds_1000_streams_and_the_next_one_waits(self):
        streams = [self.subscribe()[0] for _ in range(1000)]
        with self.assertRaises(grpc.RpcError) as raised:
            self.subscribe(timeout=1)
        self.assertEqual(raised.exception.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
        self.subscribe(stub=self.connect())
        waiting = self.stub.Subscribe(event_service_pb2.SubscribeRequest(), timeout=harness.LIMIT)
        streams.pop().cancel()
        self.assertEqual(next(waiting).WhichOneof("signal"), "subscribed")
        posted = webhooks.accept(self.server, webhooks.track())
        for stream in [*streams, waiting]:
            self.assertEqual([event.id for event in self.events(stream, 1)], posted)


if __name__ == "__main__":
    harness.main()
