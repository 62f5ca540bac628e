"""Prints `PASSED FAILED`: how many tests passed and failed, from the file of `bazel test --build_event_json_file`.

A test that passed after a retry, or earlier and unchanged, passed. One that could not be built, ran out of time or was
not run failed. The file's format: https://bazel.build/remote/bep.
"""

import json
import sys


def count(lines):
    """Both numbers, from the lines of the file."""
    tests, unbuilt, outcomes = set(), set(), {}
    for event in map(json.loads, lines):
        for kind, name in event["id"].items():
            label = name.get("label")
            if kind == "targetConfigured" and "testSize" in event.get("configured", {}):
                tests.add(label)
            elif kind == "targetCompleted" and not event.get("completed", {}).get("success"):
                unbuilt.add(label)
            elif kind == "testSummary":
                outcomes[label] = event["testSummary"]["overallStatus"]
    passed = sum(outcome in ("PASSED", "FLAKY") for outcome in outcomes.values())
    return passed, len(outcomes.keys() | (tests & unbuilt)) - passed


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as events:
        print(*count(events))
