"""Runs the real binary: exit codes, streams, and `send` against an HTTP server of the test."""

import hashlib
import hmac
import http.server
import json
import os
import subprocess
import sys
import tempfile
import threading
import unittest

AMPSTREAM = os.path.abspath(sys.argv.pop(1))
SECRET = "test-secret"


class Receiver(http.server.ThreadingHTTPServer):
    """Keeps the requests; answers each with `answer`."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests = []
        self.answer = (200, b'{"accepted":1,"duplicates":0,"ids":["x"]}')
        self.url = f"http://127.0.0.1:{self.server_port}/webhooks/amplitude/default"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.requests.append((self.path, dict(self.headers.items()), body))
        code, answer = self.server.answer
        self.send_response(code)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


def ampstream(*arguments, secret=SECRET, stdin=b""):
    """(exit code, stdout, stderr) of one run."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AMPSTREAM_")}
    if secret is not None:
        environment["AMPSTREAM_WEBHOOK_SECRET"] = secret
    done = subprocess.run([AMPSTREAM, *arguments], env=environment, input=stdin, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class UsageTest(unittest.TestCase):
    def check_usage_error(self, text, *arguments, **how):
        code, out, err = ampstream(*arguments, **how)
        self.assertEqual((code, out), (2, ""), err)
        self.assertEqual(err.count("\n"), 1, err)
        self.assertTrue(err.startswith("ampstream: "), err)
        self.assertIn(text, err)

    def test_wrong_usage_is_2_and_one_line_on_stderr(self):
        self.check_usage_error("unknown flag --tpye; did you mean --type?", "tail", "--tpye", "x")
        self.check_usage_error("unknown command tails; did you mean tail?", "tails")
        self.check_usage_error("--from", "tail", "--from", "-10x")
        self.check_usage_error("--count", "tail", "--count")
        self.check_usage_error("AMPSTREAM_WEBHOOK_SECRET", "send", secret=None)
        self.check_usage_error("AMPSTREAM_WEBHOOK_SECRET", "send", secret="")

    def test_help_and_version_are_data(self):
        for flag in ("--help", "--version"):
            code, out, err = ampstream(flag)
            self.assertEqual((code, err), (0, ""))
            self.assertIn("ampstream", out)

    def test_server_that_is_not_there_is_1(self):
        for command in (["tail"], ["list"], ["info"], ["get", "x"]):
            code, out, err = ampstream(*command, "--grpc-address", "127.0.0.1:1")
            self.assertEqual((code, out), (1, ""), err)
            self.assertIn("is ampstreamd serving gRPC at 127.0.0.1:1?", err)
        code, out, err = ampstream("send", "--url", "http://127.0.0.1:1/x")
        self.assertEqual((code, out), (1, ""), err)
        self.assertIn("cannot connect to http://127.0.0.1:1", err)


class SendTest(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        thread = threading.Thread(target=self.receiver.serve_forever)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(self.receiver.shutdown)

    def send(self, *arguments, **how):
        return ampstream("send", "--url", self.receiver.url, *arguments, **how)

    def test_sends_a_sample_of_each_type_signed(self):
        code, out, err = self.send()
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, 9 * '{"accepted":1,"duplicates":0,"ids":["x"]}\n')
        types = []
        for path, headers, body in self.receiver.requests:
            self.assertEqual(path, "/webhooks/amplitude/default")
            names = {name.lower(): value for name, value in headers.items()}
            self.assertEqual(names["content-type"], "application/json")
            expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
            self.assertEqual(names["x-amplitude-signature"], expected)
            types.append(json.loads(body)["type"])
        self.assertEqual(types, ["event.track", "event.identify", "annotation.created", "annotation.updated",
                                 "monitor.alert", "cohort.computed", "experiment.exposure", "cohort.membership",
                                 "experiment.flag_changed"])

    def test_two_samples_of_a_type_differ(self):
        self.send("events.track")
        self.send("event.track")
        first, second = (body for _, _, body in self.receiver.requests)
        self.assertNotEqual(json.loads(first)["data"]["insert_id"], json.loads(second)["data"]["insert_id"])

    def test_sends_stdin_and_files_byte_for_byte(self):
        bodies = [b' {"type" : "x"}\r\n\x00\xff', b""]
        for body in bodies:
            self.assertEqual(self.send("-", stdin=body)[0], 0)
        with tempfile.NamedTemporaryFile() as file:
            file.write(bodies[0])
            file.flush()
            self.assertEqual(self.send(file.name)[0], 0)
        self.assertEqual([body for _, _, body in self.receiver.requests], bodies + bodies[:1])

    def test_refusal_is_1_and_ends_the_sending(self):
        self.receiver.answer = (401, b'{"error":{"reason":"SIGNATURE_INVALID","message":"wrong"}}')
        code, out, err = self.send()
        self.assertEqual((code, out), (1, ""))
        self.assertIn("HTTP 401 SIGNATURE_INVALID: wrong", err)
        self.assertEqual(len(self.receiver.requests), 1)

    def test_secret_stands_in_no_output(self):
        self.receiver.answer = (401, b"no")
        _, out, err = self.send("--log-level", "debug", secret="hush-hush")
        self.assertNotIn("hush-hush", out + err)


if __name__ == "__main__":
    unittest.main()
