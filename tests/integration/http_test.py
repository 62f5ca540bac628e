"""The webhook listener from the outside: what it takes, what it refuses, and what it answers."""

import json
import re
import socket

import harness
import webhooks

ENVELOPE = {"type": "events.track", "created_at": "2026-01-02T03:04:05Z"}


def kept(server):
    """The events in the log, from the oldest on."""
    return harness.events_until(server, earliest={}, until_caught_up=True)


class AcceptTest(harness.ServerTest):
    def test_takes_the_seven_in_both_spellings(self):
        for webhook in webhooks.SEVEN:
            for place, name in enumerate(webhook.names):
                with self.subTest(name=name), harness.Stream(self.server) as stream:
                    self.assertIn("subscribed", stream.next())
                    data = {**webhook.data, "type": name, "spelling": place}
                    (posted,) = webhooks.accept(self.server, webhooks.item(name, **data))
                    (event,) = stream.events(1)
                    self.assertEqual((event["id"], event["source"]), (posted, "default"))
                    self.assertEqual(event["type"], "EVENT_TYPE_" + webhook.payload.upper())
                    self.assertEqual(event[webhook.payload]["additional_fields"], {"spelling": place})

    def test_reads_every_named_field(self):
        fields = {"event_type": "Bought", "time": 1767323045678, "event_id": 17, "user_id": "u", "device_id": "d",
                  "event_properties": {"n": 3, "deep": {"list": [1, "a", None, True]}},
                  "user_properties": {"plan": "pro"},
                  "app_version": "2.1", "platform": "iOS", "session_id": -1, "insert_id": "i", "os_name": "ios"}
        webhooks.accept(self.server, webhooks.item("events.track", **fields))
        (event,) = kept(self.server)
        payload = event["events_track"]
        self.assertEqual(payload.pop("time"), "2026-01-02T03:04:05.678Z")
        self.assertEqual(event["occur_time"], "2026-01-02T03:04:05.678Z")
        self.assertEqual(payload.pop("additional_fields"), {"os_name": "ios"})
        self.assertEqual(payload.pop("event_id"), "17")
        self.assertEqual(payload.pop("session_id"), "-1")
        self.assertEqual(payload, {name: fields[name] for name in payload})
        self.assertEqual(len(payload), 8)

    def test_takes_other_spellings_of_fields_once(self):
        webhooks.accept(self.server, [
            webhooks.item("annotation.created", annotation_id="7", label="L", date="2026-01-02", details="why"),
            webhooks.item("experiment.exposure", flag_key="f", time=1, variant=None,
                          user={"user_id": "u", "device_id": 5}),
        ])
        annotation, exposure = kept(self.server)
        self.assertEqual(annotation["annotations_created"],
                         {"id": "7", "label": "L", "date": "2026-01-02", "description": "why"})
        self.assertEqual(exposure["experiments_exposure"]["user_id"], "u")
        self.assertEqual(exposure["experiments_exposure"]["device_id"], "5")
        self.assertNotIn("variant", exposure["experiments_exposure"])

    def test_takes_an_object_without_data_as_data(self):
        webhooks.accept(self.server, {"type": "event.track", "event_type": "Flat", "time": 1767323045})
        (event,) = kept(self.server)
        self.assertEqual(event["events_track"], {"event_type": "Flat", "time": "2026-01-02T03:04:05Z"})

    def test_keeps_what_it_does_not_know(self):
        webhooks.accept(self.server, [{"type": "charts.viewed", "data": [1, {"a": None}]}, {"type": "made.up", "x": 1}])
        first, second = kept(self.server)
        self.assertEqual(first["type"], "EVENT_TYPE_UNRECOGNIZED")
        self.assertEqual(first["unrecognized"], {"type": "charts.viewed", "data": [1, {"a": None}]})
        self.assertEqual(second["unrecognized"], {"type": "made.up", "data": {"x": 1}})

    def test_times_of_every_shape_are_one_time(self):
        shapes = [1767323045, 1767323045000, 1767323045000000, 1767323045000000000, "1767323045", 1767323045.0,
                  "2026-01-02T03:04:05Z", "2026-01-02 03:04:05", "2026-01-02T04:04:05.000000000+01:00"]
        webhooks.accept(self.server, [webhooks.track(time=shape) for shape in shapes])
        self.assertEqual({event["occur_time"] for event in kept(self.server)}, {"2026-01-02T03:04:05Z"})

    def test_rounds_no_integer_in_free_maps(self):
        body = webhooks.encode(webhooks.track(event_properties={"big": "BIG", "beyond": "FAR"}))
        body = body.replace(b'"BIG"', b"9007199254740993").replace(b'"FAR"', b"12345678901234567890123")
        webhooks.accept(self.server, body)
        (event,) = kept(self.server)
        self.assertEqual(event["events_track"]["event_properties"],
                         {"big": "9007199254740993", "beyond": "12345678901234567890123"})

    def test_the_last_of_two_equal_keys_wins(self):
        webhooks.accept(self.server, '{"type":"made.up","data":{"time":1},"type":"event.track",'
                                     '"data":{"event_type":"A","event_type":"B","time":1}}')
        (event,) = kept(self.server)
        self.assertEqual(event["events_track"]["event_type"], "B")

    def test_keeps_deep_maps_readable(self):
        deep = webhooks.encode(webhooks.track(event_properties="DEEP")).replace(
            b'"DEEP"', b'{"k":' * 61 + b"1" + b"}" * 61)
        webhooks.accept(self.server, deep)
        (event,) = kept(self.server)
        inner, levels = event["events_track"]["event_properties"], 0
        while isinstance(inner, dict):
            inner, levels = inner["k"], levels + 1
        self.assertEqual(levels, 32)
        self.assertEqual(inner, json.dumps(json.loads(inner), separators=(",", ":")))

    def test_an_empty_array_is_nothing(self):
        answer = webhooks.post(self.server, [])
        self.assertEqual((answer.code, answer.json), (200, {"accepted": 0, "duplicates": 0, "ids": []}))

    def test_keeps_the_connection_of_what_it_takes(self):
        with webhooks.Connection(self.server.http) as connection:
            for _ in range(7):
                self.assertEqual(connection.ask(webhooks.request(webhooks.track())).code, 200)
        self.assertEqual(len(kept(self.server)), 7)

    def test_hands_the_trace_on(self):
        trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        for value in (trace, "nonsense"):
            webhooks.accept(self.server, webhooks.track(), more=[("traceparent", value)])
        webhooks.accept(self.server, webhooks.track())
        self.assertEqual([event.get("trace_parent") for event in kept(self.server)], [trace, None, None])


