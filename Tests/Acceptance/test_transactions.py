"""Guards invariants 2, 4 and 6 for transactions: their records show all at once, in views, in sinks and in tokens; an open one and a commit
under way survive kill -9 under their number; the real SDK's calls work."""

import json
import random
import threading
import time

import pytest
from feldera import FelderaClient, PipelineBuilder
from feldera.enums import TransactionStatus
from feldera.rest.errors import FelderaAPIError

from test_sink import integrate

SQL = """
CREATE TABLE t (id BIGINT NOT NULL, v BIGINT NOT NULL);
CREATE MATERIALIZED VIEW sums AS SELECT v, COUNT(*) AS n, SUM(id) AS s FROM t GROUP BY v;
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;
"""

SINK = """
CREATE TABLE t (id BIGINT NOT NULL, v BIGINT NOT NULL);
CREATE MATERIALIZED VIEW sums WITH (
  'connectors' = '[{"name": "out", "transport": {"name": "file_output", "config": {"path": "%s"}}, "format": {"name": "json"}}]'
) AS SELECT v, COUNT(*) AS n FROM t GROUP BY v;
"""


def rows(first, count):
    return [{"id": i, "v": i % 7} for i in range(first, first + count)]


def shown(server):
    return server.query("p", "SELECT n FROM total")[0]["n"]


def start(server):
    answer = server.post("/v0/pipelines/p/start_transaction")
    assert answer.status_code == 200, answer.text
    return answer.json()["transaction_id"]


def commit(server):
    answer = server.post("/v0/pipelines/p/commit_transaction")
    assert answer.status_code == 200, answer.text


def metrics(server):
    return server.stats("p")["global_metrics"]


def wait_taken(server, number, timeout=60.0):
    deadline = time.monotonic() + timeout
    while metrics(server)["transaction_id"] == number:
        assert time.monotonic() < deadline, metrics(server)
        time.sleep(0.005)


def successor(server, token):
    answer = server.status("p", token)
    assert answer.status_code == 410, answer.text
    details = answer.json()["details"]
    assert details["outcome"] == "recovered" and details["lost"] == [], details
    return details["successor"]


def test_nothing_shows_before_the_commit(server):
    server.up("p", SQL)
    server.wait("p", server.ingest("p", "t", rows(0, 5)).json()["token"])
    number = start(server)
    assert number == 1
    tokens = [server.ingest("p", "t", rows(5 + 10 * i, 10)).json()["token"] for i in range(3)]
    for token in tokens:
        answer = server.status("p", token, wait="200ms")
        assert answer.status_code == 202, answer.text
        assert answer.json()["blocked_by"][0]["kind"] == "transaction", answer.text
    why = server.get("/v0/pipelines/p/why", params={"token": tokens[0]}).json()
    assert [r["kind"] for r in why["reasons"]] == ["transaction"] and "commit_transaction" in why["reasons"][0]["advice"], why
    assert shown(server) == 5
    open_metrics = metrics(server)
    assert open_metrics["transaction_status"] == "TransactionInProgress" and open_metrics["transaction_records"] == 30
    assert open_metrics["transaction_initiators"]["initiated_by_api"] == "Started"
    assert open_metrics["total_input_records"] == open_metrics["total_processed_records"] == 35
    assert open_metrics["total_completed_records"] == 5
    again = server.post("/v0/pipelines/p/start_transaction")
    assert again.status_code == 409 and again.json()["error_code"] == "TransactionInProgress", again.text
    commit(server)
    done = [server.wait("p", token) for token in tokens]
    assert len({body["step"] for body in done}) == 1, "one step"
    assert shown(server) == 35
    wait_taken(server, number)
    closed = metrics(server)
    assert closed["transaction_status"] == "NoTransaction" and closed["transaction_id"] == 0
    assert closed["total_completed_records"] == closed["total_input_records"] == 35
    none = server.post("/v0/pipelines/p/commit_transaction")
    assert none.status_code == 400 and none.json()["error_code"] == "NoTransactionInProgress", none.text
    # Without a transaction records show by themselves again, and numbers go on.
    server.wait("p", server.ingest("p", "t", rows(35, 1)).json()["token"])
    assert shown(server) == 36
    assert start(server) == 2
    commit(server)
    wait_taken(server, 2)


def test_calls_need_a_running_pipeline(server):
    server.create("p", SQL)
    for call in ("start_transaction", "commit_transaction"):
        answer = server.post(f"/v0/pipelines/p/{call}")
        assert answer.status_code == 503 and answer.json()["error_code"] == "PipelineInteractionNotDeployed", answer.text
        assert server.post(f"/v0/pipelines/none/{call}").status_code == 404


