"""The log outlives the server: events, epoch, cursors and known ids are there after a restart, and the folder is held
by one server at a time.
"""

import http.client
import json
import os
import subprocess
import sys

import harness
import webhooks

AMPSTREAM = os.path.abspath(sys.argv.pop(3))
USERS = ("ann", "bob", "ann", "cid", "ann")


def five():
    """Five tracked events, of which `ann` has the first, the third and the last."""
    return [webhooks.track(user_id=user) for user in USERS]


def ids(events):
    """The ids of events."""
    return [event["id"] for event in events]


def without_cursors(events):
    """The events without what a new epoch changes."""
    return [{name: value for name, value in event.items() if name != "cursor"} for event in events]


def ampstream(server, *arguments):
    """Runs the command line to its end, which must be good. Returns the JSON that it prints, a value a line."""
    done = subprocess.run([AMPSTREAM, *arguments, "--grpc-address", server.grpc, "--output", "json"],
                          env=harness.environment(None), capture_output=True, text=True, timeout=harness.LIMIT,
                          check=False)
    assert done.returncode == 0, done
    return [json.loads(line) for line in done.stdout.splitlines()]


class DurableTest(harness.ServerTest):
    def setUp(self):
        self.folder = harness.scratch() / "data"
        self.server = self.start(*self.flags())

    def flags(self):
        """Of every server on the folder."""
        return "--log=rocksdb", f"--data-dir={self.folder}"

    def restart(self, *more):
        """Ends the server with SIGTERM, and starts one on the same folder."""
        self.server.stop()
        self.server = self.start(*self.flags(), *more)

    def kill_and_restart(self, *more):
        """The same with SIGKILL."""
        self.server.process.kill()
        self.server.wait()
        self.server = self.start(*self.flags(), *more)

    def events(self, **request):
        """The events of a Subscribe that ends when it has caught up; by default all."""
        return harness.events_until(self.server, until_caught_up=True, **(request or {"earliest": {}}))

    def info(self):
        """What the log says of itself."""
        return harness.call(self.server, "GetLogInfo")

    def posted_again(self, body):
        """Posts a delivery. Returns how many were accepted, how many duplicates, and the ids."""
        answer = webhooks.post(self.server, body)
        self.assertEqual(answer.code, 200, answer)
        return answer.json["accepted"], answer.json["duplicates"], answer.json["ids"]

    def refuses(self, *flags, message, **how):
        """A server with these flags says one line that matches, and exits 2."""
        done = harness.ampstreamd(*flags, **how)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertRegex(done.stderr, message)


class FolderTest(DurableTest):
    def test_the_ready_line_names_the_folder(self):
        self.assertEqual(self.server.log, f"rocksdb:{self.folder}")
        self.assertTrue(self.folder.is_dir())

    def test_a_folder_in_use_is_refused_and_its_server_goes_on(self):
        posted = webhooks.accept(self.server, five())
        with harness.Stream(self.server) as stream:
            self.assertIn("subscribed", stream.next())
            for more in ((), ("--new-epoch",)):
                self.refuses(*self.flags(), *more, message=f"{self.folder}.*another process uses it")
            posted += webhooks.accept(self.server, five())
            self.assertEqual(ids(stream.events(5)), posted[5:])
        self.assertEqual(ids(self.events()), posted)
        epoch = self.server.epoch
        self.restart()
        self.assertEqual((self.server.epoch, ids(self.events())), (epoch, posted))

    def test_a_folder_is_free_when_its_server_was_killed(self):
        posted = webhooks.accept(self.server, five())
        self.kill_and_restart()
        self.assertEqual(ids(self.events()), posted)

    def test_refuses_a_folder_that_cannot_be(self):
        file = harness.scratch() / "file"
        file.write_text("not a folder")
        nowhere = harness.scratch() / "missing" / "data"
        for path in (file, file / "data", nowhere):
            with self.subTest(path=path):
                self.refuses("--log=rocksdb", f"--data-dir={path}", message=str(path))
                self.refuses("--log=rocksdb", AMPSTREAM_DATA_DIR=str(path), message=str(path))
        self.assertEqual(file.read_text(), "not a folder")
        self.assertFalse(nowhere.parent.exists())

    def test_refuses_a_folder_that_holds_only_parts_of_a_log(self):
        webhooks.accept(self.server, five())
        self.server.stop()
        current = self.folder / "CURRENT"
        content = current.read_bytes()
        current.unlink()
        files = sorted(path.name for path in self.folder.iterdir())
        self.refuses(*self.flags(), message=f"{self.folder}.*CURRENT")
        self.assertEqual(sorted(path.name for path in self.folder.iterdir()), files)
        current.write_bytes(content)
        self.server = self.start(*self.flags())
        self.assertEqual(len(self.events()), 5)

    def test_two_folders_are_two_logs(self):
        posted = webhooks.accept(self.server, five())
        other = self.start("--log=rocksdb", f"--data-dir={harness.scratch() / 'other'}")
        self.assertNotEqual(other.epoch, self.server.epoch)
        self.assertEqual(harness.events_until(other, earliest={}, until_caught_up=True), [])
        self.assertEqual(ids(self.events()), posted)


