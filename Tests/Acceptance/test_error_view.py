"""Guards the error collection: with `dead_letter` a row that fails is missing only where it failed, shows why, goes when it is deleted, and its token
tells; over checkpoints and kills; and a change of the setting takes no harm."""

import json
import random
import threading
import time

import requests

from test_program_change import allow, change, refused, take_checkpoint

SQL = """
CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, d BIGINT NOT NULL) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW quotients AS SELECT id, 100 / d AS q FROM t;
CREATE MATERIALIZED VIEW groups AS SELECT 10 / d AS g, COUNT(*) AS n FROM t GROUP BY 10 / d;
CREATE MATERIALIZED VIEW all_rows AS SELECT id, d FROM t;
"""
CONFIG = {"on_row_error": "dead_letter", "fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}}


def check(server, table):
    good = {i: d for i, d in table.items() if d}
    bad = sorted(f"[{i},0]" for i, d in table.items() if not d)
    assert {r["id"]: r["q"] for r in server.query("p", "SELECT * FROM quotients")} == {i: 100 // d for i, d in good.items()}
    assert sum(r["n"] for r in server.query("p", "SELECT * FROM groups")) == len(good)
    assert len(server.query("p", "SELECT id FROM all_rows")) == len(table)
    errors = server.query("p", "SELECT * FROM error_view")
    assert sorted(e["row"] for e in errors if e["view_name"] == "quotients") == bad
    assert len([e for e in errors if e["view_name"] == "groups"]) == len(bad)
    assert all("zero" in e["reason"] for e in errors), errors


def test_rows_that_fail(server):
    rng = random.Random(1)
    server.up("p", SQL, CONFIG)
    table = {}
    for turn in range(12):
        changes = []
        bad = 0
        for _ in range(rng.choice([1, 20, 200])):
            key = rng.randrange(300)
            if key in table and rng.random() < 0.3:
                del table[key]
                changes.append({"delete": {"id": key}})
            else:
                table[key] = rng.choice([0, 1, 2, 5, 7])
                bad += table[key] == 0
                changes.append({"insert": {"id": key, "d": table[key]}})
        done = server.wait("p", server.ingest("p", "t", changes, update_format="insert_delete").json()["token"])
        assert done["dead"] == 0, done
        if bad == 0:
            assert done["view_errors"] == 0, done
        check(server, table)
        if turn % 4 == 3:
            time.sleep(rng.choice([0, 1.2]))
            server.kill9()
            server.start()
            server.wait_status("p", "Running")
            check(server, table)


def test_a_token_tells_in_every_life(server):
    server.up("p", SQL, CONFIG)
    token = server.ingest("p", "t", [{"id": 1, "d": 0}, {"id": 2, "d": 4}]).json()["token"]
    assert server.wait("p", token)["view_errors"] == 2
    fine = server.ingest("p", "t", [{"id": 3, "d": 4}]).json()["token"]
    assert server.wait("p", fine)["view_errors"] == 0
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    for old, count in ((token, 2), (fine, 0)):
        again = server.status("p", old).json()["details"]["successor"]
        assert server.wait("p", again)["view_errors"] == count


def test_the_setting_may_change(server):
    server.up("p", SQL, CONFIG)
    server.wait("p", server.ingest("p", "t", [{"id": 1, "d": 0}, {"id": 2, "d": 4}]).json()["token"])
    server.stop_pipeline("p", force=True)
    answer = server.request("PATCH", "/v0/pipelines/p", json={"runtime_config": {**CONFIG, "on_row_error": "fail"}})
    assert answer.status_code == 200, answer.text
    server.start_pipeline("p")
    check(server, {1: 0, 2: 4})
    server.wait("p", server.ingest("p", "t", [{"id": 3, "d": 5}]).json()["token"])
    check(server, {1: 0, 2: 4, 3: 5})
    server.wait("p", server.ingest("p", "t", [{"delete": {"id": 1}}], update_format="insert_delete").json()["token"])
    check(server, {2: 4, 3: 5})
    server.ingest("p", "t", [{"id": 4, "d": 0}])
    deadline = time.monotonic() + 30
    while not server.get("/v0/pipelines/p?selector=status").json().get("deployment_error"):
        assert time.monotonic() < deadline, "an insert that fails is an error with `fail`"
        time.sleep(0.01)


def test_changes_are_streamed(server):
    server.up("p", SQL, CONFIG)
    server.wait("p", server.ingest("p", "t", [{"id": 1, "d": 0}]).json()["token"])
    seen = {}

    def count(line):
        for change in json.loads(line).get("json_data", []) if line else []:
            (kind, row), = change.items()
            key = (row["view_name"], row["operator"])
            seen[key] = seen.get(key, 0) + (1 if kind == "insert" else -1)

    def read(answer):
        try:
            for line in answer.iter_lines():
                count(line)
        except (requests.RequestException, AttributeError):
            pass  # The stream was closed.

    def settled(wanted):
        deadline = time.monotonic() + 30
        while {key: count for key, count in seen.items() if count} != wanted:
            assert time.monotonic() < deadline, seen
            time.sleep(0.01)

    url = f"{server.base}/v0/pipelines/p/egress/error_view?format=json&array=true&send_snapshot=true"
    with requests.post(url, stream=True, timeout=60) as answer:
        assert answer.status_code == 200, answer.text
        threading.Thread(target=read, args=(answer,), daemon=True).start()
        settled({("quotients", "project"): 1, ("groups", "aggregate"): 1})
        server.ingest("p", "t", [{"id": 2, "d": 0}])
        settled({("quotients", "project"): 2, ("groups", "aggregate"): 2})
        server.ingest("p", "t", [{"delete": {"id": 1}}, {"insert": {"id": 2, "d": 3}}], update_format="insert_delete")
        settled({})
    visible = server.ingest("p", "t", [{"id": 5, "d": 0}], wait="10s", until="visible:error_view")
    assert visible.status_code == 200, visible.text
    errors = server.query("p", "SELECT view_name, row FROM error_view")
    assert sorted(e["view_name"] for e in errors) == ["groups", "quotients"]
    assert [e["row"] for e in errors if e["view_name"] == "quotients"] == ["[5,0]"]


def test_a_group_is_absent_until_it_evaluates(server):
    sql = """
    CREATE TABLE t (k BIGINT NOT NULL, x BIGINT NOT NULL);
    CREATE MATERIALIZED VIEW v AS SELECT k, 100 / SUM(x) AS q FROM t GROUP BY k;
    """
    server.up("p", sql, CONFIG)

    def push(*changes):
        return server.wait("p", server.ingest("p", "t", changes, update_format="insert_delete").json()["token"])

    def state():
        groups = {row["k"]: row["q"] for row in server.query("p", "SELECT * FROM v")}
        return groups, [row["row"] for row in server.query("p", "SELECT * FROM error_view")]

    push({"insert": {"k": 1, "x": 4}}, {"insert": {"k": 2, "x": 5}})
    assert state() == ({1: 25, 2: 20}, [])
    assert push({"insert": {"k": 1, "x": -4}})["view_errors"] == 1
    assert state() == ({2: 20}, ["[1,0]"])
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert state() == ({2: 20}, ["[1,0]"])
    push({"insert": {"k": 1, "x": 50}})
    assert state() == ({1: 2, 2: 20}, [])
    push({"delete": {"k": 1, "x": 50}}, {"delete": {"k": 1, "x": 4}})
    assert state() == ({1: -25, 2: 20}, [])


def test_the_program_changes_while_rows_fail(server):
    """Rows of views that stay are kept, those of removed ones go, those of new ones are found; a crash comes in the middle."""
    parts = SQL.split("CREATE MATERIALIZED")
    more = "CREATE MATERIALIZED VIEW thirds AS SELECT id, 30 / (d - 2) AS q FROM t;"
    server.up("p", SQL, CONFIG)
    table = {1: 0, 2: 4, 3: 2, 4: 0}
    server.wait("p", server.ingest("p", "t", [{"id": i, "d": d} for i, d in table.items()]).json()["token"])
    server.stop_pipeline("p")
    change(server, SQL + more)
    for pause in (0.02, 0.1, 0.2):
        assert server.post("/v0/pipelines/p/start?bootstrap_policy=allow").status_code in (202, 400)
        time.sleep(pause)
        server.kill9()
        server.start()
    server.wait_status("p", "Running")

    def check_with_more():
        errors = server.query("p", "SELECT * FROM error_view")
        assert [e["row"] for e in errors if e["view_name"] == "thirds"] == [f"[{i},2]" for i, d in table.items() if d == 2], errors
        good = {i: d for i, d in table.items() if d != 2}
        assert {r["id"]: r["q"] for r in server.query("p", "SELECT * FROM thirds")} == {i: int(30 / (d - 2)) for i, d in good.items()}
        bad = sorted(f"[{i},0]" for i, d in table.items() if not d)
        assert sorted(e["row"] for e in errors if e["view_name"] == "quotients") == bad

    check_with_more()
    table[3], table[4], table[5] = 5, 5, 0
    rows = [{"id": i, "d": table[i]} for i in (3, 4, 5)]
    server.wait("p", server.ingest("p", "t", rows).json()["token"])
    check_with_more()
    # Without `groups`, of which rows fail.
    server.stop_pipeline("p", force=True)
    change(server, "CREATE MATERIALIZED".join([parts[0], parts[1], parts[3]]) + more)
    allow(server)
    check_with_more()
    assert {e["view_name"] for e in server.query("p", "SELECT * FROM error_view")} == {"quotients"}
    # With `fail` a new view has to compute.
    server.stop_pipeline("p")
    answer = server.request("PATCH", "/v0/pipelines/p", json={"runtime_config": {**CONFIG, "on_row_error": "fail"}})
    assert answer.status_code == 200, answer.text
    change(server, SQL + more)
    error = refused(server, "?bootstrap_policy=allow")
    assert "zero" in error["message"], error


def test_a_view_that_inherits_failing_rows_needs_its_tables(server):
    """Two views share an operator; when its first one goes, the rows become the other's, and nothing is stored of the table."""
    shared = "(SELECT d AS g, COUNT(*) AS n FROM t WHERE 10 / d > 1 GROUP BY d) x"
    table = "CREATE TABLE t (id BIGINT NOT NULL, d BIGINT NOT NULL);"
    one, two = (f"CREATE MATERIALIZED VIEW {name} AS SELECT g, n + {plus} AS n FROM {shared};" for name, plus in (("one", 1), ("two", 2)))
    config = {**CONFIG, "fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}}
    server.up("p", table + one + two, config)

    def push(first, count):
        for i in range(first, first + count):
            server.wait("p", server.ingest("p", "t", [{"id": i, "d": 0}, {"id": i, "d": 3}]).json()["token"])

    def failing():
        return [e["view_name"] for e in server.query("p", "SELECT * FROM error_view")]

    push(0, 3)
    assert failing() == ["one"] * 3
    # The log is whole: the rows move.
    server.stop_pipeline("p")
    change(server, table + two)
    allow(server)
    assert failing() == ["two"] * 3
    assert server.query("p", "SELECT * FROM two") == [{"g": 3, "n": 5}]
    server.stop_pipeline("p")
    change(server, table + one + two)
    allow(server)
    assert failing() == ["one"] * 3
    for turn in range(4):
        push(3 + turn, 1)
        take_checkpoint(server)
    server.stop_pipeline("p")
    change(server, table + two)
    error = refused(server, "?bootstrap_policy=allow")
    assert "error_view" in error["message"] and "'t', which is not materialized" in error["message"], error
    change(server, table + one + two)
    assert server.post("/v0/pipelines/p/start?dismiss_error=true").status_code == 202
    server.wait_status("p", "Running")
    assert failing() == ["one"] * 7
