"""Guards invariants 5, 6 and 10 over a change of the program: what means the same keeps its state, new and changed views are computed from
stored tables and told to their sinks once, tokens of before get their successors. Method: the program changes between stop (or crash)
and start; a crash may come in the middle of the change."""

import json
import random
import time

from test_sink import integrate

TABLES = """
CREATE TABLE stored (id BIGINT NOT NULL, g INT, v BIGINT) WITH ('materialized' = 'true');
CREATE TABLE keyed (id BIGINT NOT NULL PRIMARY KEY, g INT);
CREATE TABLE passing (g INT, v BIGINT);
"""
OLD = TABLES + """
CREATE MATERIALIZED VIEW sums AS SELECT g, COUNT(*) AS n, SUM(v) AS s FROM passing GROUP BY g;
CREATE MATERIALIZED VIEW gone AS SELECT g, MAX(v) AS m FROM stored GROUP BY g;
CREATE MATERIALIZED VIEW changed AS SELECT g, COUNT(*) AS n FROM stored GROUP BY g;
"""
NEW = TABLES + """
CREATE MATERIALIZED VIEW added WITH (
  'connectors' = '[{"name": "out", "transport": {"name": "file_output", "config": {"path": "%s"}}, "format": {"name": "json"}}]'
) AS SELECT s.g, SUM(s.v) AS s FROM stored s JOIN keyed k ON s.g = k.g GROUP BY s.g;
CREATE MATERIALIZED VIEW changed AS SELECT g, COUNT(*) AS n FROM stored WHERE v %% 2 = 0 GROUP BY g;
CREATE MATERIALIZED VIEW sums AS SELECT g, COUNT(*) AS n, SUM(v) AS s FROM passing GROUP BY g;
"""
CONFIG = {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}}


