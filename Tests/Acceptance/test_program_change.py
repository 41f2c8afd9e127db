"""Guards invariants 5, 6 and 10 over a change of the program: what means the same keeps its state, new and changed views are computed from
stored tables or from the log and told to their sinks once, tokens of before get their successors; a change that is given up or cut off
leaves the former program's state. Method: the program changes between stop (or crash) and start; a crash, a forced stop or the end of the
server may come in the middle of the change."""

import json
import random
import time

import pytest

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


LATE = "CREATE MATERIALIZED VIEW late AS SELECT g, MIN(v) AS m FROM passing GROUP BY g;"


def late(model):
    return [{"g": row["g"], "m": min(r["v"] for r in model.passing if r["g"] == row["g"])} for row in model.sums()]


def take_checkpoint(server):
    number = server.post("/v0/pipelines/p/checkpoint").json()["checkpoint_sequence_number"]
    deadline = time.monotonic() + 30
    while (server.get("/v0/pipelines/p/checkpoint_status").json().get("success") or 0) < number:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def crash_while_it_starts(server, times, rng):
    """The server dies again and again on the way; at last it comes up by itself."""
    for _ in range(times):
        answer = server.post("/v0/pipelines/p/start?bootstrap_policy=allow")
        assert answer.status_code in (202, 400), answer.text
        time.sleep(rng.uniform(0, 0.3))
        server.kill9()
        server.start()
    server.wait_status("p", "Running")


def test_what_is_not_stored_comes_from_the_log(server):
    """As long as the log holds all of the table's records: over checkpoints, dead records, crashes and a second change."""
    model = Model(4)
    server.up("p", OLD, {**CONFIG, "on_row_error": "dead_letter"})
    for turn in range(3):
        for token in model.push(server):
            server.wait("p", token)
        if turn == 0:
            # The row overflows the sum of its group: no step can take it.
            row = {"g": 1, "v": 2**63 - 1}
            assert server.wait("p", server.ingest("p", "passing", [row]).json()["token"])["dead"] == 1
            take_checkpoint(server)
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    server.stop_pipeline("p", force=True)
    change(server, OLD + LATE)
    crash_while_it_starts(server, 4, random.Random(4))
    assert server.query("p", "SELECT * FROM late ORDER BY g") == late(model)
    assert server.query("p", "SELECT * FROM sums ORDER BY g") == model.sums()
    for token in model.push(server):
        server.wait("p", token)
    assert server.query("p", "SELECT * FROM late ORDER BY g") == late(model)
    # A table that is to be stored from now on gets its rows of before.
    server.stop_pipeline("p", force=True)
    change(server, OLD.replace("passing (g INT, v BIGINT);", "passing (g INT, v BIGINT) WITH ('materialized' = 'true');") + LATE)
    allow(server)
    count = server.query("p", "SELECT COUNT(*) AS n, SUM(v) AS s FROM passing")
    assert count == [{"n": len(model.passing), "s": sum(r["v"] for r in model.passing)}]
    assert "bootstrapping rows_done=0 rows_total=0 records_done=0 records_total=" in server.log_text()


def test_a_changed_table_begins_behind_its_former_records(server):
    """The log still holds those of the former table, which had other columns or had the same name only."""
    table = "CREATE TABLE t (a INT);"
    sums = "CREATE MATERIALIZED VIEW s AS SELECT a, COUNT(*) AS n FROM t GROUP BY a;"
    server.up("p", table + sums, CONFIG)
    server.wait("p", server.ingest("p", "t", [{"a": 1}, {"a": 1}]).json()["token"])
    for other in (table.replace("a INT", "a INT, b INT"), "CREATE TABLE u (a INT);"):
        server.stop_pipeline("p")
        change(server, other + (sums if "t (" in other else ""))
        allow(server)
    server.stop_pipeline("p")
    change(server, table + sums)
    allow(server)
    server.wait("p", server.ingest("p", "t", [{"a": 1}, {"a": 2}]).json()["token"])
    server.stop_pipeline("p", force=True)
    change(server, table + sums + "CREATE MATERIALIZED VIEW m AS SELECT MAX(a) AS m, COUNT(*) AS n FROM t;")
    allow(server)
    assert server.query("p", "SELECT * FROM m") == [{"m": 2, "n": 2}]
    assert server.query("p", "SELECT * FROM s ORDER BY a") == [{"a": 1, "n": 1}, {"a": 2, "n": 1}]


