"""Guards invariants 2 and 3 for records on which an expression fails: with `fail` the pipeline stops until its error is dismissed,
with `dead_letter` it never stops; only what fails is missing, its token completes and counts it, and nothing changes by a crash."""

import json
import random
import time

import pytest

SQL = """
CREATE TABLE t (id BIGINT NOT NULL, d BIGINT NOT NULL);
CREATE MATERIALIZED VIEW v AS SELECT id, 1000 / d AS q FROM t;
"""


def rows(first, count, bad):
    return [{"id": i, "d": 0 if i in bad else 1 + i % 7} for i in range(first, first + count)]


def shown(server):
    return {row["id"] for row in server.query("p", "SELECT id FROM v")}


def test_fail_stops_until_the_error_is_dismissed(server):
    server.up("p", SQL)
    server.wait("p", server.ingest("p", "t", rows(0, 50, set())).json()["token"])
    token = server.ingest("p", "t", rows(50, 500, {77, 300})).json()["token"]
    stopped = wait_stopped(server)
    assert stopped["deployment_error"]["error_code"] == "RuntimeError.WorkerPanic", stopped
    assert "offsets=[50,550)" in stopped["deployment_error"]["message"], stopped
    answer = server.post("/v0/pipelines/p/start?dismiss_error=false")
    assert answer.status_code == 400, answer.text
    server.post("/v0/pipelines/p/start?dismiss_error=true")
    server.wait_status("p", "Running")
    past = server.status("p", token)
    assert past.status_code == 410, past.text
    done = server.wait("p", past.json()["details"]["successor"])
    assert done["dead"] == 2 and done["accepted"] == 500, done
    assert shown(server) == set(range(550)) - {77, 300}
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert shown(server) == set(range(550)) - {77, 300}
    again = server.status("p", token).json()["details"]["successor"]
    assert server.wait("p", again)["dead"] == 2
    # Consent was for that range only.
    server.ingest("p", "t", rows(550, 1, {550}))
    assert wait_stopped(server)["deployment_error"]["error_code"] == "RuntimeError.WorkerPanic"


def wait_stopped(server):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        pipeline = server.get("/v0/pipelines/p?selector=status").json()
        if pipeline["deployment_status"] == "Stopped" and pipeline.get("deployment_error"):
            return pipeline
        time.sleep(0.01)
    raise AssertionError(f"not stopped: {pipeline}")


@pytest.mark.parametrize("seed", range(3))
def test_dead_letter_never_stops(server, seed):
    rng = random.Random(seed)
    config = {"on_row_error": "dead_letter", "fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}}
    server.up("p", SQL, config)
    incarnation = server.stats("p")["global_metrics"]["incarnation_uuid"]
    first, bad = 0, set()
    for _ in range(10):
        count = rng.choice([1, 10, 1000])
        wrong = {first + i for i in range(count) if rng.random() < rng.choice([0, 0.01, 0.5])}
        done = server.wait("p", server.ingest("p", "t", rows(first, count, wrong)).json()["token"])
        assert done["dead"] == len(wrong) and done["accepted"] == count, done
        bad |= wrong
        first += count
    assert shown(server) == set(range(first)) - bad
    metrics = server.stats("p")["global_metrics"]
    assert metrics["incarnation_uuid"] == incarnation, "the pipeline was restarted"
    assert metrics["total_processed_records"] == metrics["total_input_records"] == first
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert shown(server) == set(range(first)) - bad


def test_failed_records_are_dead_letters_like_refused_ones(server):
    """One list, one space of ids: refused and failed records are found by token and reason, and taken again."""
    server.up("p", SQL, {"on_row_error": "dead_letter"})
    answer = server.ingest("p", "t", [{"id": 1, "d": 0}, {"id": "x", "d": 1}, {"id": 2, "d": 5}, {"id": 3, "d": 0}])
    assert answer.status_code == 400
    token = answer.json()["token"]
    done = server.wait("p", token)
    assert (done["accepted"], done["rejected"], done["dead"], done.get("replayed", 0)) == (3, 1, 2, 0), done
    path = "/v0/pipelines/p/dead_letters"
    letters = server.get(path, params={"token": token}).json()["dead_letters"]
    assert [letter["id"] for letter in letters] == ["0-0", "0-failed", "2-failed"]
    assert [letter["position"]["offset"] for letter in letters] == [0, 0, 2]
    assert [letter["position"]["event_number"] for letter in letters] == [2, None, None]
    assert letters[0]["step"] is None and letters[1]["step"] is not None and letters[2]["step"] > letters[1]["step"]
    assert json.loads(letters[2]["raw"]) == {"insert": {"id": 3, "d": 0}} and not letters[2]["truncated"]
    assert letters[0]["endpoint"] == letters[1]["endpoint"] and letters[1]["table"] == "t"
    by_zero = server.get(path, params={"reason": "by zero"}).json()["dead_letters"]
    assert by_zero == letters[1:], [letter["reason"] for letter in letters]
    assert server.get(f"{path}/2-failed").json() == letters[2]
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert server.get(path).json()["dead_letters"] == letters
    # As it is it dies again; edited it lives.
    again = server.post(f"{path}/replay", json={"ids": ["0-failed"]}).json()["replays"]
    assert server.wait("p", again[0]["token"])["dead"] == 1
    edited = server.post(f"{path}/replay", json={"edits": {"2-failed": '{"insert": {"id": 3, "d": 4}}', "0-0": '{"id": 9, "d": 1}'}})
    attempts = edited.json()["replays"]
    assert sorted(attempt["accepted"] for attempt in attempts) == [1, 1], edited.text
    for attempt in attempts:
        assert server.wait("p", attempt["token"])["dead"] == 0
    assert shown(server) == {2, 3, 9}
    successor = server.status("p", token).json()["details"]["successor"]
    done = server.wait("p", successor)
    assert (done["accepted"], done["rejected"], done["dead"], done.get("replayed", 0)) == (3, 1, 2, 3), done


def test_the_setting_is_checked(server):
    answer = server.post("/v0/pipelines", json={"name": "p", "program_code": SQL, "runtime_config": {"on_row_error": "ignore"}})
    assert answer.status_code == 400 and "on_row_error" in answer.text, answer.text
