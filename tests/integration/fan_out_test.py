"""Many subscribers see one order: the same events, none missing, none twice, whoever else does not read."""

import threading

import grpc

import harness
import stubs
import webhooks

stubs.generate()  # Before the imports of what it makes.

from ampstream.v1 import event_service_pb2, event_service_pb2_grpc

SUBSCRIBERS = 50
SENDERS = 4
DELIVERIES = 25  # Of each sender, with as many events as make 10,000 in all.
EVENTS = 100


class Reader(threading.Thread):
    """A subscriber that reads on to the 10,000th event, and keeps the ids and cursors in the order they came."""

    def __init__(self, server, **request):
        super().__init__(daemon=True)
        self.ids = []
        self.cursors = []
        self.failure = None
        self._channel = grpc.insecure_channel(server.grpc, [("grpc.use_local_subchannel_pool", 1)])
        stub = event_service_pb2_grpc.EventServiceStub(self._channel)
        self.stream = stub.Subscribe(event_service_pb2.SubscribeRequest(**request), timeout=harness.LIMIT)
        assert next(self.stream).WhichOneof("signal") == "subscribed"

    def run(self):
        try:
            while len(self.ids) < SENDERS * DELIVERIES * EVENTS:
                for event in next(self.stream).events:
                    self.ids.append(event.id)
                    self.cursors.append(event.cursor)
        except (grpc.RpcError, StopIteration) as failure:
            self.failure = failure

    def close(self):
        """Ends the stream and its connection."""
        self.stream.cancel()
        self._channel.close()


class FanOutTest(harness.ServerTest):
    def post_all(self):
        """Posts the events from several senders at once. Returns the ids that each was answered, in its order."""
        answered = [[] for _ in range(SENDERS)]

        def send(ids):
            with webhooks.Connection(self.server.http) as connection:
                for _ in range(DELIVERIES):
                    body = [webhooks.track(event_properties={"text": "x" * 1000}) for _ in range(EVENTS)]
                    ids += connection.ask(webhooks.request(body)).json["ids"]

        senders = [threading.Thread(target=send, args=(ids,), daemon=True) for ids in answered]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join(harness.LIMIT)
        return answered

    def reader(self, **request):
        """One more subscriber."""
        reader = Reader(self.server, **request)
        self.addCleanup(reader.close)
        return reader

    def check(self, reader, expected, cursors):
        """The reader ended with what was expected."""
        reader.join(harness.LIMIT)
        self.assertFalse(reader.is_alive())
        self.assertIsNone(reader.failure)
        self.assertEqual(reader.ids, expected)
        self.assertEqual(reader.cursors, cursors)

    def test_all_see_the_same_events_in_the_same_order(self):
        readers = [self.reader() for _ in range(SUBSCRIBERS)]
        self.reader()  # It never reads: 10 MB are more than it can be sent.
        for reader in readers:
            reader.start()
        answered = self.post_all()
        readers[0].join(harness.LIMIT)
        expected, cursors = readers[0].ids, readers[0].cursors
        self.assertEqual(len(expected), SENDERS * DELIVERIES * EVENTS)
        self.assertEqual(len(set(cursors)), len(cursors))
        self.assertCountEqual(expected, sum(answered, []))
        for ids in answered:
            mine = set(ids)
            self.assertEqual([one for one in expected if one in mine], ids)
        late = self.reader(earliest={})
        late.start()
        for reader in [*readers, late]:
            self.check(reader, expected, cursors)


if __name__ == "__main__":
    harness.main()