class RestartTest(DurableTest):
    def test_keeps_events_epoch_and_cursors(self):
        empty = self.info()["newest_cursor"]
        webhooks.accept(self.server, five())
        webhooks.accept(self.server, [webhooks.item(webhook.names[1], **webhook.data) for webhook in webhooks.SEVEN])
        responses = harness.call_all(self.server, "Subscribe",
                                     {"earliest": {}, "until_caught_up": True, "max_batch_events": 2})
        before, info, epoch = self.events(), self.info(), self.server.epoch
        self.assertEqual(len(before), 12)
        for restart in (self.restart, self.kill_and_restart):
            restart()
            self.assertEqual((self.server.epoch, self.info()), (epoch, info))
            self.assertEqual(self.events(), before)
            self.assertEqual(self.events(cursor=empty), before)
            for place, event in enumerate(before):
                self.assertEqual(self.events(cursor=event["cursor"]), before[place + 1:])
            seen = 0
            for response in responses:
                seen += len(response.get("events", []))
                self.assertEqual(self.events(cursor=response["cursor"]), before[seen:])

    def test_keeps_the_epoch_of_a_log_without_events(self):
        cursor, epoch = self.info()["newest_cursor"], self.server.epoch
        for restart in (self.kill_and_restart, self.restart, self.restart):
            restart()
            self.assertEqual((self.server.epoch, self.events(cursor=cursor)), (epoch, []))
        posted = webhooks.accept(self.server, five())
        self.assertEqual(ids(self.events(cursor=cursor)), posted)

    def test_knows_a_retry_of_an_old_delivery(self):
        array, alone = five(), webhooks.track()
        posted, one = webhooks.accept(self.server, array), webhooks.accept(self.server, alone)
        for restart in (self.restart, self.kill_and_restart):
            restart()
            self.assertEqual(self.posted_again(array), (0, 5, posted))
            self.assertEqual(self.posted_again(alone), (0, 1, one))
            self.assertEqual(ids(self.events()), posted + one)
        accepted, duplicates, answered = self.posted_again([array[3], webhooks.track(), alone])
        self.assertEqual((accepted, duplicates, answered[0], answered[2]), (1, 2, posted[3], one[0]))
        self.assertEqual(ids(self.events()), [*posted, *one, answered[1]])

    def test_new_events_come_after_the_old_ones(self):
        posted = []
        for _ in range(4):
            posted += webhooks.accept(self.server, five())
            last = self.events()[-1]["cursor"]
            self.restart()
            self.assertEqual(self.events(cursor=last), [])
        events = self.events()
        self.assertEqual(ids(events), posted)
        self.assertEqual(len({event["cursor"] for event in events}), 20)
        times = [event["receive_time"] for event in events]
        self.assertEqual(times[::5], sorted(times[::5]))

    def test_what_is_answered_during_a_drain_is_kept(self):
        answered = []
        try:
            with webhooks.Connection(self.server.http) as kept:
                while (answer := kept.ask(webhooks.request(webhooks.track()))).code == 200:
                    answered += answer.json["ids"]
                    if len(answered) == 20:
                        self.server.signal()
        except (OSError, http.client.HTTPException):
            pass  # It is gone.
        self.assertGreaterEqual(len(answered), 20)
        self.assertEqual(self.server.wait(), (0, []))
        self.restart()
        found = ids(self.events())
        self.assertEqual(found[:len(answered)], answered)
        self.assertLessEqual(len(found), len(answered) + 1)