class Model:
    """What was pushed."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.stored, self.keyed, self.passing = [], {}, []

    def push(self, server, count=300, **parameters):
        tokens = []
        stored = [{"id": len(self.stored) + i, "g": self.rng.randrange(9), "v": self.rng.randrange(1000)} for i in range(count)]
        keyed = [{"id": self.rng.randrange(20), "g": self.rng.randrange(9)} for _ in range(count // 10)]
        passing = [{"g": self.rng.randrange(9), "v": self.rng.randrange(1000)} for _ in range(count)]
        for table, rows in (("stored", stored), ("keyed", keyed), ("passing", passing)):
            answer = server.ingest("p", table, rows, **parameters)
            assert answer.status_code == 200, answer.text
            tokens.append(answer.json()["token"])
        self.stored += stored
        self.keyed.update({row["id"]: row["g"] for row in keyed})
        self.passing += passing
        return tokens

    def added(self):
        times = {g: list(self.keyed.values()).count(g) for g in range(9)}
        return [{"g": g, "s": times[g] * sum(r["v"] for r in self.stored if r["g"] == g)} for g in range(9)
                if times[g] and any(r["g"] == g for r in self.stored)]

    def sums(self):
        return [{"g": g, "n": len(v), "s": sum(v)} for g in range(9) if (v := [r["v"] for r in self.passing if r["g"] == g])]

    def changed(self):
        return [{"g": g, "n": n} for g in range(9) if (n := sum(r["g"] == g and r["v"] % 2 == 0 for r in self.stored))]

    def check(self, server, path):
        for view in ("added", "sums", "changed"):
            assert server.query("p", f"SELECT * FROM {view} ORDER BY g") == getattr(self, view)(), view
        expected = {json.dumps(row, sort_keys=True) for row in self.added()}
        deadline = time.monotonic() + 30
        while integrate(path) != expected:
            assert time.monotonic() < deadline, "the sink does not hold the view"
            time.sleep(0.05)


def change(server, sql):
    answer = server.request("PATCH", "/v0/pipelines/p", json={"program_code": sql})
    assert answer.status_code == 200, answer.text
    deadline = time.monotonic() + 30
    while server.get("/v0/pipelines/p").json()["program_status"] != "Success":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def refused(server, how=""):
    """The error of a start that is refused."""
    assert server.post(f"/v0/pipelines/p/start{how}").status_code == 202
    deadline = time.monotonic() + 30
    while True:
        pipeline = server.get("/v0/pipelines/p?selector=status").json()
        if pipeline["deployment_status"] == "Stopped" and pipeline["deployment_error"]:
            return pipeline["deployment_error"]
        assert time.monotonic() < deadline, pipeline
        time.sleep(0.01)


def allow(server, more=""):
    assert server.post(f"/v0/pipelines/p/start?bootstrap_policy=allow{more}").status_code == 202
    server.wait_status("p", "Running")


def test_what_changed_is_computed_and_the_rest_is_kept(server, tmp_path):
    model, path = Model(1), tmp_path / "out.json"
    server.up("p", OLD, CONFIG)
    for token in model.push(server):
        server.wait("p", token)
    steps = server.stats("p")["global_metrics"]["total_completed_steps"]
    # A backlog that the former program has to take, and a crash before.
    assert server.post("/v0/pipelines/p/pause").status_code == 202
    server.wait_status("p", "Paused")
    tokens = model.push(server, force="true")
    server.kill9()
    server.start()
    server.wait_status("p", "Paused")
    server.stop_pipeline("p", force=True)
    change(server, NEW % path)
    error = refused(server, "?bootstrap_policy=reject")
    assert error["error_code"] == "BootstrapNotAllowed", error
    for part in ("added views: added", "modified views: changed", "removed views: gone"):
        assert part in error["message"], error
    diff = server.post("/v0/pipelines/p/diff", json={})
    assert diff.status_code == 200 and diff.json()["added_output_connectors"] == ["added.out"], diff.text
    assert diff.json()["program_diff"] == {
        "added_tables": [], "modified_tables": [], "removed_tables": [],
        "added_views": ["added"], "modified_views": ["changed"], "removed_views": ["gone"]}, diff.text
    other = server.post("/v0/pipelines/p/diff", json={"program_code": OLD}).json()
    assert not any(other["program_diff"].values()), other
    wrong = server.post("/v0/pipelines/p/diff", json={"program_code": "CREATE"})
    assert wrong.status_code == 400 and wrong.json()["error_code"] == "InvalidNewProgramSql", wrong.text
    # By default somebody has to approve the change.
    assert server.post("/v0/pipelines/p/approve").status_code == 400
    assert server.post("/v0/pipelines/p/start").status_code == 202
    waiting = server.wait_status("p", "AwaitingApproval")
    assert waiting["deployment_runtime_status_details"]["approval_diff"] == diff.json()
    answer = server.ingest("p", "stored", [{"id": 1, "g": 1, "v": 1}])
    assert answer.status_code == 503 and answer.json()["error_code"] == "AwaitingApproval", answer.text
    server.stop_pipeline("p", force=True)
    assert server.post("/v0/pipelines/p/start").status_code == 202
    server.wait_status("p", "AwaitingApproval")
    assert server.post("/v0/pipelines/p/approve").status_code == 200
    server.wait_status("p", "Running")
    model.check(server, path)
    assert server.stats("p")["global_metrics"]["total_completed_steps"] >= steps
    for token in tokens:
        gone = server.status("p", token)
        assert gone.status_code == 410 and gone.json()["details"]["outcome"] == "recovered", gone.text
        server.wait("p", gone.json()["details"]["successor"])
    for token in model.push(server):
        server.wait("p", token)
    model.check(server, path)
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    for token in model.push(server):
        server.wait("p", token)
    model.check(server, path)


def test_a_crash_in_the_middle_of_the_change(server, tmp_path):
    rng = random.Random(2)
    model, path = Model(2), tmp_path / "out.json"
    server.up("p", OLD, CONFIG)
    for _ in range(20):
        for token in model.push(server, 500):
            server.wait("p", token)
    server.stop_pipeline("p", force=True)
    change(server, NEW % path)
    for _ in range(6):
        answer = server.post("/v0/pipelines/p/start?bootstrap_policy=allow")
        assert answer.status_code in (202, 400), answer.text
        time.sleep(rng.uniform(0, 0.25))
        server.kill9()
        server.start()
    server.wait_status("p", "Running")
    model.check(server, path)
    for token in model.push(server):
        server.wait("p", token)
    model.check(server, path)


def test_silent_bootstrap_tells_sinks_only_what_comes(server, tmp_path):
    model, path = Model(3), tmp_path / "out.json"
    server.up("p", OLD, CONFIG)
    for token in model.push(server):
        server.wait("p", token)
    server.stop_pipeline("p")
    change(server, NEW % path)
    allow(server, "&silent_bootstrap=true")
    assert server.query("p", "SELECT * FROM added ORDER BY g") == model.added()
    assert not path.exists() or path.read_text() == ""


def test_a_pipeline_without_records_takes_any_program(server):
    server.up("p", OLD, CONFIG)
    server.stop_pipeline("p")
    change(server, OLD + "CREATE MATERIALIZED VIEW late AS SELECT g, MIN(v) AS m FROM passing GROUP BY g;")
    allow(server)
    model = Model(5)
    for token in model.push(server):
        server.wait("p", token)
    expected = [{"g": row["g"], "m": min(r["v"] for r in model.passing if r["g"] == row["g"])} for row in model.sums()]
    assert server.query("p", "SELECT * FROM late ORDER BY g") == expected


def test_what_is_not_stored_is_refused(server):
    model = Model(4)
    server.up("p", OLD, CONFIG)
    for token in model.push(server):
        server.wait("p", token)
    server.stop_pipeline("p")
    change(server, OLD + "CREATE MATERIALIZED VIEW late AS SELECT g, MIN(v) AS m FROM passing GROUP BY g;")
    error = refused(server, "?bootstrap_policy=allow")
    assert error["error_code"] == "BootstrapNotAllowed" and "'passing', which is not materialized" in error["message"], error
    # Nothing was changed by it: the former program goes on.
    change(server, OLD)
    server.start_pipeline("p")
    for token in model.push(server):
        server.wait("p", token)
    assert server.query("p", "SELECT * FROM sums ORDER BY g") == model.sums()
