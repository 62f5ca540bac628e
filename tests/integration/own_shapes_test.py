"""The shapes that Amplitude itself posts arrive typed, under each scheme that says who posted them.

Each sample is posted twice, byte by byte the same: with a token, as Amplitude's webhooks can be told to send it, and
with an HMAC signature, as a relay between Amplitude and here would add it.
"""

import itertools
import json
import time

import harness
import subscriber
import webhooks
from own_shapes import (ALERT, ALERTED, CHART_TYPED, COHORT, EXPORT, EXPORT_TYPED, FIXED, FLAG_CHANGED, IDENTIFIED,
                        IDENTIFY, MEMBERSHIP, MONITOR, SAMPLES, SECRETS, TOKEN_HEADER, TOKENS, TRACK, OwnShapesTest,
                        fresh, relayed, rest, token, tracked)


class ExportTest(OwnShapesTest):
    def test_the_sample_arrives(self):
        self.arrives(EXPORT, "events_track", TRACK)

    def test_fields_of_many_types_arrive_as_they_came(self):
        variants = {"paying": [True, False, None, "true", 1], "sample_rate": [None, 0.5, 1, "0.5"],
                    "amplitude_attribution_ids": [None, "a-1", ["a-1", "a-2"], []],
                    "dma": ["", "Paris, FR"], "location_lat": [48.85, "48.85", ""], "is_attribution_event": [True]}
        for name, values in variants.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    body = fresh(**{name: value})
                    self.arrives(body, "events_track", tracked(body, additional={name: value}))

    def test_reads_each_form_of_time(self):
        for sent, read in [("2022-02-28 20:07:01.795", "2022-02-28T20:07:01.795Z"),
                           ("2022-02-28 20:07:01.795000", "2022-02-28T20:07:01.795Z"),
                           ("2022-02-28 20:07:01", "2022-02-28T20:07:01Z"),
                           ("2022-10-24T20:07:32.123", "2022-10-24T20:07:32.123Z"),
                           ("2022-10-24T20:07:32.123Z", "2022-10-24T20:07:32.123Z"),
                           ("2022-10-24T20:07:32.123+02:00", "2022-10-24T18:07:32.123Z"),
                           ("2022-10-24 20:07:32.123-05:30", "2022-10-25T01:37:32.123Z"),
                           ("1646107621000", "2022-03-01T04:07:01Z"), (1646107621000, "2022-03-01T04:07:01Z")]:
            with self.subTest(sent=sent):
                body = fresh(event_time=sent)
                self.arrives(body, "events_track", tracked(body, time=read))

    def test_takes_the_best_time_there_is(self):
        none = {"event_time": None}
        received = {**none, "client_event_time": None}
        for changes, read in [(none, "2026-01-02T03:04:05.600Z"), ({"event_time": ""}, "2026-01-02T03:04:05.600Z"),
                              ({**none, "time": 1767323040000}, "2026-01-02T03:04:00Z"),
                              (received, "2026-01-02T03:04:06.078Z")]:
            with self.subTest(changes=changes):
                body = fresh(**changes)
                for event in self.either(body):
                    self.assertEqual(subscriber.fields(event.events_track)["time"], read)
                    self.assertEqual(event.occur_time, event.events_track.time)
                    self.assertNotIn("event_time", event.events_track.additional_fields.fields)

    def test_what_has_no_time_occurred_when_it_came(self):
        body = fresh(None, "client_event_time", "server_received_time", event_time=None)
        self.arrives(body, "events_track", tracked(body, "time", "client_event_time", "server_received_time"))

    def test_an_event_needs_no_more_than_its_type(self):
        body = {"event_type": "Alone", "event_time": None}
        self.arrives(body, "events_track", {"event_type": "Alone"})
        nulls = {**dict.fromkeys(EXPORT), "event_type": "Alone"}
        self.arrives(nulls, "events_track",
                     {"event_type": "Alone", "additional_fields": dict.fromkeys(
                         set(EXPORT) - EXPORT_TYPED - {"client_event_time", "server_received_time"})})

    def test_an_empty_string_is_the_same_as_absent(self):
        empty = {name: "" for name in EXPORT_TYPED - {"event_type", "event_time", "$insert_id"}}
        body = fresh(**empty)
        self.arrives(body, "events_track", tracked(body, "user_id", "device_id", "session_id", "event_id",
                                                   "app_version", "platform", "event_properties", "user_properties"))

    def test_other_spellings_and_numbers_of_people(self):
        body = fresh(None, "$insert_id", "version_name", insert_id="mine", app_version="7", session_id="3,000,000")
        self.arrives(body, "events_track", {**TRACK, "insert_id": "mine", "app_version": "7", "session_id": 3000000})

    def test_an_http_v2_event_arrives(self):
        body = {"event_type": "Bought", "time": 1767323045678, "user_id": "u", "insert_id": "h-1", "price": 9.5}
        self.arrives(body, "events_track", {
            "event_type": "Bought", "time": "2026-01-02T03:04:05.678Z", "user_id": "u", "insert_id": "h-1",
            "additional_fields": {"price": 9.5}})

    def test_an_array_of_events_arrives_in_order(self):
        bodies = [fresh(user_id=f"u-{place}") for place in range(20)]
        self.arrives(bodies, "events_track", *(tracked(body, user_id=body["user_id"]) for body in bodies))

    def test_a_retry_is_a_duplicate_under_either_token(self):
        body = fresh()
        (event,) = self.post("amplitude", body, token("TOKEN_A"))
        answer = webhooks.post_to(self.server, "amplitude", body, token("TOKEN_B"))
        self.assertEqual(answer.json, {"accepted": 0, "duplicates": 1, "ids": [event.id]})

    def either(self, body):
        """The events of a body that was posted both ways."""
        text = webhooks.encode(body)
        return [*self.post("amplitude", text, token()), *self.post("relay", text, relayed(text))]


