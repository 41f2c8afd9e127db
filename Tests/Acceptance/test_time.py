"""NOW() in views through the real server: views follow the clock without input, and over a kill (invariant 4)."""

import datetime
import time

SQL = """
CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, ts TIMESTAMP) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW recent AS SELECT id FROM t WHERE ts >= NOW() - INTERVAL '3' SECOND;
CREATE MATERIALIZED VIEW coming AS SELECT id FROM t WHERE ts <= NOW();
CREATE MATERIALIZED VIEW clock AS SELECT NOW() AS at;
"""


def moment(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%d %H:%M:%S")


def until(check, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about")


def ids(server, view):
    return sorted(row["id"] for row in server.query("p", f"SELECT id FROM {view}"))


def test_views_follow_the_clock_without_input(server):
    server.up("p", SQL, {"clock_resolution_usecs": 100_000})
    rows = [{"id": 1, "ts": moment(-60)}, {"id": 2, "ts": moment(0)}, {"id": 3, "ts": moment(4)}]
    server.wait("p", server.ingest("p", "t", rows).json()["token"])
    assert ids(server, "coming") == [1, 2]
    assert 1 not in ids(server, "recent")
    until(lambda: ids(server, "coming") == [1, 2, 3])
    until(lambda: ids(server, "recent") == [])
    assert ids(server, "coming") == [1, 2, 3]


def test_now_does_not_go_back_over_a_kill(server):
    server.up("p", SQL, {"clock_resolution_usecs": 100_000})
    server.wait("p", server.ingest("p", "t", [{"id": 1, "ts": moment(2)}]).json()["token"])
    first = server.query("p", "SELECT at FROM clock")[0]["at"]
    until(lambda: server.query("p", "SELECT at FROM clock")[0]["at"] > first)
    before = server.query("p", "SELECT at FROM clock")[0]["at"]
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert server.query("p", "SELECT at FROM clock")[0]["at"] >= before
    until(lambda: ids(server, "coming") == [1])


def test_programs_without_now_take_no_clock_steps(server):
    server.up("p", "CREATE TABLE t (a INT); CREATE MATERIALIZED VIEW v AS SELECT a FROM t;", {"clock_resolution_usecs": 1000})
    steps = server.stats("p")["global_metrics"]["total_initiated_steps"]
    time.sleep(0.3)
    assert server.stats("p")["global_metrics"]["total_initiated_steps"] == steps
