"""The gRPC side as grpcurl sees it, with no proto file: reflection, health, Subscribe and the unary methods."""

import harness
import webhooks

USER = ["ann", "bob", "ann", "cid", "ann"]
DEVICE = ["d-1", "d-1", "d-2", "d-2", "d-1"]


def five(server):
    """Five tracked events, a delivery each. Returns their ids."""
    return [webhooks.accept(server, webhooks.track(user_id=user, device_id=device))[0]
            for user, device in zip(USER, DEVICE)]


def ids(events):
    """The ids of events."""
    return [event["id"] for event in events]


def history(server, **request):
    """The ids of what the log holds, by a Subscribe from its beginning."""
    return ids(harness.events_until(server, earliest={}, until_caught_up=True, **request))


class ReflectionTest(harness.ServerTest):
    def test_lists_its_services(self):
        listed = harness.grpcurl(self.server.grpc, "list").split()
        self.assertLessEqual({harness.SERVICE, "grpc.health.v1.Health"}, set(listed))

    def test_describes_services_and_events(self):
        service = harness.grpcurl(self.server.grpc, "describe", harness.SERVICE)
        for method in ("Subscribe", "GetEvent", "ListEvents", "GetLogInfo", "ValidateFilter"):
            self.assertRegex(service, rf"rpc {method} \(")
        self.assertIn("returns ( stream .ampstream.v1.SubscribeResponse )", service)
        event = harness.grpcurl(self.server.grpc, "describe", "ampstream.v1.Event")
        for field in ("string id = 1", "string cursor = 2", "events_track = 10", "unrecognized = 17"):
            self.assertIn(field, event)
        self.assertIn("rpc Check (", harness.grpcurl(self.server.grpc, "describe", "grpc.health.v1.Health"))

    def test_is_healthy_by_the_empty_name_and_the_services(self):
        for name in ("", harness.SERVICE):
            with self.subTest(name=name):
                answer = harness.call(self.server, "grpc.health.v1.Health/Check", {"service": name})
                self.assertEqual(answer, {"status": "SERVING"})

    def test_knows_no_health_of_other_names(self):
        with self.assertRaises(harness.GrpcError) as raised:
            harness.call(self.server, "grpc.health.v1.Health/Check", {"service": "no.Such"})
        self.assertEqual(raised.exception.code, 5)


class StartTest(harness.ServerTest):
    def test_begins_with_what_comes_after_by_default(self):
        webhooks.accept(self.server, webhooks.track())
        for request in ({}, {"latest": {}}, {"last_n": 0}):
            with self.subTest(request=request), harness.Stream(self.server, request) as stream:
                self.assertIn("subscribed", stream.next())
                posted = webhooks.accept(self.server, webhooks.track())
                self.assertEqual(ids(stream.events(1)), posted)

    def test_begins_with_the_oldest(self):
        self.assertEqual(five(self.server), history(self.server))

    def test_begins_after_a_cursor(self):
        posted = five(self.server)
        events = harness.events_until(self.server, earliest={}, until_caught_up=True)
        for place in range(5):
            rest = harness.events_until(self.server, cursor=events[place]["cursor"], until_caught_up=True)
            self.assertEqual(ids(rest), posted[place + 1:])

    def test_begins_with_the_first_event_received_then_or_later(self):
        posted = five(self.server)
        third = harness.call(self.server, "GetEvent", {"id": posted[2]})["event"]
        found = harness.events_until(self.server, time=third["receive_time"], until_caught_up=True)
        self.assertEqual(ids(found), posted[2:])
        for time, expected in (("1970-01-01T00:00:00Z", posted), ("2200-01-01T00:00:00Z", [])):
            self.assertEqual(ids(harness.events_until(self.server, time=time, until_caught_up=True)), expected)

    def test_begins_with_the_last_that_match(self):
        posted = five(self.server)
        ann = {"user_ids": ["ann"]}
        self.assertEqual(ids(harness.events_until(self.server, last_n=2, until_caught_up=True)), posted[3:])
        self.assertEqual(ids(harness.events_until(self.server, last_n=2, until_caught_up=True, filter=ann)),
                         [posted[2], posted[4]])
        self.assertEqual(ids(harness.events_until(self.server, last_n=9, until_caught_up=True)), posted)

    def test_passes_from_the_past_to_the_present(self):
        posted = five(self.server)
        with harness.Stream(self.server, {"earliest": {}}) as stream:
            self.assertEqual(ids(stream.events(5)), posted)
            posted = webhooks.accept(self.server, webhooks.track())
            self.assertEqual(ids(stream.events(1)), posted)


