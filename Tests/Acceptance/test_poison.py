"""Guards invariants 2 and 3 for records on which an expression fails: with `fail` the pipeline stops until its error is dismissed,
with `dead_letter` it never stops. Only what fails is missing, as an error row where a row is to blame (d = 0 in v) and else as a
dead letter (d = HUGE: the sum overflows); its token completes and counts it, and nothing changes by a crash."""

import json
import random
import time

import pytest

SQL = """
CREATE TABLE t (id BIGINT NOT NULL, d BIGINT NOT NULL);
CREATE MATERIALIZED VIEW v AS SELECT id, 1000 / d AS q FROM t;
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n, SUM(d) AS d FROM t;
"""
HUGE = 2**63 - 1


def rows(first, count, bad, huge=()):
    return [{"id": i, "d": 0 if i in bad else HUGE if i in huge else 1 + i % 7} for i in range(first, first + count)]


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


def failing(server):
    return {json.loads(row["row"])[0] for row in server.query("p", "SELECT * FROM error_view")}


def total(server):
    return server.query("p", "SELECT n FROM total")[0]["n"]


@pytest.mark.parametrize("seed", range(3))
def test_dead_letter_never_stops(server, seed):
    rng = random.Random(seed)
    config = {"on_row_error": "dead_letter", "fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}}
    server.up("p", SQL, config)
    incarnation = server.stats("p")["global_metrics"]["incarnation_uuid"]
    server.wait("p", server.ingest("p", "t", rows(0, 1, set())).json()["token"])
    first, bad, dead = 1, set(), set()
    for _ in range(10):
        count = rng.choice([1, 10, 1000])
        wrong = {first + i for i in range(count) if rng.random() < rng.choice([0, 0.01, 0.5])}
        huge = {i for i in wrong if rng.random() < 0.3}
        wrong -= huge
        done = server.wait("p", server.ingest("p", "t", rows(first, count, wrong, huge)).json()["token"])
        assert (done["dead"], done["view_errors"], done["accepted"]) == (len(huge), len(wrong), count), done
        bad |= wrong
        dead |= huge
        first += count

    def check():
        assert shown(server) == set(range(first)) - bad - dead
        assert failing(server) == bad
        assert total(server) == first - len(dead)

    check()
    metrics = server.stats("p")["global_metrics"]
    assert metrics["incarnation_uuid"] == incarnation, "the pipeline was restarted"
    assert metrics["total_processed_records"] == metrics["total_input_records"] == first
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    check()


def test_failed_records_are_dead_letters_like_refused_ones(server):
    """One list, one space of ids: refused and failed records are found by token and reason, and taken again."""
    server.up("p", SQL, {"on_row_error": "dead_letter"})
    sent = [{"id": 2, "d": 5}, {"id": 1, "d": HUGE}, {"id": "x", "d": 1}, {"id": 4, "d": 0}, {"id": 3, "d": HUGE}]
    answer = server.ingest("p", "t", sent)
    assert answer.status_code == 400
    token = answer.json()["token"]
    done = server.wait("p", token)
    assert (done["accepted"], done["rejected"], done["dead"], done["view_errors"], done.get("replayed", 0)) == (4, 1, 2, 1, 0), done
    path = "/v0/pipelines/p/dead_letters"
    letters = server.get(path, params={"token": token}).json()["dead_letters"]
    assert [letter["id"] for letter in letters] == ["0-0", "1-failed", "3-failed"]
    assert [letter["position"]["offset"] for letter in letters] == [0, 1, 3]
    assert [letter["position"]["event_number"] for letter in letters] == [3, None, None]
    assert letters[0]["step"] is None and letters[1]["step"] is not None and letters[2]["step"] > letters[1]["step"]
    assert json.loads(letters[2]["raw"]) == {"insert": {"id": 3, "d": HUGE}} and not letters[2]["truncated"]
    assert letters[0]["endpoint"] == letters[1]["endpoint"] and letters[1]["table"] == "t"
    by_reason = server.get(path, params={"reason": "overflow"}).json()["dead_letters"]
    assert by_reason == letters[1:], [letter["reason"] for letter in letters]
    assert server.get(f"{path}/3-failed").json() == letters[2]
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert server.get(path).json()["dead_letters"] == letters
    # As it is it dies again; edited it lives.
    again = server.post(f"{path}/replay", json={"ids": ["1-failed"]}).json()["replays"]
    assert server.wait("p", again[0]["token"])["dead"] == 1
    edited = server.post(f"{path}/replay", json={"edits": {"3-failed": '{"insert": {"id": 3, "d": 4}}', "0-0": '{"id": 9, "d": 1}'}})
    attempts = edited.json()["replays"]
    assert sorted(attempt["accepted"] for attempt in attempts) == [1, 1], edited.text
    for attempt in attempts:
        assert server.wait("p", attempt["token"])["dead"] == 0
    assert shown(server) == {2, 3, 9} and failing(server) == {4}
    successor = server.status("p", token).json()["details"]["successor"]
    done = server.wait("p", successor)
    assert (done["accepted"], done["rejected"], done["dead"], done["view_errors"], done.get("replayed", 0)) == (4, 1, 2, 1, 3), done


def test_the_setting_is_checked(server):
    for setting in ("ignore", "error_view"):
        answer = server.post("/v0/pipelines", json={"name": "p", "program_code": SQL, "runtime_config": {"on_row_error": setting}})
        assert answer.status_code == 400 and "on_row_error" in answer.text, answer.text
