"""Nothing that was answered or seen is lost, however often the server is killed in the middle of its work.

Senders and subscribers are at work while the server gets SIGKILL and is started again on the same folder, many times.
Each sender sends what was not answered again; each subscriber goes on from the cursor that it stored last. After every
restart, and from the beginning once more at the end, the log is read and held against what was answered and seen.

A run prints its seed. `--test_env=KILL_TEST_SEED=...` makes the same choices again; threads and the disk do not.
"""

import collections
import http.client
import os
import random
import subprocess
import threading
import time
import zlib

import grpc

import harness
import stubs
import webhooks

stubs.generate()  # Before the imports of what it makes.

from ampstream.v1 import event_service_pb2, event_service_pb2_grpc, filter_pb2

SENDERS = 6
USERS = ("ann", "bob", "cid")
MOST_ANSWERS = 500  # Of one run between two kills.
OLD_CURSORS = 3  # How many of each subscriber are tried after a restart; at the end ten times as many.

# What is kept of an event. Two are equal only if all of the event is.
Entry = collections.namedtuple("Entry", "id cursor user insert_id digest")


def entry(event):
    """What is kept of a streamed event."""
    payload = event.events_track
    return Entry(event.id, event.cursor, payload.user_id, payload.insert_id,
                 zlib.crc32(event.SerializeToString(deterministic=True)))


def first_difference(found, expected):
    """Where two lists part, for a person; None where they are equal. Quick on long lists, unlike `assertEqual`."""
    if found == expected:
        return None
    pairs = enumerate(zip(found, expected))
    place = next((place for place, (one, other) in pairs if one != other), min(len(found), len(expected)))
    return (f"at {place}: found {found[place:place + 3]} of {len(found)}, "
            f"expected {expected[place:place + 3]} of {len(expected)}")


class Delivery:
    """The bytes that are sent for one event or an array, as often as it takes, and what was answered."""

    def __init__(self, chance):
        count = chance.choice((1, 1, 1, 1, 2, 3, 5, 12, 40))
        events = [self._event(chance) for _ in range(count)]
        alone = count == 1 and chance.random() < 0.8
        self.request = webhooks.request(events[0] if alone else events)
        self.insert_ids = [event["data"]["insert_id"] for event in events]
        self.ids = None  # Until it was answered.
        self._accepted = False

    @staticmethod
    def _event(chance):
        size = chance.choice((0, 50, 300, 2000)) if chance.random() < 0.99 else 100_000
        return webhooks.track(user_id=chance.choice(USERS), event_properties={"text": "x" * size})

    def take(self, answer, known):
        """Takes the 200 of one attempt. `known`: there was one before this was sent. Returns what is wrong, or None."""
        accepted, duplicates, ids = (answer.json[name] for name in ("accepted", "duplicates", "ids"))
        count = len(self.insert_ids)
        if (accepted, duplicates) not in ((count, 0), (0, count)):
            return f"a part was taken: {accepted} accepted, {duplicates} duplicates of {count}"
        if accepted and (known or self._accepted):
            return f"accepted again: {ids}"
        if self.ids not in (None, ids):
            return f"other ids: {ids}, before: {self.ids}"
        self.ids = ids
        self._accepted = self._accepted or accepted > 0
        return None


class Ledger:
    """All deliveries of all senders. Thread-safe."""

    def __init__(self):
        self._changed = threading.Condition()
        self._made = []
        self._under_way = []
        self._answered = []  # In the order of their first answers.
        self._answers = 0
        self._working = 0
        self.refused = 0
        self.faults = []

    def choose(self, chance):
        """A new delivery, or now and then one that was sent before or is being sent by another."""
        with self._changed:
            dice = chance.random()
            for wanted, known in ((dice < 0.1, self._answered), (0.1 <= dice < 0.2, self._under_way)):
                if wanted and known:
                    return chance.choice(known), False
            return Delivery(chance), True

    def send(self, connection, delivery):
        """Sends a delivery. Returns whether it was answered 200."""
        with self._changed:
            known = delivery.ids is not None
            self._under_way.append(delivery)
        try:
            answer = connection.ask(delivery.request)
        finally:
            with self._changed:
                self._under_way.remove(delivery)
        with self._changed:
            return self._take(delivery, answer, known)

    def _take(self, delivery, answer, known):
        if answer.code == 503:  # Not taken now, and so sent again.
            self.refused += 1
            return False
        first = delivery.ids is None
        fault = delivery.take(answer, known) if answer.code == 200 else f"answered {answer}"
        if fault:
            self.faults.append(fault)
            raise ConnectionError(fault)
        if first:
            self._answered.append(delivery)
        self._answers += 1
        self._changed.notify_all()
        return True

    def begin(self, senders):
        """So many senders are at work now."""
        with self._changed:
            self._answers = 0
            self._working += senders

    def end(self):
        """A sender is no longer at work."""
        with self._changed:
            self._working -= 1
            self._changed.notify_all()

    def wait_for(self, answers):
        """Waits for so many answers since `begin`. Returns false where they cannot come any more."""
        with self._changed:
            return self._changed.wait_for(lambda: self._answers >= answers or not self._working,
                                          harness.LIMIT) and self._answers >= answers

    def answered(self, start):
        """What was answered, without the first `start`."""
        with self._changed:
            return self._answered[start:]