class ResponsesTest(harness.ServerTest):
    def test_subscribed_comes_first_and_says_what_is_in_force(self):
        five(self.server)
        info = harness.call(self.server, "GetLogInfo")
        with harness.Stream(self.server, {"earliest": {}, "max_batch_events": 3}) as stream:
            first = stream.next()
        self.assertNotIn("events", first)
        subscribed = first["subscribed"]
        self.assertEqual(subscribed["epoch"], self.server.epoch)
        self.assertEqual(subscribed["cursor"], first["cursor"])
        self.assertEqual(subscribed["oldest_cursor"], info["oldest_cursor"])
        self.assertEqual(subscribed["newest_cursor"], info["newest_cursor"])
        self.assertEqual(subscribed["heartbeat_interval"], "15s")
        self.assertEqual(subscribed["max_batch_events"], 3)
        self.assertGreater(int(subscribed["max_batch_bytes"]), 0)

    def test_clamps_the_heartbeat_interval(self):
        for asked, given in (("0s", "1s"), ("0.2s", "1s"), ("2s", "2s"), ("3600s", "300s")):
            with self.subTest(asked=asked), harness.Stream(self.server, {"heartbeat_interval": asked}) as stream:
                self.assertEqual(stream.next()["subscribed"]["heartbeat_interval"], given)

    def test_heartbeats_move_the_cursor_on_when_nothing_matches(self):
        request = {"heartbeat_interval": "1s", "filter": {"user_ids": ["nobody"]}}
        with harness.Stream(self.server, request) as stream:
            before = stream.next()["cursor"]
            posted = five(self.server)
            newest = harness.call(self.server, "GetLogInfo")["newest_cursor"]
            self.assertNotEqual(before, newest)
            beat = stream.until("heartbeat")
            self.assertIn("send_time", beat["heartbeat"])
            self.assertNotIn("events", beat)
            self.assertEqual(beat["cursor"], newest)
            self.assertIn("heartbeat", stream.until("heartbeat"))
        last = webhooks.accept(self.server, webhooks.track())
        self.assertEqual(ids(harness.events_until(self.server, cursor=beat["cursor"], until_caught_up=True)), last)
        self.assertNotIn(last[0], posted)

    def test_until_caught_up_says_so_then_goodbye_then_ok(self):
        five(self.server)
        responses = harness.call_all(self.server, "Subscribe", {"earliest": {}, "until_caught_up": True})
        signals = [set(response) - {"events", "cursor"} for response in responses]
        self.assertEqual([signal.pop() for signal in signals if signal], ["subscribed", "caught_up", "goodbye"])
        goodbye = responses[-1]["goodbye"]
        self.assertEqual(goodbye.get("code", 0), 0)
        self.assertNotIn("reason", goodbye)
        newest = harness.call(self.server, "GetLogInfo")["newest_cursor"]
        self.assertEqual(responses[-1]["cursor"], newest)
        for response in responses:
            self.assertRegex(response["cursor"], r"\A[A-Za-z][A-Za-z0-9_-]{0,31}\Z")

    def test_stops_after_as_many_events_as_asked(self):
        posted = five(self.server)
        responses = harness.call_all(self.server, "Subscribe", {"earliest": {}, "max_events": 3})
        self.assertEqual(ids(e for response in responses for e in response.get("events", [])), posted[:3])
        self.assertIn("goodbye", responses[-1])
        self.assertEqual(responses[-1]["goodbye"].get("code", 0), 0)
        resumed = harness.events_until(self.server, cursor=responses[-1]["cursor"], until_caught_up=True)
        self.assertEqual(ids(resumed), posted[3:])

    def test_stops_at_the_first_of_two_conditions(self):
        posted = five(self.server)
        for most, expected in ((2, posted[:2]), (9, posted)):
            self.assertEqual(history(self.server, max_events=most), expected)

    def test_counts_only_delivered_events(self):
        posted = five(self.server)
        found = harness.events_until(self.server, earliest={}, max_events=2, filter={"user_ids": ["ann"]})
        self.assertEqual(ids(found), [posted[0], posted[2]])

    def test_one_event_a_response_where_asked(self):
        posted = webhooks.accept(self.server, [webhooks.track() for _ in range(5)])
        request = {"earliest": {}, "until_caught_up": True, "max_batch_events": 1}
        responses = harness.call_all(self.server, "Subscribe", request)
        batches = [response for response in responses if "events" in response]
        self.assertEqual([ids(batch["events"]) for batch in batches], [[one] for one in posted])
        for batch in batches:
            self.assertEqual(batch["cursor"], batch["events"][0]["cursor"])

    def test_responses_can_be_resumed_from_one_by_one(self):
        posted = webhooks.accept(self.server, [webhooks.track() for _ in range(7)])
        request = {"earliest": {}, "until_caught_up": True, "max_batch_events": 2}
        got = 0
        for response in harness.call_all(self.server, "Subscribe", request):
            got += len(response.get("events", []))
            rest = harness.events_until(self.server, cursor=response["cursor"], until_caught_up=True)
            self.assertEqual(ids(rest), posted[got:])
        self.assertEqual(got, 7)