class DuplicateTest(harness.ServerTest):
    def check_twice(self, body):
        """Posts it twice: the second is answered with the ids of the first, and streamed once."""
        first = webhooks.post(self.server, body).json
        second = webhooks.post(self.server, body).json
        self.assertEqual(second, {"accepted": 0, "duplicates": len(first["ids"]), "ids": first["ids"]})
        self.assertEqual(first["accepted"], len(first["ids"]))
        self.assertEqual([event["id"] for event in kept(self.server)], first["ids"])

    def test_the_same_delivery_twice(self):
        self.check_twice(webhooks.track(user_id="u", device_id="d"))

    def test_the_same_array_twice(self):
        self.check_twice([webhooks.item(webhook.names[0], **webhook.data) for webhook in webhooks.SEVEN])

    def test_equal_items_of_one_array(self):
        one, other = webhooks.track(), webhooks.track()
        answer = webhooks.post(self.server, [one, other, one]).json
        self.assertEqual((answer["accepted"], answer["duplicates"]), (2, 1))
        self.assertEqual(answer["ids"][0], answer["ids"][2])
        self.assertEqual([event["id"] for event in kept(self.server)], answer["ids"][:2])

    def test_the_insert_id_decides_with_device_and_user(self):
        data = {"event_type": "A", "time": 1, "insert_id": "i", "device_id": "d", "user_id": "u"}
        webhooks.accept(self.server, webhooks.item("event.track", **data))
        same = webhooks.post(self.server, webhooks.item("events.track", **{**data, "time": 2})).json
        self.assertEqual((same["accepted"], same["duplicates"]), (0, 1))
        for change in ({"device_id": "e"}, {"user_id": "v"}, {"insert_id": "j"}):
            webhooks.accept(self.server, webhooks.item("event.track", **{**data, **change}))

    def test_what_bears_neither_time_nor_id_is_no_duplicate(self):
        body = {"type": "made.up", "data": {"$add": {"logins": 1}}}
        ids = webhooks.accept(self.server, body) + webhooks.accept(self.server, body)
        self.assertEqual(len(kept(self.server)), 2)
        self.assertEqual([event["id"] for event in kept(self.server)], ids)