def test_paused(server):
    server.up("p", SQL)
    start(server)
    token = server.ingest("p", "t", rows(0, 3)).json()["token"]
    server.post("/v0/pipelines/p/pause")
    server.wait_status("p", "Paused")
    commit(server)
    why = server.get("/v0/pipelines/p/why", params={"token": token}).json()
    assert [r["kind"] for r in why["reasons"]] == ["paused", "transaction"], why
    server.post("/v0/pipelines/p/resume")
    server.wait("p", token)
    assert shown(server) == 3


def test_kill_in_an_open_transaction(server):
    config = {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}}
    server.up("p", SQL, config)
    server.wait("p", server.ingest("p", "t", rows(0, 5)).json()["token"])
    number = start(server)
    first = server.ingest("p", "t", rows(5, 10)).json()["token"]
    sent = 15
    for _ in range(3):
        # A checkpoint holds the state before the transaction.
        answer = server.post("/v0/pipelines/p/checkpoint")
        assert answer.status_code == 200, answer.text
        sequence = answer.json()["checkpoint_sequence_number"]
        while (server.get("/v0/pipelines/p/checkpoint_status").json()["success"] or 0) < sequence:
            time.sleep(0.01)
        server.kill9()
        server.start()
        server.wait_status("p", "Running")
        assert metrics(server)["transaction_id"] == number
        assert metrics(server)["transaction_status"] == "TransactionInProgress"
        assert shown(server) == 5
        first = successor(server, first)
        assert server.status("p", first).status_code == 202
        token = server.ingest("p", "t", rows(sent, 10)).json()["token"]
        sent += 10
    # Also over a stop with a checkpoint.
    server.stop_pipeline("p")
    server.start_pipeline("p")
    first, token = successor(server, first), successor(server, token)
    assert metrics(server)["transaction_id"] == number and shown(server) == 5
    commit(server)
    assert server.wait("p", first)["step"] == server.wait("p", token)["step"]
    assert shown(server) == sent
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert metrics(server)["transaction_status"] == "NoTransaction" and shown(server) == sent
    assert start(server) == number + 1


@pytest.mark.parametrize("seed", range(3))
def test_kill_during_the_commit(server, tmp_path, seed):
    rng = random.Random(seed)
    path = tmp_path / "out.json"
    server.up("p", SINK % path, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}})
    sent = 0
    for turn in range(4):
        number = start(server)
        for _ in range(6):
            body = "\n".join(json.dumps(row) for row in rows(sent, 20_000))
            answer = server.post(
                "/v0/pipelines/p/ingress/t", params={"format": "json", "update_format": "raw"}, data=body.encode())
            assert answer.status_code == 200, answer.text
            token = answer.json()["token"]
            sent += 20_000
        commit(server)
        time.sleep(rng.choice([0, 0.002, 0.01, 0.05]))
        server.kill9()
        server.start()
        server.wait_status("p", "Running")
        wait_taken(server, number)
        server.wait("p", successor(server, token))
        counts = server.query("p", "SELECT SUM(n) AS n FROM sums")
        assert counts == [{"n": sent}], f"turn {turn}"
    expected = {json.dumps(row, sort_keys=True) for row in server.query("p", "SELECT * FROM sums")}
    assert integrate(path) == expected
    # One consolidated change a transaction: at most a delete and an insert of each of the 7 groups.
    assert len(path.read_text().splitlines()) <= 4 * 14


def test_one_output_and_readers_see_all_or_nothing(server):
    """Queries while transactions commit see a multiple of their size, and a subscriber one change each."""
    server.up("p", SQL)
    seen, stop = set(), threading.Event()

    def read():
        import requests

        while not stop.is_set():
            text = requests.get(
                f"{server.base}/v0/pipelines/p/query", params={"sql": "SELECT n FROM total", "format": "json"}).text
            if text:  # the view has no row before the first step
                seen.add(json.loads(text)["n"])

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(5):
        number = start(server)
        for part in range(10):
            server.ingest("p", "t", rows(1000 * i + 100 * part, 100))
        commit(server)
        wait_taken(server, number)
    stop.set()
    reader.join()
    assert all(n % 1000 == 0 for n in seen), sorted(seen)
    assert shown(server) == 5000


