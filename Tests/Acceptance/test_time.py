"""NOW(), LATENESS and recursive views through the real server, also over a kill (invariants 4 and 10)."""

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
    began = time.monotonic()
    rows = [{"id": 1, "ts": moment(-60)}, {"id": 2, "ts": moment(0)}, {"id": 3, "ts": moment(6)}]
    server.wait("p", server.ingest("p", "t", rows).json()["token"])
    early = ids(server, "coming")
    if time.monotonic() - began < 4:
        assert early == [1, 2]
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


def send(server, table, rows, update_format="raw"):
    server.wait("p", server.ingest("p", table, rows, update_format).json()["token"])


def test_late_rows_are_dropped_also_after_a_kill(server):
    server.up("p", """
CREATE TABLE e (ts TIMESTAMP NOT NULL LATENESS INTERVAL 1 HOUR, n INT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW h AS SELECT TIMESTAMP_TRUNC(ts, HOUR) AS h, SUM(n) AS s FROM e GROUP BY 1;
CREATE MATERIALIZED VIEW f WITH ('emit_final' = 'h') AS SELECT h, s FROM h;
""")
    send(server, "e", [{"ts": "2024-01-01 00:10:00", "n": 1}])
    send(server, "e", [{"ts": "2024-01-01 03:00:00", "n": 2}])
    send(server, "e", [{"ts": "2024-01-01 00:20:00", "n": 100}])
    assert server.query("p", "SELECT SUM(s) AS s FROM h") == [{"s": 3}]
    assert server.query("p", "SELECT s FROM f") == [{"s": 1}]
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    send(server, "e", [{"ts": "2024-01-01 01:59:00", "n": 100}, {"ts": "2024-01-01 02:00:00", "n": 4}])
    assert server.query("p", "SELECT SUM(s) AS s FROM h") == [{"s": 7}]
    assert server.query("p", "SELECT SUM(n) AS s FROM e") == [{"s": 7}]


def test_recursive_view_follows_inserts_and_deletes_over_a_kill(server):
    server.up("p", """
CREATE TABLE edges (x INT, y INT);
DECLARE RECURSIVE VIEW closure (x INT, y INT);
CREATE MATERIALIZED VIEW closure AS
  SELECT x, y FROM edges UNION SELECT c.x, e.y FROM closure c JOIN edges e ON c.y = e.x;
""")
    count = lambda: server.query("p", "SELECT COUNT(*) AS n FROM closure")[0]["n"]
    edges = [{"x": i, "y": (i + 1) % 5} for i in range(5)]
    send(server, "edges", edges)
    assert count() == 25
    send(server, "edges", [{"delete": {"x": 4, "y": 0}}], "insert_delete")
    assert count() == 10
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert count() == 10
    send(server, "edges", [{"insert": {"x": 4, "y": 0}}], "insert_delete")
    assert count() == 25
