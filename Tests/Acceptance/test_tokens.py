"""Guards invariants 2, 3 and 5 through the HTTP calls: statuses, waits, restarts and successors of tokens."""

import threading
import time

SQL = """
CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, v INT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n, SUM(v) AS s FROM t;
"""


def rows(first, count):
    return [{"id": i, "v": 1} for i in range(first, first + count)]


def test_complete_token_means_visible_records(shared):
    shared.up("visible", SQL)
    for round_number in range(20):
        token = shared.ingest("visible", "t", rows(round_number * 50, 50)).json()["token"]
        body = shared.wait("visible", token)
        assert body["status"] == "complete" and isinstance(body["step"], int)
        assert body["accepted"] == 50 and body["rejected"] == 0
        assert shared.query("visible", "SELECT n, s FROM total") == [
            {"n": (round_number + 1) * 50, "s": (round_number + 1) * 50}
        ]
        assert shared.stats("visible")["global_metrics"]["total_completed_steps"] >= body["step"]


def test_malformed_and_foreign_tokens_are_400(shared):
    shared.up("one", SQL)
    shared.up("two", SQL)
    token = shared.ingest("one", "t", rows(0, 1)).json()["token"]
    for bad in ["", "x", token[:-2], token + "AA", token[:5] + ("A" if token[5] != "A" else "B") + token[6:]]:
        answer = shared.status("one", bad)
        assert answer.status_code == 400, (bad, answer.text)
        assert answer.json()["error_code"] in ("InvalidParam", "MissingUrlEncodedParam")
    answer = shared.status("two", token)
    assert answer.status_code == 400 and answer.json()["message"].startswith("invalid completion token")
    assert shared.status("nobody", token).status_code == 404
    assert shared.status("nobody", token).json()["error_code"] == "UnknownPipelineName"


def test_paused_pipeline_keeps_tokens_in_progress_and_blocks_without_force(shared):
    shared.up("paused", SQL)
    assert shared.post("/v0/pipelines/paused/pause").status_code == 202
    shared.wait_status("paused", "Paused")
    forced = shared.ingest("paused", "t", rows(0, 10), force="true").json()["token"]
    answer = shared.status("paused", forced)
    assert answer.status_code == 202 and answer.json()["status"] == "inprogress"
    assert "Retry-After" in answer.headers
    assert answer.json()["blocked_by"][0]["kind"] == "paused"
    done = []
    waiter = threading.Thread(target=lambda: done.append(shared.ingest("paused", "t", rows(10, 10))))
    waiter.start()
    time.sleep(0.3)
    assert not done, "an ingress without force must wait while the pipeline is paused"
    assert shared.query("paused", "SELECT n FROM total") == [{"n": 0}]
    shared.post("/v0/pipelines/paused/resume")
    waiter.join(20)
    assert done and done[0].status_code == 200
    shared.wait("paused", forced)
    shared.wait("paused", done[0].json()["token"])
    assert shared.query("paused", "SELECT n FROM total") == [{"n": 20}]


def test_long_poll_returns_when_the_status_changes(shared):
    shared.up("poll", SQL)
    shared.post("/v0/pipelines/poll/pause")
    shared.wait_status("poll", "Paused")
    token = shared.ingest("poll", "t", rows(0, 1), force="true").json()["token"]
    started = time.monotonic()
    assert shared.status("poll", token, wait="300ms").status_code == 202
    assert 0.25 < time.monotonic() - started < 5
    answers = []
    waiter = threading.Thread(target=lambda: answers.append(shared.status("poll", token, wait="30s")))
    waiter.start()
    time.sleep(0.2)
    shared.post("/v0/pipelines/poll/resume")
    waiter.join(10)
    assert answers and answers[0].status_code == 200


def test_zero_records_are_complete_at_once(shared):
    shared.up("zero", SQL)
    answer = shared.post("/v0/pipelines/zero/ingress/t?format=json&update_format=raw", data=b"")
    assert answer.status_code == 200
    assert shared.status("zero", answer.json()["token"]).status_code == 200


