"""Runs the real server and talks to it from outside, with grpcurl and plain HTTP.

Every wait ends within `LIMIT` seconds, and waits for something: a line, an answer, the end of a process.
"""

import base64
import json
import os
import pathlib
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

SECRET = "integration-secret-5d1c"
LIMIT = 60
SERVICE = "ampstream.v1.EventService"
READY = re.compile(r"ampstreamd ready http=(\S+) grpc=(\S+) admin=(\S+) log=(\S+) epoch=(\S+)")

# The two programs, absolute: the first two arguments of every test here.
programs = {}


def main():
    """Runs the tests of the program that calls it. What follows the two programs on the command line is unittest's."""
    programs["ampstreamd"], programs["grpcurl"] = (os.path.abspath(path) for path in sys.argv[1:3])
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[3:]])


def scratch():
    """A new folder for a test."""
    return pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))


def environment(secret=SECRET, **more):
    """The environment for the server: nothing of ampstream's but what is asked for."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AMPSTREAM_")}
    if secret is not None:
        kept["AMPSTREAM_WEBHOOK_SECRET"] = secret
    return {**kept, **more}


def command_line(flags):
    """The server with these flags; where they name no address, on a free port."""
    addresses = ("--http-address", "--grpc-address", "--admin-address")
    free = [f"{name}=127.0.0.1:0" for name in addresses if not any(flag.startswith(name) for flag in flags)]
    return [programs["ampstreamd"], *free, *flags]


def with_folder(flags):
    """The same flags; where they say nothing of the log, one in a folder of its own."""
    if any(flag.startswith(("--log", "--data-dir")) for flag in flags):
        return flags
    return [*flags, f"--data-dir={scratch() / 'log'}"]


def ampstreamd(*flags, secret=SECRET, **more):
    """Runs the server to its end, for what does not serve: bad flags, `--help`. Never on the default ports."""
    return subprocess.run(command_line(flags), env=environment(secret, **more), capture_output=True, text=True,
                          timeout=LIMIT, check=False)


class Lines:
    """The lines of a pipe, read by a thread of its own so that a wait for the next one can end."""

    def __init__(self, pipe):
        self._lines = queue.Queue()
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def next(self):
        """The next line without its end; None where the pipe was closed."""
        return self._lines.get(timeout=LIMIT)

    def rest(self):
        """All lines up to the pipe's end."""
        lines = []
        while (line := self.next()) is not None:
            lines.append(line)
        return lines

    def _read(self, pipe):
        for line in pipe:
            self._lines.put(line.rstrip("\n"))
        pipe.close()
        self._lines.put(None)


class Server:
    """A running server on free ports. Attributes: `http`, `grpc`, `admin` (each HOST:PORT), `log`, `epoch`, `ready`.

    `variables` is what stands in its environment beside the secret.
    """

    def __init__(self, *flags, secret=SECRET, before_start=None, variables=None):
        self._errors = scratch() / "stderr"
        with open(self._errors, "wb") as errors:
            self.process = subprocess.Popen(command_line(with_folder(flags)),
                                            env=environment(secret, **(variables or {})), stdout=subprocess.PIPE,
                                            stderr=errors, text=True, preexec_fn=before_start)
        self._signalled = False
        self._lines = Lines(self.process.stdout)
        self.ready = self._lines.next()
        match = READY.fullmatch(self.ready or "")
        if match is None:
            self.process.kill()
            raise AssertionError(f"no ready line: {self.ready!r}; stderr: {self.stderr()}")
        self.http, self.grpc, self.admin, self.log, self.epoch = match.groups()

    def stderr(self):
        """What the server has logged so far."""
        return self._errors.read_text()

    def signal(self, number=signal.SIGTERM):
        """Sends a signal."""
        self._signalled = True
        self.process.send_signal(number)

    def wait(self):
        """Waits for the end. Returns the exit code and the lines of stdout after the ready line."""
        try:
            code = self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        return code, self._lines.rest()

    def stop(self):
        """Ends the server, if it still runs, and holds it to what is true of every run."""
        if self.process.returncode is not None:
            return
        if not self._signalled:  # A second signal would end it at once.
            self.signal()
        code, rest = self.wait()
        logged = self.stderr()
        assert code == 0, f"exit code {code}; stderr: {logged}"
        assert rest == [], f"stdout has more than the ready line: {rest}"
        assert SECRET not in logged, "the secret is in the log"