class FilterTest(harness.ServerTest):
    def setUp(self):
        super().setUp()
        self.posted = five(self.server)
        self.alert = webhooks.accept(self.server, webhooks.item("monitor.alert", **webhooks.SEVEN[4].data))[0]

    def matched(self, **parts):
        """The places of the matching events; 5 is the alert."""
        everything = [*self.posted, self.alert]
        return [everything.index(one) for one in history(self.server, filter=parts)]

    def test_by_type(self):
        self.assertEqual(self.matched(types=["EVENT_TYPE_MONITORS_ALERT"]), [5])
        both = ["EVENT_TYPE_EVENTS_TRACK", "EVENT_TYPE_MONITORS_ALERT"]
        self.assertEqual(self.matched(types=both), [0, 1, 2, 3, 4, 5])
        self.assertEqual(self.matched(types=["EVENT_TYPE_UNRECOGNIZED"]), [])

    def test_by_source(self):
        self.assertEqual(self.matched(sources=["default"]), [0, 1, 2, 3, 4, 5])
        self.assertEqual(self.matched(sources=["not-configured"]), [])

    def test_by_user(self):
        self.assertEqual(self.matched(user_ids=["ann"]), [0, 2, 4])
        self.assertEqual(self.matched(user_ids=["bob", "cid", "nobody"]), [1, 3])
        self.assertEqual(self.matched(user_ids=["Ann"]), [])

    def test_by_device(self):
        self.assertEqual(self.matched(device_ids=["d-2"]), [2, 3])

    def test_all_parts_must_hold(self):
        self.assertEqual(self.matched(types=["EVENT_TYPE_EVENTS_TRACK"], user_ids=["ann"], device_ids=["d-1"]), [0, 4])
        self.assertEqual(self.matched(types=["EVENT_TYPE_MONITORS_ALERT"], user_ids=["ann"]), [])

    def test_of_live_events(self):
        with harness.Stream(self.server, {"filter": {"user_ids": ["ann"], "device_ids": ["d-9"]}}) as stream:
            self.assertIn("subscribed", stream.next())
            webhooks.accept(self.server, [webhooks.track(user_id="ann"), webhooks.track(device_id="d-9")])
            wanted = webhooks.accept(self.server, [webhooks.track(user_id="bob"),
                                                   webhooks.track(user_id="ann", device_id="d-9")])[1]
            self.assertEqual(ids(stream.events(1)), [wanted])