class RefusalTest(harness.ServerTest):
    def setUp(self):
        super().setUp()
        self.good = webhooks.encode(webhooks.track())

    def tearDown(self):
        """Nothing that was refused is in the log, and the server takes the next delivery."""
        self.assertNotIn("events", harness.call(self.server, "GetLogInfo"))
        webhooks.accept(self.server, self.good)

    def refuses(self, data, code, *, message=".", field=None):
        """Sends bytes that must be refused with this code and an error; then the connection must end."""
        with webhooks.Connection(self.server.http) as connection:
            answer = connection.ask(data)
            self.assertEqual(answer.code, code, answer)
            self.assertEqual(set(answer.json), {"error"}, answer)
            error = answer.json["error"]
            self.assertLessEqual({"reason", "message"}, set(error))
            self.assertTrue(error["reason"] and error["message"])
            self.assertRegex(error["message"], message)
            if field is not None:
                self.assertRegex(error.get("field", ""), rf"\A{field}\Z")
            self.assertTrue(connection.ended(), "the connection was not closed")
            return answer


class SignatureTest(RefusalTest):
    def test_refuses_a_body_changed_after_signing(self):
        body = self.good.replace(b"Button", b"Buttom")
        self.refuses(webhooks.request(body, signatures=[webhooks.sign(self.good)]), 401)

    def test_refuses_a_body_serialised_again(self):
        body = json.dumps(json.loads(self.good), separators=(",", ":"))
        self.refuses(webhooks.request(body, signatures=[webhooks.sign(self.good)]), 401)

    def test_refuses_another_secret(self):
        self.refuses(webhooks.request(self.good, signatures=[webhooks.sign(self.good, "another")]), 401)

    def test_refuses_two_values_whichever_is_right(self):
        right, wrong = webhooks.sign(self.good), webhooks.sign(self.good, "another")
        for signatures in ([right, wrong], [wrong, right]):
            self.refuses(webhooks.request(self.good, signatures=signatures), 401)

    def test_refuses_what_is_no_signature(self):
        right = webhooks.sign(self.good)
        for value in ("", "sha256=", right[:-1], right + "0", right[:-1] + "g", "sha512=" + right,
                      "sha256=sha256=" + right):
            with self.subTest(value=value):
                self.refuses(webhooks.request(self.good, signatures=[value]), 401)

    def test_says_nothing_of_what_is_wrong_with_a_signature(self):
        answers = [self.refuses(webhooks.request(self.good, signatures=signatures), 401).json
                   for signatures in ([], ["nonsense"], [webhooks.sign(self.good, "another")])]
        self.assertEqual(answers[1:], answers[:-1])

    def test_verifies_before_it_parses(self):
        self.refuses(webhooks.request("{", signatures=["0" * 64]), 401)


class SignatureFormTest(harness.ServerTest):
    def test_takes_one_value_given_twice(self):
        body = webhooks.track()
        webhooks.accept(self.server, body, signatures=[webhooks.sign(body)] * 2)

    def test_takes_upper_case_and_the_prefix(self):
        for form in (str.upper, "sha256={}".format):
            body = webhooks.track()
            webhooks.accept(self.server, body, signatures=[form(webhooks.sign(body))])

    def test_equal_values_have_signatures_of_their_own(self):
        server = self.start(secret="amplitude-test-secret")
        compact = ('{"type":"event.track","created_at":"2026-01-02T03:04:05.000Z","data":{"type":"event.track",'
                   '"event_id":"e-1","event_type":"Button Clicked","time":1767323045000}}')
        spaced = compact.replace('":', '": ').replace(',"', ', "')
        signed = {compact: "943520705ff64c6944b3d6a8294a7ece64823c0b78dcaee778b615e9184896d1",
                  spaced: "64412db9ce7ce6620880ba231de79196b8396d98a520b72083795f0b4d4117c7"}
        for body in signed:
            for owner, signature in signed.items():
                with self.subTest(body=body, signature=signature):
                    answer = webhooks.post(server, body, signatures=[signature])
                    self.assertEqual(answer.code, 200 if owner == body else 401)