class MeaningTest(OwnShapesTest):
    def test_an_identify_event_is_an_identify(self):
        body = fresh(event_type="$identify", user_properties={"$set": {"plan": "pro"}, "$unset": {"trial": "-"}})
        additional = {**TRACK["additional_fields"], "session_id": 1767323000000, "event_id": 42,
                      "event_properties": EXPORT["event_properties"]}
        self.arrives(body, "events_identify", {
            "time": TRACK["time"], "user_id": "user-1", "device_id": "dev-1", "app_version": "2.1.3", "platform": "iOS",
            "insert_id": body["$insert_id"], "user_properties": body["user_properties"],
            "additional_fields": additional})

    def test_an_exposure_is_an_exposure(self):
        keys = [("$exposure", ("flag_key", "variant", "experiment_key")),
                ("[Experiment] Exposure", ("[Experiment] Flag Key", "[Experiment] Variant",
                                           "[Experiment] Experiment Key"))]
        for event_type, names in keys:
            with self.subTest(event_type=event_type):
                properties = dict(zip(names, ("checkout-v2", "treatment", "exp-1")))
                body = fresh(event_type=event_type, event_properties={**properties, "more": {"a": 1}})
                self.arrives(body, "experiments_exposure",
                             self.exposure(body, variant="treatment", experiment_key="exp-1"))
                body = fresh(event_type=event_type, event_properties={names[0]: "checkout-v2", "more": {"a": 1}})
                self.arrives(body, "experiments_exposure", self.exposure(body))

    def exposure(self, body, **more):
        """What such a sample becomes."""
        user = {"country": "France", "city": "Paris", "region": "Paris", "language": "French", "platform": "iOS",
                "os": "ios", "user_properties": {"plan": "pro"}}
        taken = {"country", "city", "region", "language", "os_name"}
        additional = {**rest(TRACK["additional_fields"], taken), "session_id": 1767323000000, "event_id": 42,
                      "version_name": "2.1.3", "$insert_id": body["$insert_id"], "event_properties": {"more": {"a": 1}}}
        return {"flag_key": "checkout-v2", "time": TRACK["time"], "user_id": "user-1", "device_id": "dev-1",
                "user": user, "additional_fields": additional, **more}

    def test_other_events_of_amplitude_are_events(self):
        for event_type in ("[Experiment] Assignment", "[Amplitude] Start Session", "[Amplitude] End Session",
                           "[Amplitude] Revenue", "$groupidentify", "session_start", "événement ✓"):
            with self.subTest(event_type=event_type):
                body = fresh(event_type=event_type)
                self.arrives(body, "events_track", tracked(body, event_type=event_type))