class UnaryTest(harness.ServerTest):
    def test_gets_an_event_by_its_id(self):
        posted = five(self.server)
        event = harness.call(self.server, "GetEvent", {"id": posted[1]})["event"]
        self.assertEqual((event["id"], event["events_track"]["user_id"]), (posted[1], "bob"))
        self.assertEqual(event, harness.events_until(self.server, earliest={}, max_events=2)[1])

    def test_gets_no_event_that_is_not_there(self):
        self.refused("GetEvent", {"id": "0" * 32}, 5, "EVENT_NOT_FOUND")
        for no_id in ("", "x", "0" * 31, "g" * 32):
            with self.subTest(id=no_id):
                self.refused("GetEvent", {"id": no_id}, 3, "INVALID_REQUEST")

    def pages(self, **request):
        """Every page of a list, as ids."""
        pages, token = [], ""
        while True:
            page = harness.call(self.server, "ListEvents", {**request, "page_token": token})
            pages.append(ids(page.get("events", [])))
            token = page.get("next_page_token", "")
            if not token:
                return pages

    def test_pages_through_all_events(self):
        posted = five(self.server)
        pages = self.pages(page_size=2)
        self.assertEqual(sum(pages, []), posted)
        self.assertLessEqual(max(map(len, pages)), 2)
        self.assertEqual(sum(self.pages(page_size=1, filter={"user_ids": ["ann"]}), []), posted[::2])

    def test_a_page_holds_100_events_and_never_more_than_1000(self):
        posted = webhooks.accept(self.server, [webhooks.track() for _ in range(1001)])
        self.assertEqual(ids(harness.call(self.server, "ListEvents")["events"]), posted[:100])
        self.assertEqual(list(map(len, self.pages(page_size=5000))), [1000, 1])

    def test_a_page_token_belongs_to_its_filter(self):
        five(self.server)
        token = harness.call(self.server, "ListEvents", {"page_size": 2})["next_page_token"]
        self.refused("ListEvents", {"filter": {"user_ids": ["ann"]}, "page_token": token}, 3, "INVALID_REQUEST")
        self.refused("ListEvents", {"page_size": -1}, 3, "INVALID_REQUEST")

    def test_refuses_what_is_no_page_token(self):
        five(self.server)
        token = harness.call(self.server, "ListEvents", {"page_size": 2})["next_page_token"]
        for damaged in ("nonsense", "x" + token, token[:-1]):
            with self.subTest(token=damaged), self.assertRaises(harness.GrpcError) as raised:
                harness.call(self.server, "ListEvents", {"page_token": damaged})
            self.assertEqual((raised.exception.code, raised.exception.domain), (3, "ampstream"))
            self.assertIn("page_token", raised.exception.message)

    def test_tells_what_the_log_holds(self):
        empty = harness.call(self.server, "GetLogInfo")
        self.assertEqual(empty["epoch"], self.server.epoch)
        self.assertLessEqual(set(empty), {"epoch", "oldest_cursor", "newest_cursor"})
        posted = five(self.server)
        info = harness.call(self.server, "GetLogInfo")
        events = harness.events_until(self.server, earliest={}, until_caught_up=True)
        self.assertEqual(int(info["events"]), len(posted))
        self.assertGreater(int(info["bytes"]), 0)
        self.assertEqual(info["oldest_time"], events[0]["receive_time"])
        self.assertEqual(info["newest_time"], events[-1]["receive_time"])
        self.assertEqual(info["newest_cursor"], events[-1]["cursor"])
        self.assertEqual(info["oldest_cursor"], empty["oldest_cursor"])

    def test_validates_a_filter(self):
        full = {"types": ["EVENT_TYPE_EVENTS_TRACK"], "sources": ["s"] * 1000, "user_ids": ["u" * 512],
                "device_ids": ["d"]}
        for good in ({}, full):
            self.assertEqual(harness.call(self.server, "ValidateFilter", {"filter": good}), {})