class NotJsonTest(RefusalTest):
    def test_says_where_it_is_not_json(self):
        cases = [
            (b'{"type":"\xff"}', 9), (b'{"type":"\xc0\xaf"}', 9), (b'{"type":"\\ud800"}', 9),
            (b'{"type":"\\udc00"}', 9), (b'{"a":NaN}', 5), (b'{"a":Infinity}', 5), (b'{"a":01}', 5), (b'{"a":1.}', 5),
            (b'{"a":-}', 5), (b'{"a":+1}', 5),
            (b'{"type":"a"} x', 13), (b'{"type":"a"}{}', 12), (b'\xef\xbb\xbf{"type":"a"}', 0),
            (b"7", 0), (b'"text"', 0), (b"null", 0), (b"true", 0), (b"", 0), (b"   ", 3),
            (b"{", 1), (b'{"a"', 4), (b'{"a":}', 5), (b'{"a":1,}', 7), (b"[1,]", 3), (b"{'a':1}", 1), (b'{"a" 1}', 5),
            (b'{"a":1 "b":2}', 7), (b'{"a":"\x01"}', 6), (b'{"a":"\\x"}', 6), (b'{"a":tru}', 5),
            (b'{"a":"b', 5), (b"[", 1),
        ]
        for body, place in cases:
            for where, before in (("at the top", b""), ("in an unknown field", b'{"type":"made.up","data":')):
                if before and not (body.startswith(b'{"a"') and body.endswith(b"}")):
                    continue
                with self.subTest(body=body, where=where):
                    whole = before + body + (b"}" if before else b"")
                    answer = self.refuses(webhooks.request(whole), 400)
                    found = [int(number) for number in re.findall(r"\d+", answer.json["error"]["message"])]
                    wanted = len(before) + place
                    self.assertTrue(any(abs(number - wanted) <= 2 for number in found), answer.json)

    def test_refuses_what_is_nested_too_deep(self):
        for opening, closing in ((b'{"k":', b"}"), (b"[", b"]")):
            depth = 65
            self.refuses(webhooks.request(opening * depth + b"1" + closing * depth), 400, message=r"64")
        # An envelope, its data and the map are three levels.
        deep = b'{"type":"event.track","data":{"event_type":"A","time":1,"event_properties":{"k":%s}}}'
        self.refuses(webhooks.request(deep % (b"[" * 62 + b"]" * 62)), 400)
        taken = webhooks.post(self.start(), deep % (b"[" * 61 + b"]" * 61))
        self.assertEqual(taken.code, 200)

    def test_refuses_bombs_of_brackets(self):
        self.refuses(webhooks.request(b"[" * 4_000_000), 400)