class IdentifyTest(OwnShapesTest):
    def test_the_sample_arrives(self):
        self.arrives(IDENTIFY, "events_identify", IDENTIFIED)

    def test_one_id_is_enough(self):
        for name in ("user_id", "device_id"):
            for body in (fresh(IDENTIFY, name), fresh(IDENTIFY, **{name: None}), fresh(IDENTIFY, **{name: ""})):
                with self.subTest(without=name, sent=body.get(name, "absent")):
                    self.arrives(body, "events_identify", rest(IDENTIFIED, {name}))

    def test_groups_stand_for_properties(self):
        self.arrives({"user_id": "u", "groups": {"org": ["15"]}}, "events_identify",
                     {"user_id": "u", "additional_fields": {"groups": {"org": ["15"]}}})

    def test_paying_arrives_as_it_came(self):
        for value in (True, False, None, "true", 1, ""):
            with self.subTest(value=value):
                self.arrives(fresh(IDENTIFY, paying=value), "events_identify", {
                    **IDENTIFIED, "additional_fields": {**IDENTIFIED["additional_fields"], "paying": value}})

    def test_empty_strings_are_the_same_as_absent(self):
        self.arrives(fresh(IDENTIFY, app_version="", platform=""), "events_identify",
                     rest(IDENTIFIED, {"app_version", "platform"}))


class CohortTest(OwnShapesTest):
    def test_the_sample_arrives(self):
        self.arrives(COHORT, "cohorts_membership", MEMBERSHIP)

    def test_users_leave(self):
        for value in (False, "false", 0):
            with self.subTest(value=value):
                body = fresh(COHORT, in_cohort=value, message_id=f"leave-{value!r}")
                self.arrives(body, "cohorts_membership",
                             {**MEMBERSHIP, "in_cohort": False, "message_id": body["message_id"]})

    def test_a_user_has_what_the_cohort_sends_of_it(self):
        users = [{"user_id": "u", "device_id": "d", "user_properties": {"plan": "pro", "n": 3}, "amplitude_id": 7},
                 {"device_id": "d", "user_id": ""}, {"user_id": 15}, {}]
        typed = [{"user_id": "u", "device_id": "d", "user_properties": {"plan": "pro", "n": 3},
                  "additional_fields": {"amplitude_id": 7}}, {"device_id": "d"}, {"user_id": "15"}, {}]
        self.arrives(fresh(COHORT, message_id="users", users=users, region="eu"), "cohorts_membership",
                     {**MEMBERSHIP, "message_id": "users", "users": typed, "additional_fields": {"region": "eu"}})

    def test_what_may_be_absent_is_absent(self):
        for value in ("", None):
            body = fresh(COHORT, cohort_name=value, computed_time=value, message_id=value)
            with self.subTest(value=value):
                self.arrives(body, "cohorts_membership",
                             rest(MEMBERSHIP, {"cohort_name", "computed_time", "message_id"}))

    def test_2500_users_are_3_events_of_one_delivery(self):
        users = [{"user_id": f"user-{place}", "user_properties": {"plan": "pro"}} for place in range(2500)]
        parts = [{**MEMBERSHIP, "message_id": "many", "part": part, "parts": 3, "users": users[first:first + 1000],
                  "additional_fields": {"region": "eu"}} for part, first in ((1, 0), (2, 1000), (3, 2000))]
        body = fresh(COHORT, message_id="many", users=users, region="eu")
        self.arrives(body, "cohorts_membership", *parts)
        answer = webhooks.post_to(self.server, "amplitude", body, token())
        self.assertEqual((answer.code, answer.json["accepted"], answer.json["duplicates"]), (200, 0, 3), answer)

    def test_10000_users_are_10_events(self):
        users = [{"user_id": f"user-{place}"} for place in range(10_000)]
        events = self.post("amplitude", fresh(COHORT, message_id="most", users=users), token())
        read = [user.user_id for event in events for user in event.cohorts_membership.users]
        self.assertEqual(read, [user["user_id"] for user in users])
        self.assertEqual([(event.cohorts_membership.part, event.cohorts_membership.parts) for event in events],
                         [(part, 10) for part in range(1, 11)])

    def test_no_users_are_no_event(self):
        answer = webhooks.post_to(self.server, "amplitude", fresh(COHORT, users=[]), token())
        self.assertEqual((answer.code, answer.json), (200, {"accepted": 0, "duplicates": 0, "ids": []}))

    def test_the_message_id_tells_retries(self):
        body = fresh(COHORT, message_id="retried")
        (event,) = self.post("amplitude", body, token())
        again = {**body, "computed_time": "1692206999"}
        answer = webhooks.post_to(self.server, "amplitude", again, token())
        self.assertEqual(answer.json, {"accepted": 0, "duplicates": 1, "ids": [event.id]})
        self.assertEqual(len(self.post("amplitude", {**body, "message_id": "another"}, token())), 1)


