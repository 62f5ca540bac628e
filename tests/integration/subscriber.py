"""A subscriber with stubs generated from the protos, for tests that look at typed fields."""

import grpc
from google.protobuf import json_format

import harness
import stubs

stubs.generate()  # Before the imports of what it makes.

from ampstream.v1 import event_pb2, event_service_pb2, event_service_pb2_grpc


class Subscriber:
    """A stream of all events from now on, which stands once this is made."""

    def __init__(self, server):
        self._channel = grpc.insecure_channel(server.grpc, [("grpc.use_local_subchannel_pool", 1)])
        stub = event_service_pb2_grpc.EventServiceStub(self._channel)
        self._stream = stub.Subscribe(event_service_pb2.SubscribeRequest(), timeout=harness.LIMIT)
        first = next(self._stream)
        assert first.WhichOneof("signal") == "subscribed", first

    def close(self):
        """Ends the stream and its connection."""
        self._stream.cancel()
        self._channel.close()

    def events(self, ids):
        """Reads on until the events of these ids have come, each once. Returns them in the order of `ids`."""
        found, missing = {}, set(ids)
        while missing:
            for event in next(self._stream).events:
                assert event.id not in found, f"came twice: {event}"
                found[event.id] = event
                missing.discard(event.id)
        return [found[one] for one in ids]


def payload(event):
    """The message that is set in an event's `payload`."""
    return getattr(event, event.WhichOneof("payload"))


def fields(message):
    """A message as JSON, under the names of its fields; what is absent is left out."""
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def expected(name, values):
    """The payload `name` (a field of Event) with these values, written as its JSON form has them."""
    return payload(json_format.ParseDict({name: values}, event_pb2.Event()))