class SchemaTest(RefusalTest):
    def test_names_the_required_field_that_is_missing(self):
        for webhook in webhooks.SEVEN:
            for name in webhook.data:
                rest = {key: value for key, value in webhook.data.items() if key != name}
                for body, field in ((webhooks.item(webhook.names[0], **rest), rf"data\.{name}"),
                                    (webhooks.item(webhook.names[1], **rest, **{name: None}), rf"data\.{name}"),
                                    ({"type": webhook.names[0], **rest}, name)):
                    with self.subTest(body=body):
                        self.refuses(webhooks.request(body), 422, field=field)

    def test_names_the_field_of_the_wrong_type(self):
        cases = [("events.track", "event_type", {}), ("events.track", "time", True),
                 ("events.track", "time", "yesterday"), ("events.track", "time", 1e30),
                 ("events.track", "time", "10000-01-01"), ("events.track", "user_id", ["u"]),
                 ("events.track", "event_properties", []), ("events.track", "session_id", "x"),
                 ("events.track", "session_id", 1.5), ("annotations.created", "id", "x"),
                 ("annotations.created", "date", 3),
                 ("annotations.created", "date", "2026-02-30"), ("monitors.alert", "value", "high"),
                 ("monitors.alert", "recipients", "ann"), ("cohorts.computed", "size", 1.5),
                 ("cohorts.computed", "published", "perhaps"), ("experiments.exposure", "metadata", "none")]
        whole = {webhook.names[0]: webhook.data for webhook in webhooks.SEVEN}
        for name, field, value in cases:
            with self.subTest(name=name, field=field, value=value):
                body = webhooks.item(name, **{**whole[name], field: value})
                self.refuses(webhooks.request(body), 422, field=rf"data\.{field}")

    def test_names_the_path_inside_of_lists_and_objects(self):
        whole = {webhook.names[0]: webhook.data for webhook in webhooks.SEVEN}
        body = webhooks.item("monitors.alert", **whole["monitors.alert"], recipients=["ann", {}])
        self.refuses(webhooks.request(body), 422, field=r"data\.recipients\[1\]")
        body = webhooks.item("experiments.exposure", **whole["experiments.exposure"], metadata={"flag_version": "x"})
        self.refuses(webhooks.request(body), 422, field=r"data\.metadata\.flag_version")

    def test_refuses_objects_of_no_known_shape(self):
        for body in ({}, {"a": 1}, {"data": {}}, {"type": None, "data": {}}, {"type": 7, "data": {}}):
            with self.subTest(body=body):
                self.refuses(webhooks.request(body), 422, field="type")
        for data in (7, "text", [], True):
            with self.subTest(data=data):
                self.refuses(webhooks.request({**ENVELOPE, "data": data}), 422, field="data")

    def test_keeps_nothing_of_an_array_with_a_bad_third_item(self):
        for bad, field in (({**ENVELOPE, "data": {"time": 1}}, r"\[2\]\.data\.event_type"), (7, r"\[2\]"),
                           ({"a": 1}, r"\[2\]\.type")):
            with self.subTest(bad=bad):
                body = [webhooks.track(), webhooks.track(), bad, webhooks.track()]
                self.refuses(webhooks.request(body), 422, field=field)
                self.assertEqual(kept(self.server), [])


class LimitTest(RefusalTest):
    def test_refuses_a_body_over_the_limit_before_it_is_read(self):
        fields = [("Content-Type", "application/json"), (webhooks.SIGNATURE, "0" * 64)]
        for size in ((4 << 20) + 1, 1 << 40, 10 ** 30):
            with self.subTest(size=size):
                self.refuses(webhooks.head([*fields, ("Content-Length", size)]), 413, message="4194304|4 MiB")

    def test_a_sender_of_a_whole_body_over_the_limit_sees_the_answer(self):
        for size in ((4 << 20) + 1, 5 << 20, 16 << 20):
            with self.subTest(size=size):
                self.refuses(webhooks.request(b" " * size), 413)

    def test_refuses_more_values_than_20000(self):
        body = webhooks.track(event_properties={"list": [0] * 20_001})
        self.refuses(webhooks.request(body), 422, message="20,?000")
        self.refuses(webhooks.request([webhooks.track(), body]), 422, field=r"\[1\].*")

    def test_refuses_an_event_over_1_mib(self):
        body = webhooks.track(event_properties={"blob": "x" * (1 << 20)})
        self.refuses(webhooks.request(body), 422, message="1,?048,?576|1 MiB")
        self.refuses(webhooks.request([webhooks.track(), body]), 422, field=r"\[1\].*")

    def test_refuses_more_events_than_5000(self):
        self.refuses(webhooks.request([webhooks.track() for _ in range(5_001)]), 422, message="5,?000")


class LimitReachedTest(harness.ServerTest):
    def test_takes_what_is_just_within_the_limits(self):
        webhooks.accept(self.server, [webhooks.track() for _ in range(5_000)])
        webhooks.accept(self.server, webhooks.track(event_properties={"list": [0] * 19_900}))
        webhooks.accept(self.server, webhooks.track(event_properties={"blob": "x" * (1_048_000)}))
        body = webhooks.encode(webhooks.track())
        webhooks.accept(self.server, body + b" " * ((4 << 20) - len(body)))

    def test_takes_a_body_after_many_that_ended_early(self):
        """What had come of those is more, taken together, than may be under way."""
        start = webhooks.head([("Content-Type", "application/json"), ("Content-Length", 4 << 20)]) + b" " * (2 << 20)
        for _ in range(40):
            name, port = self.server.http.rsplit(":", 1)
            with socket.create_connection((name, int(port)), timeout=harness.LIMIT) as sender:
                sender.sendall(start)
                sender.shutdown(socket.SHUT_WR)
                self.assertEqual(sender.recv(12), b"HTTP/1.1 408")
        webhooks.accept(self.server, webhooks.track())