class MonitorTest(OwnShapesTest):
    def chart(self, **changes):
        """The sample's chart with these fields in place of its own."""
        return fresh(MONITOR["charts"][0], **changes)

    def test_the_sample_arrives(self):
        self.arrives(MONITOR, "monitors_alert", ALERTED)

    def test_several_charts_are_several_events(self):
        other = self.chart(header="Errors", chart_url="https://app.amplitude.com/analytics/acme/chart/def456?from=mail",
                           what_happened="2026-01-02 15:30:00: 1,234.5 is higher than the threshold 1,000.")
        typed = {**ALERTED, "monitor_id": "def456", "monitor_name": "Errors", "chart_id": "def456", "value": 1234.5,
                 "threshold": 1000, "condition": "higher", "triggered_at": "2026-01-02T15:30:00Z",
                 "additional_fields": rest(other, CHART_TYPED)}
        self.arrives({"charts": [self.chart(), other]}, "monitors_alert", ALERTED, typed)

    def test_no_chart_is_no_event(self):
        for source, body, fields in [("amplitude", b'{"charts":[]}', token()),
                                     ("relay", b'{"charts":[]}', relayed(b'{"charts":[]}'))]:
            answer = webhooks.post_to(self.server, source, body, fields)
            self.assertEqual((answer.code, answer.json), (200, {"accepted": 0, "duplicates": 0, "ids": []}))

    def test_another_sentence_is_kept_and_occurred_when_it_came(self):
        for sentence in ("Something happened.", "", None, "today: 4 is lower than the threshold 5.",
                         "2026-01-02 14:00:00: 44.4 is near the threshold 55.0."):
            with self.subTest(sentence=sentence):
                chart = self.chart(what_happened=sentence)
                typed = {"monitor_id": "abc123", "monitor_name": "DAU drop", "chart_id": "abc123",
                         "additional_fields": rest(chart, CHART_TYPED)}
                self.arrives({"charts": [chart]}, "monitors_alert", typed)

    def test_an_id_of_its_own_goes_before_the_url(self):
        chart = self.chart(monitor_id=17, chart_id="c-1")
        typed = {**ALERTED, "monitor_id": "17", "chart_id": "c-1"}
        self.arrives({"charts": [chart], "org": "acme"}, "monitors_alert",
                     {**typed, "additional_fields": {**ALERTED["additional_fields"], "org": "acme"}})


class AlertTest(OwnShapesTest):
    OPTIONAL = {"scope_param": "scopeParam", "scope_param_name": "scopeParamName", "flag": "flag",
                "old_flag": "oldFlag"}

    def everywhere(self, body, values):
        """An alert arrives with a token, with a relay's signature, and signed as Amplitude Experiment does."""
        self.arrives(body, "experiments_flag_changed", values)
        events = self.post("experiment", body, webhooks.knock_fields(body, SECRETS["KNOCK"]))
        self.holds(events, "experiment", "experiments_flag_changed", values)

    def test_the_sample_arrives(self):
        self.everywhere(ALERT, FLAG_CHANGED)

    def test_what_may_be_absent_is_absent(self):
        for without in [[one] for one in self.OPTIONAL] + [list(self.OPTIONAL)]:
            names = [self.OPTIONAL[one] for one in without]
            for body in (fresh(ALERT, *names), fresh(ALERT, **dict.fromkeys(names))):
                with self.subTest(without=without):
                    self.everywhere(body, rest(FLAG_CHANGED, without))

    def test_each_scope_and_action_arrives(self):
        for scope, action in zip(("exp_deployment", "project", "exp_tags"), ("created", "deleted", "updated")):
            with self.subTest(scope=scope, action=action):
                self.everywhere(fresh(ALERT, scope=scope, action=action, scopeParam="tag", url="https://example.com"),
                                {**FLAG_CHANGED, "scope": scope, "action": action, "scope_param": "tag",
                                 "additional_fields": {"url": "https://example.com"}})

    def test_empty_strings_are_the_same_as_absent(self):
        self.everywhere(fresh(ALERT, scopeParam="", scopeParamName="", flag="", oldFlag=""),
                        rest(FLAG_CHANGED, self.OPTIONAL))

    def test_any_live_key_and_any_time_will_do(self):
        for secret, milliseconds in ((SECRETS["KNOCK_OLD"], 1767323045678), (SECRETS["KNOCK"], 1)):
            events = self.post("experiment", ALERT, webhooks.knock_fields(ALERT, secret, milliseconds))
            self.holds(events, "experiment", "experiments_flag_changed", FLAG_CHANGED)


