"""Calls that are cancelled as they begin are forgotten: two threads serve the queue, so a call's end may be told before its
beginning. In frames of our own (RFC 9113), because a client library is too
slow to cancel a call that the server has only just taken."""

import socket
import struct

import harness

DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0, 1, 3, 4, 6
END_STREAM, END_HEADERS = 1, 4
CANCEL = 8
MARK = b"all-read"  # Of a PING, which comes back once all before it is read.
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

CONNECTIONS = 100
ROUNDS = 30  # On each connection.
CALLS = 20  # In each round: all begun in one send, all cancelled in the next.


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header field, neither indexed nor compressed (RFC 7541, 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


SUBSCRIBE = b"".join(literal(*field) for field in (
    (b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/ampstream.v1.EventService/Subscribe"),
    (b":authority", b"ampstream"), (b"content-type", b"application/grpc"), (b"te", b"trailers")))
EMPTY_REQUEST = b"\x00" + struct.pack(">I", 0)


def begin(stream):
    return frame(HEADERS, END_HEADERS, stream, SUBSCRIBE) + frame(DATA, END_STREAM, stream, EMPTY_REQUEST)


def cancel(stream):
    return frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL))


def wait_for_mark(connection):
    received = b""
    while MARK not in received:
        chunk = connection.recv(1 << 16)
        if not chunk:
            raise AssertionError("the server closed the connection")
        received = received[-len(MARK):] + chunk


class CancelTest(harness.ServerTest):
    def test_forgets_calls_that_are_cancelled_as_they_begin(self):
        host, port = self.server.grpc.rsplit(":", 1)
        for _ in range(CONNECTIONS):
            with socket.create_connection((host, int(port)), timeout=harness.LIMIT) as connection:
                connection.sendall(PREFACE + frame(SETTINGS, 0, 0))
                for first in range(1, 2 * CALLS * ROUNDS, 2 * CALLS):
                    streams = range(first, first + 2 * CALLS, 2)
                    connection.sendall(b"".join(map(begin, streams)))
                    connection.sendall(b"".join(map(cancel, streams)))
                connection.sendall(frame(PING, 0, 0, MARK))
                wait_for_mark(connection)
        # A stream that is not forgotten keeps the server from ending in time: then it exits with 1.
        self.server.signal()
        self.assertEqual(self.server.wait(), (0, []))


if __name__ == "__main__":
    harness.main()