class StartTest(DurableTest):
    """Where a subscription may begin, over events from before a restart and after it."""

    def setUp(self):
        super().setUp()
        self.empty = self.info()["newest_cursor"]
        self.posted = webhooks.accept(self.server, five()) + webhooks.accept(self.server, webhooks.track(user_id="bob"))
        self.restart()
        self.posted += webhooks.accept(self.server, five()) + webhooks.accept(self.server, webhooks.track())
        self.ann = [self.posted[place] for place in (0, 2, 4, 6, 8, 10)]

    def test_earliest(self):
        self.assertEqual(ids(self.events()), self.posted)
        self.assertEqual(ids(self.events(earliest={}, filter={"user_ids": ["ann"]})), self.ann)

    def test_latest(self):
        self.assertEqual(self.events(latest={}), [])
        with harness.Stream(self.server) as stream:
            self.assertIn("subscribed", stream.next())
            posted = webhooks.accept(self.server, five())
            self.assertEqual(ids(stream.events(5)), posted)

    def test_after_a_cursor(self):
        self.assertEqual(ids(self.events(cursor=self.empty)), self.posted)
        for place, event in enumerate(self.events()):
            self.assertEqual(ids(self.events(cursor=event["cursor"])), self.posted[place + 1:])

    def test_at_a_time(self):
        times = [event["receive_time"] for event in self.events()]
        for place in (0, 5, 6, 11):  # The first of each delivery.
            self.assertEqual(ids(self.events(time=times[place])), self.posted[place:])
        self.assertEqual(ids(self.events(time="1970-01-01T00:00:00Z")), self.posted)
        self.assertEqual(self.events(time="2200-01-01T00:00:00Z"), [])

    def test_the_last_n(self):
        for count in (1, 6, 7, 12, 13, 1000):
            self.assertEqual(ids(self.events(last_n=count)), self.posted[-count:])
        for count in (1, 4, 6, 7):
            self.assertEqual(ids(self.events(last_n=count, filter={"user_ids": ["ann"]})), self.ann[-count:])
        self.assertEqual(self.events(last_n=0), [])

    def test_max_events_with_a_filter(self):
        for count in (1, 3, 4, 6):
            request = {"earliest": {}, "max_events": count, "filter": {"user_ids": ["ann"]}}
            responses = harness.call_all(self.server, "Subscribe", request)
            found = [event for response in responses for event in response.get("events", [])]
            self.assertEqual(ids(found), self.ann[:count])
            rest = self.events(cursor=responses[-1]["cursor"], filter={"user_ids": ["ann"]})
            self.assertEqual(ids(rest), self.ann[count:])

    def test_passes_from_the_past_to_the_present(self):
        with harness.Stream(self.server, {"earliest": {}}) as stream:
            self.assertEqual(ids(stream.events(12)), self.posted)
            posted = webhooks.accept(self.server, five())
            self.assertEqual(ids(stream.events(5)), posted)

    def test_finds_what_is_no_longer_in_memory(self):
        blob = {"blob": "x" * 1_000_000}
        for _ in range(11):  # More than the 32 MiB that are kept in memory.
            webhooks.accept(self.server, [webhooks.track(event_properties=blob) for _ in range(4)])
        for restart in (lambda: None, self.restart):
            restart()
            ann = self.events(earliest={}, filter={"user_ids": ["ann"]})
            self.assertEqual(ids(ann), self.ann)
            self.assertEqual(self.events(last_n=6, filter={"user_ids": ["ann"]}), ann)
            self.assertEqual(self.events(cursor=ann[2]["cursor"], filter={"user_ids": ["ann"]}), ann[3:])
            self.assertEqual(self.events(time=ann[3]["receive_time"], filter={"user_ids": ["ann"]}), ann[3:])
            self.assertEqual(harness.call(self.server, "GetEvent", {"id": self.ann[0]})["event"], ann[0])