class Sender:
    """Sends a delivery at a time; what was not answered, again before anything else."""

    def __init__(self, ledger):
        self._ledger = ledger
        self._unanswered = None
        self.made = []  # Its own, in the order of their first sending.
        self._thread = None

    def start(self, address, chance):
        """Sends until there is nobody to send to; without `chance` only what was not answered."""
        self._thread = threading.Thread(target=self._run, args=(address, chance), daemon=True)
        self._thread.start()

    def join(self):
        """Waits for the end of its work. Returns whether nothing waits to be sent again."""
        self._thread.join(harness.LIMIT)
        return not self._thread.is_alive() and self._unanswered is None

    def _run(self, address, chance):
        try:
            with webhooks.Connection(address) as connection:
                while self._unanswered or chance:
                    if self._unanswered is None:
                        self._unanswered, new = self._ledger.choose(chance)
                        self.made += [self._unanswered] * new
                    if self._ledger.send(connection, self._unanswered):
                        self._unanswered = None
        except (OSError, http.client.HTTPException):
            pass  # The server was killed, or there is a fault in the ledger.
        finally:
            self._ledger.end()


class Connection:
    """A gRPC connection of its own."""

    def __init__(self, server):
        self._channel = grpc.insecure_channel(server.grpc, [("grpc.use_local_subchannel_pool", 1)])
        self.stub = event_service_pb2_grpc.EventServiceStub(self._channel)
        self._epoch = server.epoch

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends its streams too."""
        self._channel.close()

    def subscribe(self, **request):
        """A stream that stands: its first response is read. Returns it with the cursor of that."""
        stream = self.stub.Subscribe(event_service_pb2.SubscribeRequest(**request), timeout=2 * harness.LIMIT)
        first = next(stream)
        assert first.subscribed.epoch == self._epoch and not first.events, first
        return stream, first.cursor

    def events(self, **request):
        """The entries of a stream that ends by itself."""
        return [entry(event) for response in self.subscribe(**request)[0] for event in response.events]


class Subscriber:
    """Keeps all that it sees, and the cursor of every response, over all its streams."""

    def __init__(self, name, user=None, restless=False, **request):
        self.name = name
        self.seen = []
        self.expected = []  # What the log has for it.
        self.stored = []  # (cursor, how many had been seen with its response)
        self.failure = None  # What ended the last stream: a status code, None for OK, or what is wrong.
        self._user = user
        self._restless = restless
        self._request = request
        self._checked = 0
        self._connection = self._thread = None
        if user is not None:
            self._request["filter"] = filter_pb2.EventFilter(user_ids=[user])

    def start(self, server, **request):
        """Subscribes, goes on from the last cursor, and reads on a thread of its own."""
        self._connection = Connection(server)
        stream = self._subscribe(**request)
        self._thread = threading.Thread(target=self._run, args=(stream,), kwargs=request, daemon=True)
        self._thread.start()

    def join(self):
        """Waits for the end of the stream. Returns whether it came."""
        self._thread.join(harness.LIMIT)
        self._connection.close()
        return not self._thread.is_alive()

    def expect(self, entries):
        """So the log goes on."""
        self.expected += [one for one in entries if self._user in (None, one.user)]

    def fault(self):
        """What was seen wrongly since the last call, or is gone from the log; None where all is well."""
        start, self._checked = self._checked, len(self.seen)
        return first_difference(self.seen[start:], self.expected[start:len(self.seen)])

    def try_old_cursors(self, connection, chance, count):
        """Goes on from a few of the cursors that were ever stored. Returns what is wrong, or None."""
        for cursor, place in chance.sample(self.stored, min(count, len(self.stored))):
            found = connection.events(**self._request, cursor=cursor, until_caught_up=True, max_events=20)
            if difference := first_difference(found, self.expected[place:place + 20]):
                return f"after {cursor} {difference}"
        return None

    def _subscribe(self, **request):
        start = {"cursor": self.stored[-1][0]} if self.stored else {"earliest": {}}
        stream, cursor = self._connection.subscribe(**self._request, **start, **request)
        self.stored.append((cursor, len(self.seen)))
        return stream

    def _run(self, stream, **request):
        self.failure = None
        responses = 0
        try:
            while (response := next(stream, None)) is not None:
                self.seen += map(entry, response.events)
                self.stored.append((response.cursor, len(self.seen)))
                responses += 1
                if self._restless and responses % 7 == 0:  # Breaks off, whatever may be on its way to it.
                    stream.cancel()
                    stream = self._subscribe(**request)
        except grpc.RpcError as error:
            self.failure = error.code()


class KillTest(harness.ServerTest):
    def setUp(self):
        self.seed = os.environ.get("KILL_TEST_SEED") or str(random.SystemRandom().randrange(1 << 32))
        print(f"seed {self.seed}", flush=True)
        self.folder = harness.scratch() / "data"
        self.ledger = Ledger()
        self.senders = [Sender(self.ledger) for _ in range(SENDERS)]
        self.subscribers = [Subscriber("all"), Subscriber("restless", restless=True),
                            Subscriber("ann", user="ann"), Subscriber("one by one", user="bob", max_batch_events=1)]
        self.log = []  # Of what was read of it so far.
        self.places = {}  # In `log`, by id.
        self.checked = 0  # Of what was answered.
        begin = time.monotonic()
        self.server = self.start(*self.flags())
        self.start_time = time.monotonic() - begin
        self.epoch = self.server.epoch
        self.assertEqual(self.server.log, f"rocksdb:{self.folder}")

    def flags(self):
        """Of every server here."""
        return "--log=rocksdb", f"--data-dir={self.folder}"

    def chance(self, *names):
        """Random choices that follow from the seed and the names alone."""
        return random.Random("/".join([self.seed, *map(str, names)]))

    def equal(self, found, expected, what):
        """Two long lists are equal."""
        difference = first_difference(found, expected)
        self.assertIsNone(difference, f"{what}: {difference}")

    def load_and_kill(self, number):
        """Lets senders and subscribers work, and kills the server in the middle of it."""
        chance = self.chance("kill", number)
        answers, pause = chance.randint(1, MOST_ANSWERS), chance.uniform(0, 0.02)
        print(f"kill {number}: seed {self.seed}/kill/{number}, {answers} answers and {pause * 1000:.1f} ms after the "
              f"start, with {len(self.log)} events", flush=True)
        for subscriber in self.subscribers:
            subscriber.start(self.server)
        self.ledger.begin(SENDERS)
        for place, sender in enumerate(self.senders):
            sender.start(self.server.http, self.chance("sender", place, number))
        came = self.ledger.wait_for(answers)
        time.sleep(pause)  # Waits for nothing: not every kill shall come right after an answer.
        self.assertIsNone(self.server.process.poll(), self.server.stderr())
        self.server.process.kill()
        self.assertEqual(self.server.wait(), (-9, []))
        for sender in self.senders:
            sender.join()
        self.check_streams_broke()
        self.assertEqual(self.ledger.faults, [])
        self.assertTrue(came, f"too few answers, and {self.ledger.refused} were 503: {self.server.stderr()}")

    def check_streams_broke(self):
        """Every stream ended as a broken connection does, and in no other way."""
        broken = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
        for subscriber in self.subscribers:
            self.assertTrue(subscriber.join(), f"the stream of {subscriber.name} did not end")
            self.assertIn(subscriber.failure, broken, subscriber.name)

    def kill_while_it_starts(self, chance):
        """Starts the server, and kills it somewhere between its first step and its ready line."""
        process = subprocess.Popen(harness.command_line(self.flags()), env=harness.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0, 1.1 * self.start_time))
        process.kill()
        process.wait(harness.LIMIT)

    def restart(self, number):
        """Starts the server on the same folder; now and then it is killed while it starts, before that."""
        chance = self.chance("restart", number)
        while chance.random() < 0.2:
            self.kill_while_it_starts(chance)
        self.server = self.start(*self.flags())
        self.assertEqual(self.server.epoch, self.epoch)

    def read_on(self, connection):
        """Reads what is new in the log since the last call."""
        start = {"cursor": self.log[-1].cursor} if self.log else {"earliest": {}}
        new = connection.events(**start, until_caught_up=True)
        for place, one in enumerate(new, len(self.log)):
            self.assertEqual(self.places.setdefault(one.id, place), place, f"{one} stands twice")
        self.log += new
        for subscriber in self.subscribers:
            subscriber.expect(new)

    def check_log(self, old_cursors, chance):
        """Holds the log against what was answered and seen."""
        with Connection(self.server) as connection:
            self.read_on(connection)
            for delivery in self.ledger.answered(self.checked):
                self.check_delivery(delivery)
                self.checked += 1
            for subscriber in self.subscribers:
                self.assertIsNone(subscriber.fault(), f"seen by {subscriber.name}")
                wrong = subscriber.try_old_cursors(connection, chance, old_cursors)
                self.assertIsNone(wrong, f"{subscriber.name} went on wrongly")
            info = connection.stub.GetLogInfo(event_service_pb2.GetLogInfoRequest(), timeout=harness.LIMIT)
            self.assertEqual((info.epoch, info.events), (self.epoch, len(self.log)))
            for expected in chance.sample(self.log, min(old_cursors, len(self.log))):
                request = event_service_pb2.GetEventRequest(id=expected.id)
                found = connection.stub.GetEvent(request, timeout=harness.LIMIT).event
                self.assertEqual(entry(found), expected)

    def check_delivery(self, delivery):
        """All events of an answered delivery are in the log, as they were sent, one right after the other."""
        lost = [one for one in delivery.ids if one not in self.places]
        self.assertEqual(lost, [], f"lost of {len(delivery.ids)} that were answered 200")
        first = self.places[delivery.ids[0]]
        found = self.log[first:first + len(delivery.ids)]
        self.equal([one.id for one in found], delivery.ids, "a delivery")
        self.equal([one.insert_id for one in found], delivery.insert_ids, "a delivery's content")

    def end_load(self):
        """Has the last unanswered deliveries sent, and lets each subscriber go on to the end."""
        self.ledger.begin(SENDERS)
        for sender in self.senders:
            sender.start(self.server.http, None)
        for sender in self.senders:
            self.assertTrue(sender.join(), f"not all were answered: {self.ledger.faults}")
        self.assertEqual(self.ledger.faults, [])
        for subscriber in self.subscribers:
            subscriber.start(self.server, until_caught_up=True)
        for subscriber in self.subscribers:
            self.assertTrue(subscriber.join(), f"the stream of {subscriber.name} did not end")
            self.assertIsNone(subscriber.failure, subscriber.name)

    def check_whole(self):
        """The log from its beginning is what was read of it piece by piece, and in the order of every sender."""
        with Connection(self.server) as connection:
            self.equal(connection.events(earliest={}, until_caught_up=True), self.log, "the whole log")
        for subscriber in self.subscribers:
            self.equal(subscriber.seen, subscriber.expected, f"seen by {subscriber.name}")
        answered = self.ledger.answered(0)
        self.assertEqual(sum(len(delivery.ids) for delivery in answered), len(self.log))
        for sender in self.senders:
            places = [self.places[delivery.ids[0]] for delivery in sender.made]
            self.equal(places, sorted(places), "a sender's order")

    def kill(self, times):
        """Kills the server so often, and loses nothing."""
        for number in range(1, times + 1):
            self.load_and_kill(number)
            self.restart(number)
            self.check_log(OLD_CURSORS, self.chance("check", number))
        self.end_load()
        self.check_log(10 * OLD_CURSORS, self.chance("check", "end"))
        self.check_whole()

    def test_a_first_start_that_is_killed_leaves_nothing_in_the_way(self):
        for number in range(20):
            self.folder = harness.scratch() / "data"
            chance = self.chance("first start", number)
            for _ in range(chance.randint(1, 3)):
                self.kill_while_it_starts(chance)
            self.server = self.start(*self.flags())
            posted = webhooks.accept(self.server, [webhooks.track() for _ in range(3)])
            with Connection(self.server) as connection:
                self.equal([one.id for one in connection.events(earliest={}, until_caught_up=True)], posted, "the log")

    def test_nothing_is_lost_in_8_kills(self):
        self.kill(8)

    def test_nothing_is_lost_in_60_kills(self):
        self.kill(60)


if __name__ == "__main__":
    harness.main()