class GrpcError(Exception):
    """A call that failed. Attributes: `code` (a number), `message`; `reason`, `domain`, `metadata` of its ErrorInfo."""

    def __init__(self, text):
        super().__init__(text)
        status = json.loads(text[text.index("{"):])
        self.code = status["code"]
        self.message = status.get("message", "")
        infos = [detail for detail in status.get("details", []) if detail["@type"].endswith("/google.rpc.ErrorInfo")]
        info = error_info(infos[0]) if len(infos) == 1 else {}
        self.reason, self.domain = info.get("reason"), info.get("domain")
        self.metadata = info.get("metadata", {})


def error_info(detail):
    """What stands in an ErrorInfo as grpcurl prints it.

    It is JSON, or bytes where the server had gone before grpcurl could ask it for the type. Of the bytes, reason and
    domain are read: fields 1 and 2, each shorter than 128 here.
    """
    if "@value" not in detail:
        return detail
    encoded = base64.b64decode(detail["@value"])
    fields = {}
    while encoded:
        size = encoded[1]
        fields[encoded[0] >> 3] = encoded[2:2 + size].decode()
        encoded = encoded[2 + size:]
    return {"reason": fields.get(1), "domain": fields.get(2)}


def grpcurl(*arguments, data=""):
    """Runs grpcurl to its end. Returns what it prints."""
    done = subprocess.run([programs["grpcurl"], "-plaintext", "-format-error", *arguments], input=data,
                          capture_output=True, text=True, timeout=LIMIT, check=False)
    if done.returncode:
        raise GrpcError(done.stderr) if "{" in done.stderr else AssertionError(done.stderr)
    return done.stdout


def objects(text):
    """The JSON values that stand in `text` one after the other."""
    decoder = json.JSONDecoder()
    found = []
    while text := text.lstrip():
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:]
    return found


def call_all(server, method, request=None):
    """Calls a method. Returns its answers as JSON; raises `GrpcError`."""
    name = method if "/" in method else f"{SERVICE}/{method}"
    return objects(grpcurl("-d", "@", server.grpc, name, data=json.dumps(request or {})))


def call(server, method, request=None):
    """Calls a method that has one answer."""
    (answer,) = call_all(server, method, request)
    return answer


def events_until(server, **request):
    """The events of a Subscribe that ends by itself."""
    return [event for response in call_all(server, "Subscribe", request) for event in response.get("events", [])]


class Stream:
    """A server-streaming call by a grpcurl of its own, read response by response."""

    def __init__(self, server, request=None, method=f"{SERVICE}/Subscribe"):
        command = [programs["grpcurl"], "-plaintext", "-format-error", "-d", json.dumps(request or {}), server.grpc,
                   method]
        self._errors = scratch() / "stderr"
        with open(self._errors, "wb") as errors:
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
        self._lines = Lines(self.process.stdout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(LIMIT)

    def next(self):
        """The next response as JSON; None at the end. grpcurl closes each with a brace in the first column."""
        lines = []
        while (line := self._lines.next()) is not None:
            lines.append(line)
            if line in ("}", "{}"):
                return json.loads("\n".join(lines))
        return None

    def events(self, count):
        """Reads on until `count` events have come."""
        found = []
        while len(found) < count:
            response = self.next()
            if response is None:
                raise AssertionError(f"the stream ended after {len(found)} events: {self._errors.read_text()}")
            found += response.get("events", [])
        return found

    def until(self, signal_name):
        """Reads on to the response that has the signal."""
        while (response := self.next()) is not None:
            if signal_name in response:
                return response
        raise AssertionError(f"the stream ended without {signal_name}: {self._errors.read_text()}")

    def error(self):
        """Waits for the end of the stream. Returns its `GrpcError`, or None where it ended with OK."""
        code = self.process.wait(LIMIT)
        return GrpcError(self._errors.read_text()) if code else None


class ServerTest(unittest.TestCase):
    """A test that has a server of its own, `self.server`."""

    def setUp(self):
        self.server = self.start()

    def start(self, *flags, **how):
        """One more server, stopped at the end of the test."""
        server = Server(*flags, **how)
        self.addCleanup(server.stop)
        return server

    def refused(self, method, request, code, reason):
        """Calls a method that must fail with this gRPC code and ErrorInfo. Returns the `GrpcError`."""
        with self.assertRaises(GrpcError) as raised:
            call_all(self.server, method, request)
        error = raised.exception
        self.assertEqual((error.code, error.reason, error.domain), (code, reason, "ampstream"), error)
        self.assertTrue(error.message)
        return error