def test_what_is_neither_stored_nor_in_the_log_is_refused(server):
    model = Model(4)
    server.up("p", OLD, CONFIG)
    for _ in range(4):
        for token in model.push(server):
            server.wait("p", token)
        take_checkpoint(server)
    texts = ("'passing', which is not materialized", "the log does not hold them any more", "trimmed the log to offset=")
    running = server.post("/v0/pipelines/p/diff", json={"program_code": OLD + LATE}).json()
    server.stop_pipeline("p")
    change(server, OLD + LATE)
    stopped = server.post("/v0/pipelines/p/diff", json={}).json()
    error = refused(server, "?bootstrap_policy=allow")
    assert error["error_code"] == "BootstrapNotAllowed", error
    for text in texts:
        for message in (error["message"], running["program_diff_error"], stopped["program_diff_error"]):
            assert text in message, message
    assert running["program_diff"]["added_views"] == ["late"]
    # Nothing was changed by it: the former program goes on.
    change(server, OLD)
    assert server.post("/v0/pipelines/p/diff", json={}).json()["program_diff_error"] is None
    server.start_pipeline("p")
    for token in model.push(server):
        server.wait("p", token)
    assert server.query("p", "SELECT * FROM sums ORDER BY g") == model.sums()


@pytest.mark.parametrize("retention", ["all", {"seconds": 3600}, {"bytes": 10_000_000}, {"seconds": 1, "bytes": 10_000_000}])
def test_a_log_that_is_kept_longer_gives_what_is_not_stored(server, retention):
    model = Model(6)
    server.up("p", OLD, {**CONFIG, "log_retention": retention})
    assert server.get("/v0/pipelines/p").json()["runtime_config"]["log_retention"] == retention
    for turn in range(6):
        for token in model.push(server):
            server.wait("p", token)
        take_checkpoint(server)
        if turn == 3:
            # The setting is durable too.
            server.kill9()
            server.start()
            server.wait_status("p", "Running")
    assert len(server.get("/v0/pipelines/p/checkpoints").json()) == 3
    server.stop_pipeline("p")
    change(server, OLD + LATE)
    assert server.post("/v0/pipelines/p/diff", json={}).json()["program_diff_error"] is None
    allow(server)
    assert server.query("p", "SELECT * FROM late ORDER BY g") == late(model)
    for token in model.push(server):
        server.wait("p", token)
    assert server.query("p", "SELECT * FROM late ORDER BY g") == late(model)
    assert server.query("p", "SELECT * FROM sums ORDER BY g") == model.sums()


def test_a_log_that_was_kept_goes_when_nobody_wants_it(server):
    """What is older or more than was asked for goes with the next checkpoints."""
    model = Model(7)
    server.up("p", OLD, {**CONFIG, "log_retention": {"bytes": 1_000_000_000}})
    for _ in range(4):
        for token in model.push(server):
            server.wait("p", token)
        take_checkpoint(server)
    server.stop_pipeline("p")
    config = {**CONFIG, "log_retention": {"seconds": 1, "bytes": 1}}
    answer = server.request("PATCH", "/v0/pipelines/p", json={"runtime_config": config})
    assert answer.status_code == 200, answer.text
    server.start_pipeline("p")
    time.sleep(1.1)
    for _ in range(2):
        for token in model.push(server):
            server.wait("p", token)
        take_checkpoint(server)
    server.stop_pipeline("p")
    change(server, OLD + LATE)
    error = refused(server, "?bootstrap_policy=allow")
    assert error["error_code"] == "BootstrapNotAllowed" and "trimmed the log to offset=" in error["message"], error
    wrong = server.request("PATCH", "/v0/pipelines/p", json={"runtime_config": {**CONFIG, "log_retention": {"minutes": 5}}})
    assert wrong.status_code == 400 and "log_retention" in wrong.text, wrong.text