def test_a_connector_never_stalls_in_a_transaction(server):
    server.create("p", """
    CREATE TABLE t (id BIGINT NOT NULL) WITH ('connectors' = '[{"paused": true, "name": "gen", "max_queued_records": 1000,
      "transport": {"name": "datagen", "config": {"plan": [{"limit": 20000}]}}}]');
    CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;
    """)
    server.start_pipeline("p")
    number = start(server)
    assert server.post("/v0/pipelines/p/tables/t/connectors/gen/start").status_code == 200
    deadline = time.monotonic() + 30
    while not server.stats("p")["inputs"][0]["metrics"]["end_of_input"]:
        assert time.monotonic() < deadline, server.stats("p")
        time.sleep(0.01)
    assert shown(server) == 0
    commit(server)
    wait_taken(server, number)
    assert shown(server) == 20000


BAD = """
CREATE TABLE t (id BIGINT NOT NULL, d BIGINT NOT NULL);
CREATE MATERIALIZED VIEW q AS SELECT id, 1000 / d AS q FROM t;
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;
"""


def bad_transaction(server):
    start(server)
    tokens = []
    for first in range(0, 300, 100):
        body = [{"id": i, "d": 0 if i in (7, 150, 151) else 1 + i % 5} for i in range(first, first + 100)]
        tokens.append(server.ingest("p", "t", body).json()["token"])
    commit(server)
    return tokens


def test_a_record_that_fails_does_not_hold_a_transaction_for_ever(server):
    server.up("p", BAD)
    tokens = bad_transaction(server)
    deadline = time.monotonic() + 30
    while not (stopped := server.get("/v0/pipelines/p?selector=status").json()).get("deployment_error"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert stopped["deployment_error"]["error_code"] == "RuntimeError.WorkerPanic", stopped
    server.wait_status("p", "Stopped")
    assert server.post("/v0/pipelines/p/start?dismiss_error=true").status_code == 202
    server.wait_status("p", "Running")
    done = [server.wait("p", successor(server, token)) for token in tokens]
    assert [body["dead"] for body in done] == [1, 2, 0], done
    assert shown(server) == 297
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    assert shown(server) == 297 and metrics(server)["transaction_status"] == "NoTransaction"


def test_rows_that_fail_in_a_transaction(server):
    server.up("p", BAD, {"on_row_error": "dead_letter"})
    tokens = bad_transaction(server)
    done = [server.wait("p", token) for token in tokens]
    assert all(body["dead"] == 0 and body["view_errors"] == 3 for body in done), done
    assert shown(server) == 300
    for _ in range(2):
        assert server.query("p", "SELECT COUNT(*) AS n FROM q") == [{"n": 297}]
        assert sorted(r["row"] for r in server.query("p", "SELECT * FROM error_view")) == ["[150,0]", "[151,0]", "[7,0]"]
        server.kill9()
        server.start()
        server.wait_status("p", "Running")


def test_the_sdk(server):
    client = FelderaClient(server.base)
    pipeline = PipelineBuilder(client, name="p", sql=SQL + "CREATE TABLE m (x INT) WITH ('materialized' = 'true');").create_or_replace()
    pipeline.start()
    assert pipeline.transaction_status() == TransactionStatus.NoTransaction and pipeline.transaction_id() is None
    with pytest.raises(RuntimeError):
        pipeline.commit_transaction()
    out = pipeline.listen("total")
    pipeline.execute("INSERT INTO m VALUES (1)")
    number = pipeline.start_transaction()
    assert pipeline.transaction_id() == number and pipeline.transaction_status() == TransactionStatus.TransactionInProgress
    with pytest.raises(FelderaAPIError) as refused:
        pipeline.start_transaction()
    assert refused.value.error_code == "TransactionInProgress" and refused.value.status_code == 409
    with pytest.raises(ValueError):
        pipeline.commit_transaction(transaction_id=number + 1)
    pipeline.input_json("t", rows(0, 100), update_format="raw", wait=False)
    during = list(pipeline.query("INSERT INTO m VALUES (2); INSERT INTO m VALUES (3); SELECT COUNT(*) AS c FROM m"))
    assert during == [{"c": 1}]
    pipeline.wait_for_idle(idle_interval_s=1.0, timeout_s=30.0)
    pipeline.commit_transaction(transaction_id=number, wait=True, timeout_s=60.0, poll_interval_s=0.05)
    assert pipeline.transaction_status() == TransactionStatus.NoTransaction
    assert list(pipeline.query("SELECT COUNT(*) AS c FROM m")) == [{"c": 3}]
    assert list(pipeline.query("SELECT n FROM total")) == [{"n": 100}]
    pipeline.wait_for_idle(idle_interval_s=1.0, timeout_s=30.0)
    pipeline.stop(force=True)
    changes = [(r["n"], r["insert_delete"]) for r in out.to_dict()]
    assert changes == [(0, -1), (100, 1)], changes
