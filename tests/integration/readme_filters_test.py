"""The filters that README shows, each run as it is written there."""

import pathlib
import re

import harness
import webhooks


def filters():
    """The lines of the first block after README's heading."""
    text = pathlib.Path("README.md").read_text(encoding="utf-8")
    section = text[text.index("### Filter\n"):]
    return re.search(r"```\n(.*?)```", section, re.DOTALL).group(1).splitlines()


# One event for each filter, which no other filter matches, but for those that are named.
EVENTS = [
    webhooks.item("monitors.alert", monitor_id="m", monitor_name="Errors", triggered_at="2026-01-02T03:04:05Z", value=250),
    webhooks.track(event_type="Purchase", event_properties={"price": 120}),
    webhooks.track(event_type="Sign up", platform="iOS"),
    webhooks.track(event_type="Look", event_properties={"plan": "pro"}),
    webhooks.track(event_type="View", event_properties={"[Amplitude] Page": "/pricing"}),
    webhooks.item("events.identify", time=1767323045678, user_id="u", user_properties={"country": "AT"}),
    webhooks.item("experiments.exposure", flag_key="checkout-v2", variant="treatment", time=1767323045678),
    webhooks.item("cohorts.computed", cohort_id="c", cohort_name="Power users", size=12,
                  computed_at="2026-01-02T03:04:05Z"),
    webhooks.item("annotations.created", id=1, label="Release 7", date="2026-01-02"),
    webhooks.track(event_type="Add", event_properties={"cart": {"items": [{"sku": "B-2"}, {"sku": "A-1"}]}}),
    # What each comes near to.
    webhooks.item("monitors.alert", monitor_id="m", monitor_name="Errors", triggered_at="2026-01-02T03:04:06Z", value=100),
    webhooks.track(event_type="Purchase", event_properties={"price": 99.8}),
    webhooks.track(event_type="Sign up", platform="Web"),
    webhooks.track(event_type="Look", event_properties={"plan": "free"}),
    webhooks.track(event_type="Look", event_properties={"plan": None}),
    webhooks.track(event_type="View", event_properties={"[Amplitude] Page": "/"}),
    webhooks.track(event_type="Add", time=1767000000000, event_properties={"cart": {"items": [{"sku": "A-1"}]}}),
]


class ReadmeFiltersTest(harness.ServerTest):
    def test_each_matches_its_event_alone(self):
        ids = webhooks.accept(self.server, EVENTS)
        shown = filters()
        self.assertEqual(len(shown), 10)
        for number, expression in enumerate(shown):
            with self.subTest(expression=expression):
                events = harness.events_until(self.server, earliest={}, until_caught_up=True,
                                              filter={"expression": expression})
                self.assertEqual([event["id"] for event in events], [ids[number]])
                self.assertTrue(harness.call(self.server, "ValidateFilter", {"filter": {"expression": expression}}))


if __name__ == "__main__":
    harness.main()