def bootstrapping(server, total):
    """Waits until the computation is under way; answers how far it is."""
    deadline = time.monotonic() + 60
    while True:
        pipeline = server.get("/v0/pipelines/p?selector=status").json()
        assert pipeline["deployment_status"] in ("Stopped", "Provisioning", "Bootstrapping"), pipeline["deployment_status"]
        if pipeline["deployment_status"] == "Bootstrapping":
            progress = pipeline["deployment_runtime_status_details"]["bootstrap"]
            if progress["rows_total"] == total:
                return progress
        assert time.monotonic() < deadline, pipeline
        time.sleep(0.01)


def test_a_computation_is_given_up(server):
    """A view that multiplies its rows takes long; a forced stop and the end of the server do not, and the former program goes on."""
    table = "CREATE TABLE t (id BIGINT NOT NULL, g INT) WITH ('materialized' = 'true');"
    server.up("p", table, CONFIG)
    count = 200_000
    for first in range(0, count, 20_000):
        answer = server.ingest("p", "t", [{"id": i, "g": i % 50} for i in range(first, first + 20_000)])
        assert answer.status_code == 200
    server.wait("p", answer.json()["token"])
    server.stop_pipeline("p")
    change(server, table + "CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM t a JOIN t b ON a.g = b.g AND a.id + b.id <> -1;")
    for end in ("stop", "kill", "terminate", "stop"):
        if server.get("/v0/pipelines/p?selector=status").json()["deployment_status"] == "Stopped":
            answer = server.post("/v0/pipelines/p/start?bootstrap_policy=allow")
            assert answer.status_code in (202, 400), answer.text
        progress = bootstrapping(server, count)
        assert progress["rows_done"] < count and progress["records_total"] == 0, progress
        early = server.ingest("p", "t", [{"id": 1, "g": 1}])
        assert early.status_code == 503 and early.json()["error_code"] == "BootstrapInProgress", early.text
        begun = time.monotonic()
        if end == "stop":
            server.stop_pipeline("p", force=True)
            pipeline = server.get("/v0/pipelines/p?selector=all").json()
            assert pipeline["deployment_error"] is None and pipeline["deployment_runtime_status"] is None
        elif end == "kill":
            server.kill9()
            server.start()
        else:
            assert server.terminate() == 0
            server.start()
        assert time.monotonic() - begun < 20, end
    # It can be approved again, or left alone.
    assert server.post("/v0/pipelines/p/start").status_code == 202
    server.wait_status("p", "AwaitingApproval")
    server.stop_pipeline("p", force=True)
    change(server, table)
    server.start_pipeline("p")
    assert server.query("p", "SELECT COUNT(*) AS n FROM t") == [{"n": count}]


def details(server, name):
    pipeline = server.get(f"/v0/pipelines/{name}?selector=status").json()
    progress = (pipeline["deployment_runtime_status_details"] or {}).get("bootstrap") or {}
    return pipeline["deployment_status"], progress


def test_many_computations_hold_up_nothing_else(server):
    """More at once than the server has threads for blocking work: some compute, the others wait and say so; another pipeline
    starts and takes records meanwhile, and one that waits is given up at once."""
    table = "CREATE TABLE t (id BIGINT NOT NULL, g INT) WITH ('materialized' = 'true');"
    slow = table + "CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM t a JOIN t b ON a.g = b.g AND a.id + b.id <> -1;"
    names = [f"p{i}" for i in range(12)]
    count = 100_000
    for name in names:
        server.up(name, table, CONFIG)
        token = server.ingest(name, "t", [{"id": i, "g": i % 50} for i in range(count)]).json()["token"]
        server.wait(name, token)
        server.stop_pipeline(name)
        assert server.request("PATCH", f"/v0/pipelines/{name}", json={"program_code": slow}).status_code == 200
    deadline = time.monotonic() + 60
    while any(server.get(f"/v0/pipelines/{name}").json()["program_status"] != "Success" for name in names):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for name in names:
        assert server.post(f"/v0/pipelines/{name}/start?bootstrap_policy=allow").status_code == 202
    while True:
        now = {name: details(server, name) for name in names}
        assert all(status in ("Stopped", "Provisioning", "Bootstrapping") for status, _ in now.values()), now
        waiting = [name for name, (_, progress) in now.items() if progress.get("waiting")]
        if len(waiting) == 8 and sum(progress.get("rows_total") == count for _, progress in now.values()) == 4:
            break
        assert time.monotonic() < deadline, now
        time.sleep(0.01)
    server.up("other", table, CONFIG)
    server.wait("other", server.ingest("other", "t", [{"id": 1, "g": 1}]).json()["token"])
    server.stop_pipeline(waiting[0], force=True)
    ends = [details(server, name)[0] for name in names]
    assert ends.count("Bootstrapping") == 11 and ends.count("Stopped") == 1, ends
    # Who was given up while it waited takes no place.
    computing = [name for name in names if not now[name][1]["waiting"]]
    for name in computing:
        server.stop_pipeline(name, force=True)
    while sum(details(server, name)[1].get("waiting") is False for name in waiting[1:]) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for name in waiting[1:]:
        server.stop_pipeline(name, force=True)