class BadInputTest(harness.ServerTest):
    def test_refuses_bad_filters_wherever_one_is_taken(self):
        bad = [
            ({"types": ["EVENT_TYPE_UNSPECIFIED"]}, r"filter\.types\[0\]", None),
            ({"types": ["EVENT_TYPE_EVENTS_TRACK", 99]}, r"filter\.types\[1\]", None),
            ({"types": ["EVENT_TYPE_EVENTS_TRACK"] * 1001}, r"filter\.types", "1000"),
            ({"sources": ["s"] * 1001}, r"filter\.sources", "1000"),
            ({"user_ids": ["u"] * 1001}, r"filter\.user_ids", "1000"),
            ({"device_ids": ["d"] * 1001}, r"filter\.device_ids", "1000"),
            ({"sources": ["s" * 513]}, r"filter\.sources\[0\]", "512"),
            ({"user_ids": ["u", "é" * 257]}, r"filter\.user_ids\[1\]", "512"),
            ({"device_ids": ["d" * 513]}, r"filter\.device_ids\[0\]", "512"),
        ]
        for parts, place, limit in bad:
            for method in ("Subscribe", "ListEvents", "ValidateFilter"):
                with self.subTest(place=place, method=method):
                    error = self.refused(method, {"filter": parts}, 3, "INVALID_FILTER")
                    self.assertRegex(error.message, place)
                    self.assertEqual(error.metadata.get("limit"), limit)

    def test_refuses_a_broken_expression_and_tells_the_place(self):
        for method in ("Subscribe", "ListEvents", "ValidateFilter"):
            with self.subTest(method=method):
                error = self.refused(method, {"filter": {"expression": 'type = "events.trak"'}}, 3, "INVALID_FILTER")
                self.assertIn("column 8: found \"events.trak\"", error.message)
                self.assertIn("did you mean events.track?", error.message)
                self.assertIn("google.rpc.BadRequest", str(error))
                self.assertIn("filter.expression", str(error))

    def test_filters_by_an_expression(self):
        buy = webhooks.track(event_type="Buy", event_properties={"price": 20, "plan": "pro"})
        look = webhooks.track(event_type="Look", event_properties={"price": 5, "plan": "pro"})
        bought, looked = webhooks.accept(self.server, [buy, look])
        for expression, ids in [("event_properties.price > 10", [bought]), ('event_type = "Look"', [looked]),
                                ('type = "events.track" AND event_properties.plan = "p*"', [bought, looked]),
                                ("NOT event_properties.price > 10", [looked]), ("monitors_alert:*", [])]:
            with self.subTest(expression=expression):
                wanted = {"filter": {"expression": expression}}
                events = harness.events_until(self.server, earliest={}, until_caught_up=True, **wanted)
                self.assertEqual([event["id"] for event in events], ids)
                listed = harness.call(self.server, "ListEvents", wanted)
                self.assertEqual([event["id"] for event in listed.get("events", [])], ids)

    def test_validates_a_filter(self):
        answer = harness.call(self.server, "ValidateFilter", {"filter": {"expression": "(source='a')AND id = '1'"}})
        self.assertEqual(answer, {"normalized_expression": 'id = "1" AND source = "a"'})
        self.assertEqual(harness.call(self.server, "ValidateFilter", {"filter": {"sources": ["a"]}}), {})

    def test_refuses_values_that_cannot_be(self):
        bad = [({"max_events": -1}, "max_events"), ({"max_batch_events": -1}, "max_batch_events"),
               ({"heartbeat_interval": "-1s"}, "heartbeat_interval"), ({"client_id": "c" * 129}, "client_id")]
        for request, field in bad:
            with self.subTest(request=request):
                self.assertIn(field, self.refused("Subscribe", request, 3, "INVALID_REQUEST").message)

    def test_refuses_what_is_no_cursor(self):
        webhooks.accept(self.server, webhooks.track())
        good = harness.call(self.server, "GetLogInfo")["newest_cursor"]
        damaged = [good[:place] + ("B" if good[place] == "A" else "A") + good[place + 1:] for place in range(len(good))]
        for cursor in ("", "x", "latest", "c" * 33, "é", good[:-1], good + "A", good * 2, good.swapcase(), *damaged):
            with self.subTest(cursor=cursor):
                self.refused("Subscribe", {"cursor": cursor, "until_caught_up": True}, 3, "INVALID_CURSOR")

    def test_refuses_a_cursor_of_another_log(self):
        webhooks.accept(self.server, webhooks.track())
        cursor = harness.call(self.server, "GetLogInfo")["newest_cursor"]
        self.server = self.start()
        error = self.refused("Subscribe", {"cursor": cursor}, 11, "CURSOR_OF_ANOTHER_LOG")
        info = harness.call(self.server, "GetLogInfo")
        self.assertEqual(error.metadata["oldest_cursor"], info["oldest_cursor"])

    def test_refuses_a_cursor_that_retention_has_passed(self):
        self.server = self.start("--log=memory")
        first = harness.call(self.server, "GetLogInfo")["newest_cursor"]
        lost = webhooks.accept(self.server, webhooks.track())[0]
        for _ in range(18):  # 4 MB each: more than the 64 MiB that the memory log holds.
            webhooks.accept(self.server, [webhooks.track(event_properties={"blob": "x" * 1_000_000}) for _ in range(4)])
        info = harness.call(self.server, "GetLogInfo")
        error = self.refused("Subscribe", {"cursor": first}, 11, "CURSOR_EXPIRED")
        self.assertEqual(error.metadata["oldest_cursor"], info["oldest_cursor"])
        self.assertLessEqual(int(info["bytes"]), 64 << 20)
        self.refused("GetEvent", {"id": lost}, 5, "EVENT_NOT_FOUND")
        kept = harness.events_until(self.server, cursor=info["oldest_cursor"], max_events=1)
        self.assertEqual(kept, harness.events_until(self.server, earliest={}, max_events=1))

    def test_serves_on_after_refusals(self):
        self.refused("Subscribe", {"max_events": -1}, 3, "INVALID_REQUEST")
        self.assertEqual(five(self.server), history(self.server))


if __name__ == "__main__":
    harness.main()
