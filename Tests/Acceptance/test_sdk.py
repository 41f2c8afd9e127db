"""The official SDK and the examples run unchanged against the real binary."""

import os
import subprocess

from feldera import FelderaClient, PipelineBuilder

from harness import ROOT, free_port


def run_example(name, **environment):
    answer = subprocess.run(
        [str(ROOT / "examples" / name / "run.sh")], capture_output=True, text=True, timeout=600,
        env={**os.environ, "PORT": str(free_port()), "SKIP_BUILD": "1", **environment})
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return answer.stdout


def test_supply_chain_example_agrees_with_duckdb():
    output = run_example("supply-chain", SHIPMENTS=os.environ.get("TIDEMARK_SHIPMENTS", "1000000"))
    assert output.count("DuckDB agrees") == 3


def test_sdk_example():
    assert "the same after stop with checkpoint" in run_example("python-sdk")


def test_crash_example():
    assert "exactly once" in run_example("crash", SECONDS_BEFORE_KILL="1")


def test_sdk_life_cycle(shared):
    client = FelderaClient(shared.base)
    pipeline = PipelineBuilder(
        client, name="sdk", sql="CREATE TABLE t (a INT) WITH ('materialized' = 'true'); CREATE MATERIALIZED VIEW v AS SELECT a * 2 AS b FROM t;"
    ).create_or_replace()
    pipeline.start_paused()
    out = pipeline.listen("v")
    pipeline.resume()
    pipeline.input_json("t", [{"a": 1}, {"a": 2}], wait=True)
    assert sorted(row["b"] for row in pipeline.query("SELECT * FROM v")) == [2, 4]
    pipeline.input_json("t", [{"delete": {"a": 1}}], update_format="insert_delete", wait=True)
    pipeline.pause()
    pipeline.resume()
    assert [row["b"] for row in pipeline.query("SELECT * FROM v")] == [4]
    assert pipeline.query_tabular("SELECT * FROM v") is not None
    pipeline.checkpoint(wait=True)
    stats = pipeline.stats()
    assert stats.global_metrics.total_completed_records == 3
    pipeline.stop(force=True)
    rows = out.to_dict()
    assert sorted((r["b"], r["insert_delete"]) for r in rows) == [(2, -1), (2, 1), (4, 1)]
    pipeline.start()
    assert [row["b"] for row in pipeline.query("SELECT * FROM v")] == [4]
    pipeline.stop(force=False)
    pipeline.clear_storage()
    pipeline.delete()


def test_sdk_arrow_query(shared):
    client = FelderaClient(shared.base)
    pipeline = PipelineBuilder(
        client, name="arrow", sql="CREATE TABLE t (a BIGINT, s VARCHAR, d DECIMAL(8,2), x DOUBLE, f BOOLEAN) WITH ('materialized' = 'true');"
    ).create_or_replace()
    pipeline.start()
    pipeline.input_json("t", [{"a": 1, "s": "é", "d": 1.25, "x": 0.5, "f": True}, {"a": None}], wait=True)
    batches = list(pipeline.query_arrow("SELECT * FROM t ORDER BY a"))
    rows = [row for batch in batches for row in batch.to_pylist()]
    assert len(rows) == 2
    full = next(row for row in rows if row["a"] == 1)
    assert full["s"] == "é" and str(full["d"]) == "1.25" and full["x"] == 0.5 and full["f"] is True
    pipeline.stop(force=True)
