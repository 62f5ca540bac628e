"""The configuration file: what it says holds, SIGHUP takes it anew, and no secret of it is ever shown."""

import http.client
import pathlib
import signal
import time
import unittest

import harness
import webhooks

OLD = "old-secret-77ab19"
NEW = "new-secret-f03c5e"
OTHER = "other-secret-9d2e41"


def wait_for(what, holds):
    """Waits until `holds()` is true."""
    end = time.monotonic() + harness.LIMIT
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"in vain: {what}")
        time.sleep(0.01)


def post(server, source="default", body=None, secret=OLD):
    """The status of one signed delivery on a connection of its own."""
    text = webhooks.encode(webhooks.track() if body is None else body)
    connection = http.client.HTTPConnection(server.http, timeout=harness.LIMIT)
    try:
        connection.request("POST", f"/webhooks/amplitude/{source}", body=text, headers={
            "Content-Type": "application/json", webhooks.SIGNATURE: webhooks.sign(text, secret)})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


class FileTest(harness.ServerTest):
    def setUp(self):
        self.folder = harness.scratch()
        self.file = self.folder / "ampstreamd.yaml"
        self.secret("a", OLD)
        self.configure()
        self.server = self.start(f"--config={self.file}")

    def secret(self, name, text):
        """Writes a file that holds a secret."""
        (self.folder / name).write_text(text + "\n")

    def configure(self, more="", secrets=("a",), sources=""):
        """Writes the configuration: the source `default` with the secrets of these files, and what else there is."""
        listed = ", ".join(f'"file:{self.folder / name}"' for name in secrets)
        self.file.write_text(f"sources:\n- name: default\n  secrets: [{listed}]\n{sources}{more}")

    def reload(self, said="the configuration was read anew"):
        """Sends SIGHUP, and waits until the server has said so. Returns what it logged on that."""
        before = len(self.server.stderr())
        self.server.process.send_signal(signal.SIGHUP)
        wait_for(said, lambda: said in self.server.stderr()[before:])
        return self.server.stderr()[before:]

    def test_a_secret_is_rotated_without_a_gap(self):
        self.assertEqual([post(self.server, secret=one) for one in (OLD, NEW)], [200, 401])
        self.secret("b", NEW)
        self.configure(secrets=("a", "b"))
        self.reload()
        self.assertEqual([post(self.server, secret=one) for one in (OLD, NEW)], [200, 200])
        self.configure(secrets=("b",))
        self.reload()
        self.assertEqual([post(self.server, secret=one) for one in (OLD, NEW)], [401, 200])
        self.secret("b", OTHER)  # In the same file.
        self.reload()
        self.assertEqual([post(self.server, secret=one) for one in (NEW, OTHER)], [401, 200])

    def test_sources_come_and_go(self):
        self.assertEqual(post(self.server, "shop", secret=NEW), 404)
        self.secret("b", NEW)
        self.configure(sources=f'- {{name: shop, secrets: ["file:{self.folder / "b"}"]}}\n')
        self.reload()
        self.assertEqual(post(self.server, "shop", secret=NEW), 200)
        self.assertEqual(post(self.server, "shop", secret=OLD), 401)
        self.assertEqual(post(self.server, secret=NEW), 401)
        self.configure()
        self.reload()
        self.assertEqual(post(self.server, "shop", secret=NEW), 404)

    def test_limits_are_taken_anew(self):
        two = [webhooks.track(), webhooks.track()]
        self.assertEqual(post(self.server, body=two), 200)
        self.configure("ingress_limits: {max_events: 1, max_body_bytes: 2KiB, max_event_bytes: 1KiB}\n"
                       "subscribe_limits: {max_streams: 1}\n")
        self.reload()
        self.assertEqual(post(self.server, body=two), 422)
        self.assertEqual(post(self.server, body=webhooks.track(event_properties={"a": "b" * 2048})), 413)
        self.assertEqual(post(self.server, body=webhooks.track(event_properties={"a": "b" * 1000})), 422)
        with harness.Stream(self.server) as stream:
            stream.until("subscribed")
            self.refused("Subscribe", {}, 8, "TOO_MANY_STREAMS")

    def test_an_expression_has_the_configured_limits(self):
        self.configure("subscribe_limits: {max_expression_terms: 2, max_expression_depth: 3, max_expression_bytes: 60}\n")
        self.server = self.start(f"--config={self.file}")
        for expression, said in [("id:* AND id:* AND id:*", "the 2 that are allowed"), ("((((id:*))))", "the 3 that"),
                                 ("id = \"" + "a" * 60 + "\"", "more than the 60 that are allowed")]:
            with self.subTest(expression=expression):
                wanted = {"filter": {"expression": expression}}
                for method in ("Subscribe", "ListEvents", "ValidateFilter"):
                    self.assertIn(said, self.refused(method, wanted, 3, "INVALID_FILTER").message)

    def test_a_broken_file_is_refused_and_the_old_one_stays(self):
        kept = "the old configuration stays: "
        for broken, said in [("ingress_limits: {max_event: 1}\n", ":4:18: found the key"),
                             ("log: {retention_size: 1}\n", ":4:23: log.retention_size: found"),
                             ("a: [\n", ":5:1: found what is not YAML")]:
            with self.subTest(broken):
                self.configure(broken)
                self.assertIn(f"{self.file}{said}", self.reload(kept))
                self.assertEqual(post(self.server), 200)
        self.configure(secrets=("a", "missing"))
        self.assertIn("cannot be had: the file cannot be read", self.reload(kept))
        self.assertEqual(post(self.server), 200)
        self.file.unlink()
        self.assertIn("the file cannot be read", self.reload(kept))
        self.assertEqual(post(self.server), 200)

    def test_what_waits_for_the_next_start_is_named(self):
        self.configure("log: {retention_age: 1h}\nhttp_address: 127.0.0.1:1\n")
        said = "log.retention_age has another value now, which is taken at the next start"
        self.assertNotIn("http_address has", self.reload(said))  # A flag goes before the file.

    def test_a_slow_head_is_cut_off_after_the_configured_time(self):
        self.configure("ingress_limits: {head_timeout: 50ms}\n")
        self.reload()
        with webhooks.Connection(self.server.http) as connection:
            self.assertEqual(connection.ask(b"POST /webhooks/amplitude/default HTTP/1.1\r\n").code, 408)
            self.assertTrue(connection.ended())