class SchemeTest(OwnShapesTest):
    def test_standard_webhooks(self):
        for secret in ("STD", "STD_OLD"):
            body = fresh()
            events = self.post("std", body, webhooks.standard_fields(body, SECRETS[secret]))
            self.holds(events, "std", "events_track", tracked(body))

    def test_standard_webhooks_hold_the_time_against_the_clock(self):
        now = int(time.time())
        for seconds in (now - 3600, now + 3600, 0):
            fields = webhooks.standard_fields(EXPORT, SECRETS["STD"], seconds)
            self.refuses("std", EXPORT, fields, 401, "webhook-timestamp")

    def test_a_wrong_token_is_refused(self):
        wrong = [[(TOKEN_HEADER, "wrong")], [(TOKEN_HEADER, "")], [], token("TOKEN_OTHER"),
                 [(TOKEN_HEADER, f"Bearer {TOKENS['TOKEN_A']}")], [(TOKEN_HEADER, TOKENS["TOKEN_A"][:-1])],
                 [("authorization", TOKENS["TOKEN_A"])], relayed(EXPORT)]
        for fields in wrong:
            with self.subTest(fields=fields):
                self.refuses("amplitude", EXPORT, fields, 401)
        self.refuses("other", EXPORT, token(), 401)
        self.refuses("relay", EXPORT, token(), 401)

    def test_a_wrong_signature_is_refused(self):
        other = fresh()
        for source, fields in [
                ("relay", relayed(other)), ("relay", []),
                ("relay", [("x-hub-signature-256", "sha256=" + webhooks.sign(EXPORT, "another"))]),
                ("experiment", webhooks.knock_fields(other, SECRETS["KNOCK"])), ("experiment", []),
                ("experiment", webhooks.knock_fields(EXPORT, "another")), ("experiment", relayed(EXPORT)),
                ("experiment", [("x-knock-signature", "t=1," + webhooks.knock_fields(
                    EXPORT, SECRETS["KNOCK"])[0][1].split(",")[1])]),
                ("std", webhooks.standard_fields(other, SECRETS["STD"])), ("std", []),
                ("std", webhooks.standard_fields(EXPORT, "YW5vdGhlcg=="))]:
            with self.subTest(source=source, fields=fields):
                self.refuses(source, EXPORT, fields, 401)

    def test_no_token_or_key_is_logged(self):
        self.refuses("amplitude", EXPORT, token("TOKEN_OTHER"), 401)
        self.post("amplitude", EXPORT, token())
        logged = self.server.stderr()
        for one in [*TOKENS.values(), *SECRETS.values()]:
            self.assertNotIn(one, logged)