class RequestTest(RefusalTest):
    def fields(self, *more):
        """A good request's header fields but for the length."""
        return [("Content-Type", "application/json"), (webhooks.SIGNATURE, webhooks.sign(self.good)), *more]

    def test_refuses_unknown_sources_and_paths(self):
        for path in ("/webhooks/amplitude/other", "/webhooks/amplitude/", "/webhooks/amplitude", "/", "/livez",
                     "/metrics", "/webhooks/amplitude/default/", "/webhooks/amplitude/default/x",
                     "/webhooks/amplitude/Default"):
            with self.subTest(path=path):
                self.refuses(webhooks.request(self.good, path=path), 404)

    def test_refuses_other_methods_and_says_which_it_takes(self):
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method=method):
                answer = self.refuses(webhooks.head(self.fields(("Content-Length", 0)), method=method), 405)
                self.assertEqual(answer.headers["Allow"], "POST")

    def test_refuses_content_that_is_not_json(self):
        for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp",
                             "application/json/x"):
            with self.subTest(content_type=content_type):
                self.refuses(webhooks.request(self.good, content_type=content_type), 415)
        for encoding in ("gzip", "br", "nonsense"):
            with self.subTest(encoding=encoding):
                self.refuses(webhooks.request(self.good, more=[("Content-Encoding", encoding)]), 415)

    def test_refuses_a_request_without_a_length(self):
        self.refuses(webhooks.head(self.fields()), 411)

    def test_refuses_transfer_encodings(self):
        chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.good), self.good)
        for encoding in ("chunked", "gzip, chunked", "identity"):
            with self.subTest(encoding=encoding):
                self.refuses(webhooks.head(self.fields(("Transfer-Encoding", encoding))) + chunked, 501)

    def test_refuses_a_length_that_is_none(self):
        right = len(self.good)
        for lengths in (["abc"], ["-1"], ["+1"], [f"{right}x"], ["0x10"], [f"{right}, {right + 1}"], ["1.0"], [""],
                        [right, right + 1], [right, right]):
            with self.subTest(lengths=lengths):
                fields = self.fields(*(("Content-Length", length) for length in lengths))
                self.refuses(webhooks.head(fields) + self.good, 400)

    def test_refuses_both_lengths_at_once(self):
        fields = self.fields(("Content-Length", len(self.good)), ("Transfer-Encoding", "chunked"))
        self.refuses(webhooks.head(fields) + self.good, 400)

    def test_refuses_a_malformed_request(self):
        for data in (b"nonsense\r\n\r\n", b"POST\r\n\r\n", b"POST /webhooks/amplitude/default HTTP/9.9\r\n\r\n"):
            with self.subTest(data=data):
                self.refuses(data, 400)

    def test_refuses_a_header_line_that_is_none(self):
        start = f"POST {webhooks.PATH} HTTP/1.1\r\nHost: a\r\n".encode()
        rest = b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(self.good), self.good)
        for line in (b"no colon", b": no name", b"Blank before : it", b" a folded line", b"N(ame: a", b"Name: \x00",
                     b"Name: a\nb: c", b"Name: a\rb"):
            with self.subTest(line=line):
                self.refuses(start + line + b"\r\n" + rest, 400)

    def test_never_takes_a_refused_body_for_the_next_request(self):
        hidden = webhooks.request(self.good)
        for outer in (webhooks.request(hidden, signatures=["0" * 64]),
                      webhooks.request(hidden, content_type="text/plain"), webhooks.request(hidden, path="/other"),
                      webhooks.head([("Content-Length", len(hidden))], "GET") + hidden):
            with webhooks.Connection(self.server.http) as connection:
                self.assertNotEqual(connection.ask(outer).code, 200)
                self.assertTrue(connection.ended())


if __name__ == "__main__":
    harness.main()