class SecrecyTest(unittest.TestCase):
    def test_no_secret_is_ever_shown(self):
        folder = harness.scratch()
        (folder / "a").write_text(OLD + "\n")
        file = folder / "ampstreamd.yaml"
        good = f'sources:\n- {{name: default, secrets: ["file:{folder / "a"}", "env:AMPSTREAM_WEBHOOK_SECRET"]}}\n'
        broken = [f"sources: [{{name: a, secrets: [{OLD}]}}]", f"sources: [{{name: a, secrets: {OLD}}}]",
                  f"sources: [{{name: a, secret: {OLD}}}]", f"sources: [{{name: a, knock: {{secrets: [{OLD}]}}}}]",
                  f"sources: [{{name: a, static_token: {{header: x, tokens: [{OLD}]}}}}]", f"secrets: [{OLD}]",
                  f"sources: [{{name: a, secrets: [\"{OLD}\", \"{OLD}]}}]"]
        shown = []
        for text in [good, *broken]:
            file.write_text(text)
            for flag in ("--print-config", "--check-config"):
                done = harness.ampstreamd(f"--config={file}", flag)
                shown += [done.stdout, done.stderr]
                self.assertTrue(text == good or done.returncode == 2, done)
        file.write_text(good)
        server = harness.Server(f"--config={file}")
        try:
            for secret in (OLD, harness.SECRET, "wrong"):
                text = webhooks.encode(webhooks.track())
                for body in (text, b"{", b"[" + text + b",{}]"):
                    for headers in ({webhooks.SIGNATURE: webhooks.sign(body, secret)}, {webhooks.SIGNATURE: OLD}):
                        connection = http.client.HTTPConnection(server.http, timeout=harness.LIMIT)
                        connection.request("POST", webhooks.PATH, body=body, headers=headers)
                        shown.append(connection.getresponse().read().decode())
                        connection.close()
            for text in [*broken, good]:
                file.write_text(text)
                before = server.stderr().count("SIGHUP")
                server.process.send_signal(signal.SIGHUP)
                wait_for("an answer to SIGHUP", lambda: server.stderr().count("SIGHUP") > before)
            shown.append(harness.grpcurl(server.grpc, f"{harness.SERVICE}/GetLogInfo"))
            shown.append(pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_text())
        finally:
            server.stop()
        shown.append(server.stderr())
        kept = pathlib.Path(server.log.split(":", 1)[1])
        shown += [one.read_bytes().decode("latin-1") for one in kept.iterdir() if one.is_file()]
        everything = "\n".join(shown)
        self.assertIn("SIGHUP: the configuration was read anew", everything)
        for secret in (OLD, harness.SECRET):
            for form in (secret, secret.encode().hex()):
                self.assertNotIn(form, everything)


if __name__ == "__main__":
    harness.main()