def test_stop_and_start_gives_410_with_successor(server):
    server.up("p", SQL)
    token = server.ingest("p", "t", rows(0, 100)).json()["token"]
    server.wait("p", token)
    before = server.stats("p")["global_metrics"]
    server.stop_pipeline("p")
    answer = server.status("p", token)
    assert answer.status_code == 503 and answer.json()["error_code"] == "PipelineInteractionNotDeployed"
    server.start_pipeline("p")
    answer = server.status("p", token)
    assert answer.status_code == 410 and answer.json()["error_code"] == "PipelineRestarted"
    details = answer.json()["details"]
    assert details["reason"] == "suspended" and details["outcome"] == "recovered" and details["lost"] == []
    assert details["token_incarnation"] == before["incarnation_uuid"]
    assert details["current_incarnation"] == server.stats("p")["global_metrics"]["incarnation_uuid"]
    assert details["recovered_through"] == 100
    assert server.wait("p", details["successor"])["accepted"] == 100
    followed = server.status("p", token, follow="true")
    assert followed.status_code == 200
    after = server.stats("p")["global_metrics"]
    assert after["total_completed_steps"] >= before["total_completed_steps"]
    assert after["total_completed_records"] == 100
    assert server.query("p", "SELECT n, s FROM total") == [{"n": 100, "s": 100}]


def test_cleared_log_gives_410_without_successor(server):
    server.up("p", SQL)
    token = server.ingest("p", "t", rows(0, 10)).json()["token"]
    server.stop_pipeline("p", force=True)
    assert server.post("/v0/pipelines/p/clear").status_code == 202
    while server.get("/v0/pipelines/p?selector=status").json()["storage_status"] != "Cleared":
        time.sleep(0.01)
    server.start_pipeline("p")
    details = server.status("p", token).json()["details"]
    assert details["reason"] == "cleared" and details["outcome"] == "lost" and details["successor"] is None
    assert details["lost"] == [[0, 10]]
    assert server.query("p", "SELECT n FROM total") == [{"n": 0}]


def test_server_restart_brings_pipelines_back(server):
    server.up("runs", SQL)
    server.create("rests", SQL)
    server.start_pipeline("rests", initial="paused")
    server.create("stays", SQL)
    token = server.ingest("runs", "t", rows(0, 25)).json()["token"]
    assert server.terminate() == 0
    server.start()
    server.wait_status("runs", "Running")
    server.wait_status("rests", "Paused")
    assert server.get("/v0/pipelines/stays?selector=status").json()["deployment_status"] == "Stopped"
    details = server.status("runs", token).json()["details"]
    assert details["reason"] == "stopped" and details["outcome"] == "recovered"
    server.wait("runs", details["successor"])
    assert server.query("runs", "SELECT n FROM total") == [{"n": 25}]


def test_an_asynchronous_answer_says_so_and_its_token_tells_the_truth(shared):
    shared.up("async", SQL)
    tokens = []
    for number in range(20):
        answer = shared.ingest("async", "t", rows(number * 10, 10), durability="async")
        assert answer.status_code == 200 and answer.json()["durability"] == "async"
        tokens.append(answer.json()["token"])
    assert "durability" not in shared.ingest("async", "t", rows(200, 10), durability="sync").json()
    for token in tokens:
        assert shared.wait("async", token)["accepted"] == 10
    assert shared.query("async", "SELECT n FROM total") == [{"n": 210}]
    reached = shared.ingest("async", "t", rows(210, 10), durability="async", wait="20s", until="processed")
    assert reached.status_code == 200 and reached.json()["status"] == "complete" and "durability" not in reached.json()
    refused = shared.ingest("async", "t", rows(220, 10), durability="async", wait="20s", until="durable")
    assert refused.status_code == 400 and refused.json()["error_code"] == "InvalidParam"


def test_a_transaction_holds_what_was_answered_asynchronously(shared):
    shared.up("held", SQL)
    assert shared.post("/v0/pipelines/held/start_transaction").ok
    token = shared.ingest("held", "t", rows(0, 10), durability="async").json()["token"]
    assert shared.post("/v0/pipelines/held/commit_transaction").ok
    later = shared.ingest("held", "t", rows(10, 10), durability="async").json()["token"]
    first, second = shared.wait("held", token), shared.wait("held", later)
    assert first["step"] < second["step"]
    assert shared.query("held", "SELECT n FROM total") == [{"n": 20}]