class RefusalTest(OwnShapesTest):
    def test_users_without_a_cohort_are_refused_with_what_to_do(self):
        for body in ([{"user_id": "u"}], COHORT["users"], [{"user_id": "u", "user_properties": {"plan": "pro"}}]):
            with self.subTest(body=body):
                self.refuses_both(body, 422, "template.*cohort_id", field="[0]")

    def test_what_is_required_is_named(self):
        (chart,) = MONITOR["charts"]
        exposure = {"event_type": "[Experiment] Exposure", "event_time": EXPORT["event_time"]}
        cases = [(fresh(COHORT, "in_cohort"), "in_cohort"), (fresh(COHORT, in_cohort="perhaps"), "in_cohort"),
                 ([fresh(), fresh(COHORT, in_cohort="")], "[1].in_cohort"),
                 (fresh(COHORT, users=[{}, 7]), "users[1]"),
                 ({"charts": [fresh(chart, "header")]}, "charts[0].header"),
                 ({"charts": [chart, fresh(chart, header="")]}, "charts[1].header"),
                 ({"charts": [fresh(chart, "chart_url")]}, "charts[0].monitor_id"), ({"charts": [7]}, "charts[0]"),
                 (fresh(ALERT, "flagName"), "flagName"), (fresh(ALERT, flagId="x"), "flagId"),
                 (fresh(ALERT, action=""), "action"), (exposure, "event_properties.[Experiment] Flag Key"),
                 ({**exposure, "event_properties": {}}, "event_properties.[Experiment] Flag Key")]
        for body, field in cases:
            with self.subTest(body=body):
                self.refuses_both(body, 422, field=field)

    def test_what_templates_make_of_numbers_and_quotes_is_no_json(self):
        text = json.dumps(EXPORT)
        for broken in (text.replace("1767323000000", "3,000,000"), text.replace("1767323000000", "3,14"),
                       text.replace("Button Clicked", 'a "quoted" name'), text.replace('"user-1"', "")):
            with self.subTest(broken=broken):
                self.assertNotEqual(broken, text)
                self.refuses_both(broken, 400, r"(byte|offset|line|column) \d+")


class FixedPayloadTest(OwnShapesTest):
    def test_takes_its_own_shape(self):
        payloads = ["events_track", "events_track", "events_identify", "cohorts_membership", "monitors_alert",
                    "experiments_flag_changed"]
        for name, payload in zip(FIXED, payloads):
            with self.subTest(name=name):
                source = f"only-{name.replace('_', '-')}"
                (event,) = self.post(source, SAMPLES[name], token("TOKEN_OTHER"))
                self.assertEqual((event.WhichOneof("payload"), event.source), (payload, source))

    def test_refuses_every_other_shape(self):
        for name, (other, body) in itertools.product(FIXED, SAMPLES.items()):
            if name != other:
                with self.subTest(payload=name, posted=other):
                    self.refuses(f"only-{name.replace('_', '-')}", body, token("TOKEN_OTHER"), 422)

    def test_an_array_of_identifies_arrives_where_nothing_else_is_expected(self):
        bodies = [fresh(IDENTIFY, user_id=f"u-{place}") for place in range(3)]
        events = self.post("only-identify", bodies, token("TOKEN_OTHER"))
        self.holds(events, "only-identify", "events_identify",
                   *({**IDENTIFIED, "user_id": f"u-{place}"} for place in range(3)))


class MetricsTest(OwnShapesTest):
    def test_counts_the_fields_that_could_not_be_understood(self):
        self.assertEqual([self.unread(source) for source in ("amplitude", "relay", "other")], [0, 0, 0])
        body = fresh(session_id="yesterday", user_id=["u"], event_time="soon", event_properties="none")
        kept = {"session_id": "yesterday", "user_id": ["u"], "event_time": "soon", "event_properties": "none"}
        events = self.post("amplitude", body, token())
        values = tracked(body, "session_id", "user_id", "event_properties", "client_event_time",
                         time="2026-01-02T03:04:05.600Z", additional=kept)
        self.holds(events, "amplitude", "events_track", values)
        self.assertEqual([self.unread(source) for source in ("amplitude", "relay", "other")], [4, 0, 0])
        text = webhooks.encode(fresh(COHORT, computed_time="soon"))
        self.post("relay", text, relayed(text))
        self.assertEqual([self.unread(source) for source in ("amplitude", "relay", "other")], [4, 1, 0])

    def test_what_is_understood_or_has_no_field_is_not_counted(self):
        for body in (EXPORT, fresh(paying=1, dma=["x"], user_id=None, session_id=""), IDENTIFY, COHORT, MONITOR, ALERT):
            self.post("amplitude", body, token())
        self.assertEqual(self.unread("amplitude"), 0)


if __name__ == "__main__":
    harness.main()
