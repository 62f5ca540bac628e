"""The server as a program: its flags, its ready line, its probes, and how it ends."""

import http.client
import json
import resource
import signal
import socket
import time
import unittest

import harness
import webhooks


def get(address, path):
    """The code of a GET."""
    connection = http.client.HTTPConnection(address, timeout=harness.LIMIT)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def limit_open_files():
    """Runs in the server's process before it starts: few files, and leave to ask for more."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, most))


class ReadyTest(harness.ServerTest):
    def test_the_ready_line_names_what_it_listens_on(self):
        for address in (self.server.http, self.server.grpc, self.server.admin):
            self.assertRegex(address, r"\A127\.0\.0\.1:[1-9][0-9]*\Z")
        self.assertRegex(self.server.log, r"\Arocksdb:/.*/log\Z")
        self.assertEqual(self.server.epoch, harness.call(self.server, "GetLogInfo")["epoch"])
        self.assertNotEqual(self.server.epoch, self.start().epoch)

    def test_prints_nothing_else_on_stdout(self):
        webhooks.accept(self.server, [webhooks.track() for _ in range(3)])
        webhooks.post(self.server, "{")
        webhooks.post(self.server, "[]", signatures=[])
        self.refused("Subscribe", {"max_events": -1}, 3, "INVALID_REQUEST")
        self.server.signal()
        self.assertEqual(self.server.wait(), (0, []))

    def test_answers_probes_on_the_admin_listener_alone(self):
        for path in ("/livez", "/readyz"):
            self.assertEqual(get(self.server.admin, path), 200)
            self.assertEqual(get(self.server.http, path), 404)
        self.assertEqual(get(self.server.admin, "/nothing"), 404)
        self.assertEqual(get(self.server.admin, webhooks.PATH), 404)

    def test_raises_its_limit_of_open_files(self):
        server = self.start(before_start=limit_open_files)
        soft, hard = resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE)
        self.assertEqual(soft, hard)

    def test_warns_when_grpc_listens_beyond_loopback(self):
        def warnings(server):
            return [line for line in server.stderr().splitlines() if "TLS" in line]

        beyond = self.start("--grpc-address=0.0.0.0:0")
        self.assertEqual(len(warnings(beyond)), 1, beyond.stderr())
        self.assertRegex(warnings(beyond)[0], " W ")
        self.assertEqual(warnings(self.server), [])

    def test_takes_the_data_dir_of_a_log_that_needs_none(self):
        folder = harness.scratch() / "none"
        self.assertEqual(self.start("--log=memory", f"--data-dir={folder}").log, "memory")
        self.assertFalse(folder.exists())


class CommandLineTest(unittest.TestCase):
    def refuses(self, *flags, message, **how):
        """The server says one line that matches, and exits 2 before it serves."""
        done = harness.ampstreamd(*flags, **how)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertRegex(done.stderr, message)
        self.assertNotIn(harness.SECRET, done.stderr)

    def test_names_the_flag_nearest_to_an_unknown_one(self):
        for wrong, near in (("--http-adress=127.0.0.1:0", "--http-address"), ("--grpc-addres", "--grpc-address"),
                            ("--versoin", "--version"), ("--check_config", "--check-config")):
            with self.subTest(wrong=wrong):
                self.refuses(wrong, message=rf"{wrong.split('=', maxsplit=1)[0]}.*{near}\b")
        self.refuses("surplus", message="surplus")

    def test_refuses_values_that_cannot_be(self):
        for flag in ("--http-address", "--grpc-address", "--admin-address"):
            for value in ("", "nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                          ":::"):
                with self.subTest(flag=flag, value=value):
                    self.refuses(f"{flag}={value}", message=flag)
        self.refuses("--log=disk", message="disk.*memory|memory.*disk")
        self.refuses("--log=memroy", message="memory")
        self.refuses("--log", message="--log")

    def test_refuses_bad_values_of_the_environment_and_names_them(self):
        self.refuses(message="AMPSTREAM_LOG", AMPSTREAM_LOG="disk")

    def test_names_the_configuration_file_that_cannot_be_read(self):
        self.refuses("--config=/none/ampstreamd.yaml", message="/none/ampstreamd.yaml")
        self.refuses(message="/none/ampstreamd.yaml", AMPSTREAM_CONFIG="/none/ampstreamd.yaml")

    def test_does_not_start_without_a_secret(self):
        for secret in (None, ""):
            with self.subTest(secret=secret):
                self.refuses(secret=secret, message="AMPSTREAM_WEBHOOK_SECRET")

    def test_refuses_a_port_that_is_taken(self):
        for flag in ("--http-address", "--grpc-address", "--admin-address"):
            with self.subTest(flag=flag), socket.create_server(("127.0.0.1", 0)) as taken:
                address = f"127.0.0.1:{taken.getsockname()[1]}"
                self.refuses(f"{flag}={address}", message=address)

    def test_refuses_the_ports_of_a_running_server(self):
        server = harness.Server()
        self.addCleanup(server.stop)
        for flag, address in (("--http-address", server.http), ("--grpc-address", server.grpc),
                              ("--admin-address", server.admin)):
            with self.subTest(flag=flag):
                self.refuses(f"{flag}={address}", message=address)

    def prints(self, *flags, **how):
        """What the server prints before it exits 0."""
        done = harness.ampstreamd(*flags, **how)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertNotIn(harness.SECRET, done.stdout)
        return done.stdout

    def test_prints_its_version_and_its_help_without_a_secret(self):
        self.assertRegex(self.prints("--version", secret=None), r"\Aampstreamd \d+\.\d+\.\d+\S*\n\Z")
        text = self.prints("--help", secret=None)
        for name in ("--http-address", "--grpc-address", "--admin-address", "--log", "--data-dir", "--config",
                     "--check-config", "--print-config", "--version", "AMPSTREAM_HTTP_ADDRESS", "AMPSTREAM_LOG",
                     "AMPSTREAM_WEBHOOK_SECRET"):
            self.assertIn(name, text)

    def test_prints_where_each_value_comes_from_and_no_secret(self):
        lines = self.prints("--print-config", AMPSTREAM_DATA_DIR="/nowhere",
                            AMPSTREAM_GRPC_ADDRESS="127.0.0.1:7").splitlines()

        def line_of(value):
            (found,) = [line for line in lines if value in line]
            return found

        self.assertIn("AMPSTREAM_DATA_DIR", line_of("/nowhere"))
        self.assertIn("default", line_of("rocksdb"))
        self.assertNotIn("127.0.0.1:7", "\n".join(lines))  # The flag wins.
        self.assertEqual(len([line for line in lines if "127.0.0.1:0" in line and "flag" in line.lower()]), 3, lines)
        self.assertIn("AMPSTREAM_WEBHOOK_SECRET", "\n".join(lines))

    def test_checks_a_configuration_without_serving(self):
        self.prints("--check-config")
        self.refuses("--check-config", message="AMPSTREAM_WEBHOOK_SECRET", secret=None)
        self.refuses("--check-config", "--log=disk", message="disk")


class DrainTest(harness.ServerTest):
    def refuses_deliveries(self):
        """True if a new delivery is answered 503 with the time to wait, or there is nobody to answer."""
        try:
            answer = webhooks.post(self.server, webhooks.track())
        except (OSError, http.client.HTTPException):
            return True
        return answer.code == 503 and "Retry-After" in answer.headers

    def busy_stream(self):
        """A subscriber that is stopped with more on its way than the connection holds."""
        stream = harness.Stream(self.server)
        self.addCleanup(stream.__exit__)
        self.assertIn("subscribed", stream.next())
        stream.process.send_signal(signal.SIGSTOP)
        for _ in range(8):
            webhooks.accept(self.server, [webhooks.track(event_properties={"blob": "x" * 1_000_000}) for _ in range(4)])
        return stream

    def test_says_goodbye_to_who_is_subscribed(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = self.start()
            with self.subTest(number=number), harness.Stream(server) as stream:
                self.assertIn("subscribed", stream.next())
                server.signal(number)
                response = stream.until("goodbye")
                self.assertEqual(response["goodbye"]["code"], 14)
                self.assertEqual(response["goodbye"]["reason"], "ERROR_REASON_DRAINING")
                self.assertTrue(response["goodbye"]["message"])
                self.assertTrue(response["cursor"])
                self.assertIsNone(stream.next())
                error = stream.error()
                self.assertEqual((error.code, error.reason, error.domain), (14, "DRAINING", "ampstream"), error)
                self.assertEqual(server.wait(), (0, []))

    def test_events_before_the_drain_come_before_the_goodbye(self):
        with harness.Stream(self.server) as stream:
            self.assertIn("subscribed", stream.next())
            posted = webhooks.accept(self.server, [webhooks.track() for _ in range(1000)])
            self.server.signal()
            got = []
            while (response := stream.next()) is not None and "goodbye" not in response:
                got += [event["id"] for event in response.get("events", [])]
            got += [event["id"] for event in response.get("events", [])]
        self.assertEqual(got, posted)

    def test_health_watchers_see_it_stop(self):
        with harness.Stream(self.server, {"service": harness.SERVICE}, "grpc.health.v1.Health/Watch") as stream:
            self.assertEqual(stream.next(), {"status": "SERVING"})
            self.server.signal()
            self.assertEqual(stream.next(), {"status": "NOT_SERVING"})

    def test_takes_no_delivery_while_it_drains(self):
        self.busy_stream()
        with webhooks.Connection(self.server.http) as kept:
            self.assertEqual(kept.ask(webhooks.request(webhooks.track())).code, 200)
            self.server.signal()
            self.assert_drains()
            self.assertTrue(self.refuses_deliveries())
            try:
                answer = kept.ask(webhooks.request(webhooks.track()))
            except (OSError, http.client.HTTPException):
                answer = None
            self.assertTrue(answer is None or answer.code == 503, answer)
        self.assertIsNone(self.server.process.poll(), "the stopped subscriber did not hold the drain")
        self.server.process.kill()
        self.server.wait()

    def assert_drains(self):
        """Waits until the server has begun to drain: nobody is ready any more."""
        deadline = time.monotonic() + harness.LIMIT
        while time.monotonic() < deadline:
            try:
                if get(self.server.admin, "/readyz") == 503:
                    return
            except OSError:
                return
        self.fail("the server is still ready")

    def test_is_alive_and_not_ready_while_it_drains(self):
        self.busy_stream()
        self.server.signal()
        self.assert_drains()
        self.assertEqual(get(self.server.admin, "/livez"), 200)
        self.assertEqual(get(self.server.admin, "/readyz"), 503)
        self.server.process.kill()
        self.server.wait()

    def test_a_second_signal_ends_it_at_once(self):
        self.busy_stream()
        self.server.signal()
        self.assert_drains()
        begin = time.monotonic()
        self.server.signal()
        code, rest = self.server.wait()
        self.assertLess(time.monotonic() - begin, 5)  # The drain alone would take 10 s.
        self.assertNotEqual(code, 0)
        self.assertEqual(rest, [])

    def test_ends_within_its_time_although_a_subscriber_does_not_read(self):
        self.busy_stream()
        begin = time.monotonic()
        self.server.signal()
        code, rest = self.server.wait()
        self.assertLess(time.monotonic() - begin, 13)  # 10 s to drain, and not much more.
        self.assertEqual((code, rest), (0, []), self.server.stderr())

    def test_ends_although_a_sender_keeps_its_connection(self):
        with webhooks.Connection(self.server.http) as kept:
            self.assertEqual(kept.ask(webhooks.request(webhooks.track())).code, 200)
            with webhooks.Connection(self.server.http):
                self.server.signal()
                self.assertEqual(self.server.wait(), (0, []))

    def test_the_secret_is_never_said(self):
        secret = "a-secret-that-nobody-says"
        server = self.start(secret=secret)
        body = json.dumps(webhooks.track())
        for signatures in ([], [secret], [webhooks.sign(body, secret)]):
            self.assertNotIn(secret, str(webhooks.post(server, body, signatures=signatures)))
        server.signal()
        self.assertEqual(server.wait(), (0, []))
        self.assertNotIn(secret, server.ready + server.stderr())


if __name__ == "__main__":
    harness.main()