class NewEpochTest(DurableTest):
    def setUp(self):
        super().setUp()
        self.array = five()
        self.posted = webhooks.accept(self.server, self.array) + webhooks.accept(self.server, webhooks.track())
        self.before, self.old_epoch = self.events(), self.server.epoch
        self.old_cursors = [self.info()["oldest_cursor"], *(event["cursor"] for event in self.before)]
        self.restart("--new-epoch")

    def check_refused(self, cursors):
        """The cursors are refused as those of another log, and the place to go on from is good."""
        for cursor in cursors:
            error = self.refused("Subscribe", {"cursor": cursor, "until_caught_up": True}, 11, "CURSOR_OF_ANOTHER_LOG")
            self.assertEqual(ids(self.events(cursor=error.metadata["oldest_cursor"])), ids(self.events()))

    def test_refuses_cursors_of_before(self):
        self.assertNotEqual(self.server.epoch, self.old_epoch)
        self.assertEqual(self.info()["epoch"], self.server.epoch)
        self.check_refused(self.old_cursors)

    def test_old_events_are_there_with_cursors_of_the_new_epoch(self):
        self.posted += webhooks.accept(self.server, five())
        events = self.events()
        self.assertEqual(ids(events), self.posted)
        self.assertEqual(without_cursors(events[:6]), without_cursors(self.before))
        for place, event in enumerate(events):
            self.assertNotIn(event["cursor"], self.old_cursors)
            self.assertEqual(self.events(cursor=event["cursor"]), events[place + 1:])
            self.assertEqual(harness.call(self.server, "GetEvent", {"id": event["id"]})["event"], event)
        self.assertEqual(self.events(last_n=8), events[3:])
        self.assertEqual(self.events(time=events[5]["receive_time"]), events[5:])
        self.assertEqual(harness.call(self.server, "ListEvents")["events"], events)

    def test_responses_bear_cursors_of_the_new_epoch(self):
        request = {"earliest": {}, "until_caught_up": True, "max_batch_events": 2}
        seen = 0
        for response in harness.call_all(self.server, "Subscribe", request):
            seen += len(response.get("events", []))
            self.assertEqual(ids(self.events(cursor=response["cursor"])), self.posted[seen:])
        self.assertEqual(seen, 6)

    def test_knows_a_retry_of_before(self):
        self.assertEqual(self.posted_again(self.array), (0, 5, self.posted[:5]))
        self.assertEqual(ids(self.events()), self.posted)

    def test_stays_without_the_flag(self):
        events, epoch = self.events(), self.server.epoch
        for restart in (self.kill_and_restart, self.restart):
            restart()
            self.assertEqual((self.server.epoch, self.events()), (epoch, events))
            self.check_refused(self.old_cursors)
            self.assertEqual(self.events(cursor=events[2]["cursor"]), events[3:])

    def test_is_another_one_each_time(self):
        second, epochs = self.events(), {self.old_epoch, self.server.epoch}
        webhooks.accept(self.server, webhooks.track())
        self.kill_and_restart("--new-epoch")
        self.assertNotIn(self.server.epoch, epochs)
        self.check_refused([self.old_cursors[0], *(event["cursor"] for event in second)])
        self.assertEqual(without_cursors(self.events()[:6]), without_cursors(self.before))

    def test_a_folder_without_a_log_takes_the_flag(self):
        server = self.start("--log=rocksdb", f"--data-dir={harness.scratch() / 'new'}", "--new-epoch")
        posted = webhooks.accept(server, five())
        self.assertEqual(ids(harness.events_until(server, earliest={}, until_caught_up=True)), posted)


class LookTest(DurableTest):
    """Those who look into the log find after a restart what was there before."""

    def setUp(self):
        super().setUp()
        self.posted = webhooks.accept(self.server, five())
        self.before = self.events()

    def test_info(self):
        before = self.info()
        self.assertEqual((before["events"], before["newest_cursor"]), ("5", self.before[-1]["cursor"]))
        self.assertEqual(ampstream(self.server, "info"), [before])
        self.restart()
        self.assertEqual(self.info(), before)
        self.assertEqual(ampstream(self.server, "info"), [before])
        webhooks.accept(self.server, webhooks.track())
        after = self.info()
        self.assertEqual((after["events"], after["oldest_cursor"], after["oldest_time"]),
                         ("6", before["oldest_cursor"], before["oldest_time"]))
        self.assertGreater(int(after["bytes"]), int(before["bytes"]))
        self.assertEqual(after["newest_time"], self.events()[-1]["receive_time"])

    def test_get_and_list(self):
        token = harness.call(self.server, "ListEvents", {"page_size": 2})["next_page_token"]
        self.restart()
        for event in self.before:
            self.assertEqual(harness.call(self.server, "GetEvent", {"id": event["id"]})["event"], event)
            self.assertEqual(ampstream(self.server, "get", event["id"]), [event])
        self.refused("GetEvent", {"id": "0" * 32}, 5, "EVENT_NOT_FOUND")
        self.assertEqual(harness.call(self.server, "ListEvents")["events"], self.before)
        rest = harness.call(self.server, "ListEvents", {"page_size": 100, "page_token": token})["events"]
        self.assertEqual(rest, self.before[2:])
        new = webhooks.accept(self.server, webhooks.track(user_id="ann"))
        self.assertEqual(ids(ampstream(self.server, "list")), self.posted + new)
        self.assertEqual(ids(ampstream(self.server, "list", "--user-id", "ann")), self.posted[::2] + new)

    def test_tail(self):
        cursor = self.before[1]["cursor"]
        self.restart()
        for start, expected in (("earliest", self.before), (cursor, self.before[2:]), ("last:2", self.before[-2:])):
            self.assertEqual(ampstream(self.server, "tail", "--from", start, "--until-caught-up"), expected)


if __name__ == "__main__":
    harness.main()
