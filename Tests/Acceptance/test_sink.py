"""Guards invariants 2 and 4 for sinks: a file sink holds every delta exactly once over kills, and tokens cover it."""

import collections
import json
import random
import time

SQL = """
CREATE TABLE t (id BIGINT NOT NULL, v INT);
CREATE MATERIALIZED VIEW sums WITH (
  'connectors' = '[{"name": "out", "transport": {"name": "file_output", "config": {"path": "%s"}}, "format": {"name": "json"}}]'
) AS SELECT v, COUNT(*) AS n FROM t GROUP BY v;
"""


def integrate(path):
    """The Z-set that the file's insert and delete lines add up to."""
    weights = collections.Counter()
    for line in path.read_text().splitlines():
        change = json.loads(line)
        for kind, row in change.items():
            weights[json.dumps(row, sort_keys=True)] += 1 if kind == "insert" else -1
    assert set(weights.values()) <= {0, 1}, "a delta was written twice or lost"
    return {row for row, weight in weights.items() if weight}


def test_a_complete_token_means_the_file_has_it(server, tmp_path):
    path = tmp_path / "out.json"
    server.up("p", SQL % path)
    for i in range(10):
        token = server.ingest("p", "t", [{"id": i, "v": i % 3}]).json()["token"]
        server.wait("p", token)
        expected = {json.dumps(row, sort_keys=True) for row in server.query("p", "SELECT * FROM sums")}
        assert integrate(path) == expected
    outputs = server.stats("p")["outputs"]
    assert [o["endpoint_name"] for o in outputs] == ["sums.out"]


def test_file_is_exactly_once_over_kills(server, tmp_path):
    path = tmp_path / "out.json"
    rng = random.Random(7)
    server.up("p", SQL % path, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}})
    sent = 0
    for _ in range(8):
        until = time.monotonic() + rng.uniform(0.05, 0.8)
        while time.monotonic() < until:
            rows = [{"id": sent + i, "v": rng.randrange(5)} for i in range(20)]
            assert server.ingest("p", "t", rows).status_code == 200
            sent += 20
        server.kill9()
        server.start()
        server.wait_status("p", "Running")
    token = server.ingest("p", "t", [{"id": sent, "v": 0}]).json()["token"]
    server.wait("p", token)
    expected = {json.dumps(row, sort_keys=True) for row in server.query("p", "SELECT * FROM sums")}
    assert integrate(path) == expected
    assert sum(json.loads(row)["n"] for row in expected) == sent + 1


def test_datagen_resumes_where_it_was(server):
    server.up("p", """
    CREATE TABLE t (id BIGINT NOT NULL) WITH ('materialized' = 'true', 'connectors' = '[{
      "transport": {"name": "datagen", "config": {"plan": [{"limit": 3000, "rate": 2000}]}}}]');
    CREATE MATERIALIZED VIEW doubled AS SELECT id, COUNT(*) AS n FROM t GROUP BY id HAVING COUNT(*) <> 1;
    """)
    for _ in range(3):
        time.sleep(0.3)
        server.kill9()
        server.start()
        server.wait_status("p", "Running")
    deadline = time.monotonic() + 30
    while not server.stats("p")["global_metrics"]["pipeline_complete"]:
        assert time.monotonic() < deadline, server.stats("p")
        time.sleep(0.05)
    assert server.query("p", "SELECT COUNT(*) AS n, MIN(id) AS a, MAX(id) AS b FROM t") == [
        {"n": 3000, "a": 0, "b": 2999}]
    assert server.query("p", "SELECT * FROM doubled") == []
    metrics = server.stats("p")["inputs"][0]["metrics"]
    assert metrics["total_records"] == 3000 and metrics["end_of_input"]