LATENESS = """
CREATE TABLE stored (k INT, ts BIGINT LATENESS 10) WITH ('materialized' = 'true');
CREATE TABLE passing (k INT, ts BIGINT LATENESS 10);
CREATE MATERIALIZED VIEW sums AS SELECT k, COUNT(*) AS n FROM passing GROUP BY k;
"""
FROM_STORED = "CREATE MATERIALIZED VIEW of_stored AS SELECT k, SUM(ts) AS s FROM stored GROUP BY k;"
FROM_LOG = "CREATE MATERIALIZED VIEW of_both AS SELECT p.k, COUNT(*) AS n FROM passing p JOIN stored s ON p.ts = s.ts GROUP BY p.k;"


class LateModel:
    """What is not late: judged by the greatest time before the step."""

    def __init__(self, seed):
        self.rng, self.rows, self.seen, self.now = random.Random(seed), {"stored": [], "passing": []}, {}, 100

    def push(self, server, steps):
        for _ in range(steps):
            self.now += self.rng.choice([0, 1, 8])
            for table, kept in self.rows.items():
                rows = [{"k": self.rng.randrange(5), "ts": self.now - self.rng.choice([0, 1, 2, 9, 30])} for _ in range(20)]
                server.wait("p", server.ingest("p", table, rows).json()["token"])
                kept += [row for row in rows if row["ts"] >= self.seen.get(table, 0) - 10]
                self.seen[table] = max([row["ts"] for row in rows] + [self.seen.get(table, 0)])

    def check(self, server, *views):
        stored, passing = self.rows["stored"], self.rows["passing"]
        expected = {
            "sums": [{"k": k, "n": n} for k in range(5) if (n := sum(r["k"] == k for r in passing))],
            "of_stored": [{"k": k, "s": sum(r["ts"] for r in stored if r["k"] == k)} for k in range(5)],
            "of_both": [{"k": k, "n": n} for k in range(5) if (n := sum(
                r["k"] == k and r["ts"] == s["ts"] for r in passing for s in stored))],
        }
        for view in views:
            assert server.query("p", f"SELECT * FROM {view} ORDER BY k") == expected[view], view


def test_programs_with_lateness(server):
    model = LateModel(7)
    server.up("p", LATENESS, CONFIG)
    model.push(server, 15)
    server.stop_pipeline("p")
    change(server, LATENESS + FROM_LOG)
    crash_while_it_starts(server, 3, random.Random(7))
    model.check(server, "sums", "of_both")
    model.push(server, 5)
    model.check(server, "sums", "of_both")
    for _ in range(4):
        model.push(server, 1)
        take_checkpoint(server)
    # The log is gone now; what is stored is not.
    server.stop_pipeline("p")
    change(server, LATENESS + FROM_STORED)
    allow(server)
    model.push(server, 5)
    model.check(server, "sums", "of_stored")
    server.stop_pipeline("p")
    change(server, LATENESS + FROM_STORED + FROM_LOG)
    error = refused(server, "?bootstrap_policy=allow")
    assert "'passing' has lateness" in error["message"] and "trimmed" in error["message"], error
