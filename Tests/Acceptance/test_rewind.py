"""Guards `start?from_checkpoint=U&discard=true` (design, section 3, Rewind): the log behind the checkpoint is cut, exactly the cut
ranges are lost, nothing is numbered twice, and a kill at any moment leaves the old state or the new one."""

import json
import random
import time

from test_damage import RECORDS, SQL, checkpoint, push
from test_operation import verify
from test_sink import integrate

KEPT = 2 * RECORDS


def keyed(server, key, first=5 * RECORDS):
    answer = server.post(
        "/v0/pipelines/p/ingress/t?format=json&update_format=raw", data=json.dumps({"id": first, "s": "keyed"}).encode(),
        headers={"Idempotency-Key": key})
    assert answer.status_code == 200, answer.text
    return answer


def prepare(server, more=""):
    """Two pushes with a checkpoint behind each, then two more pushes: tokens of all four."""
    server.up("p", SQL + more, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    tokens = []
    for number in range(2):
        tokens.append(push(server, number * RECORDS))
        server.wait("p", tokens[-1])
        checkpoint(server)
    tokens += [push(server, 2 * RECORDS), push(server, 3 * RECORDS)]
    for token in tokens[2:]:
        server.wait("p", token)
    return tokens


def newest_checkpoint(server):
    return server.get("/v0/pipelines/p/checkpoints").json()[0]["uuid"]


def details(server, token):
    answer = server.status("p", token)
    assert answer.status_code == 410, answer.text
    return answer.json()["details"]


def totals(server, count):
    return server.query("p", "SELECT n, s FROM total") == [{"n": count, "s": count * (count - 1) // 2}]


def rewind(server, uuid):
    answer = server.post(f"/v0/pipelines/p/start?from_checkpoint={uuid}&discard=true")
    assert answer.status_code == 202, answer.text


def test_rewind_cuts_the_log(server, tmp_path):
    config = {"name": "out", "transport": {"name": "file_output", "config": {"path": str(tmp_path / "out.json")}}, "format": {"name": "json"}}
    tokens = prepare(server, f"CREATE MATERIALIZED VIEW rows WITH ('connectors' = '[{json.dumps(config)}]') AS SELECT id FROM t;")
    uuid = newest_checkpoint(server)
    key = keyed(server, "cut")
    server.wait("p", key.json()["token"])
    assert server.post("/v0/pipelines/p/start_transaction").status_code == 200
    checkpoints_before = len(server.get("/v0/pipelines/p/checkpoints").json())
    steps = server.stats("p")["global_metrics"]["total_completed_steps"]
    answer = server.post(f"/v0/pipelines/p/start?from_checkpoint={uuid}&discard=true")
    assert answer.status_code == 400, "a running pipeline is not rewound"
    server.stop_pipeline("p", force=True)
    rewind(server, uuid)
    server.wait_status("p", "Running")

    assert totals(server, KEPT)
    assert len(server.get("/v0/pipelines/p/checkpoints").json()) == checkpoints_before == 2
    assert server.stats("p")["global_metrics"]["total_completed_steps"] >= steps
    # Tokens in front of the cut are recovered, behind it exactly their own ranges are lost.
    for number, token in enumerate(tokens):
        told = details(server, token)
        assert told["reason"] == "rewound" and told["recovered_through"] == KEPT, told
        if number < 2:
            assert told["outcome"] == "recovered" and told["lost"] == []
            server.wait("p", told["successor"])
        else:
            assert told["outcome"] == "lost" and told["successor"] is None
            assert told["lost"] == [[number * RECORDS, (number + 1) * RECORDS]], told
    # The key of cut records is free: the retry is appended, behind every offset that was ever given.
    again = keyed(server, "cut", KEPT)
    assert "Idempotency-Replayed" not in again.headers
    assert again.json()["token"] != key.json()["token"]
    server.wait("p", again.json()["token"])
    story = server.get("/v0/pipelines/p/explain", params={"token": again.json()["token"]}).json()
    assert str(4 * RECORDS + 1) in json.dumps(story), story
    assert server.post("/v0/pipelines/p/start_transaction").json()["transaction_id"] == 2, "the cut one is over"
    token = push(server, KEPT + 1)
    assert server.post("/v0/pipelines/p/commit_transaction").status_code == 200
    server.wait("p", token)
    assert totals(server, KEPT + 1 + RECORDS)
    # What the sink was told stays told: rows of the cut that nobody inserted again are still there.
    told = [json.loads(line) for line in (tmp_path / "out.json").read_text().splitlines()]
    assert len(told) == 4 * RECORDS + 1 + 1 + RECORDS and all("insert" in change for change in told)

    # It holds over a kill, over a checkpoint and over a second rewind.
    server.kill9()
    assert verify(server).returncode == 0, verify(server).stdout
    server.start()
    server.wait_status("p", "Running")
    assert totals(server, KEPT + 1 + RECORDS)
    assert details(server, tokens[2])["lost"] == [[2 * RECORDS, 3 * RECORDS]]
    assert details(server, token)["reason"] == "crashed"
    checkpoint(server)
    server.stop_pipeline("p", force=True)
    rewind(server, uuid)
    server.wait_status("p", "Running")
    assert totals(server, KEPT)
    assert details(server, tokens[2])["lost"] == [[2 * RECORDS, 3 * RECORDS]]
    assert details(server, token)["reason"] == "rewound" and details(server, token)["outcome"] == "lost"
    server.wait("p", push(server, KEPT))
    assert totals(server, KEPT + RECORDS)


def test_a_kill_leaves_the_old_state_or_the_new_one(server):
    tokens = prepare(server)
    uuid = newest_checkpoint(server)
    server.stop_pipeline("p", force=True)
    rng = random.Random(11)
    outcomes = []
    kept, live, visible = tokens[:2], tokens[2:], 2 * KEPT
    for _ in range(16):
        rewind(server, uuid)
        time.sleep(rng.choice([0, 0.001, 0.003, 0.006, 0.01, 0.02, 0.05]))
        server.kill9()
        server.start()
        server.wait_status("p", "Running")
        assert all(details(server, token)["outcome"] == "recovered" for token in kept)
        told = [details(server, token) for token in live]
        assert len({one["outcome"] for one in told}) == 1, "half of a cut"
        outcomes.append(told[0]["outcome"])
        if outcomes[-1] == "lost":
            live, visible = [], KEPT
        else:
            assert all(one["lost"] == [] for one in told)
        assert totals(server, visible)
        # More records, for the next round to cut.
        live.append(push(server, visible))
        visible += RECORDS
        server.wait("p", live[-1])
        assert totals(server, visible)
        server.stop_pipeline("p", force=True)
    assert "lost" in outcomes, outcomes


def test_a_file_sink_goes_on_behind_a_cut(server, tmp_path):
    """Steps before the cut that the sink had not got by then are delivered; the count of steps tells them apart."""
    path = tmp_path / "out.json"
    config = {"name": "out", "transport": {"name": "file_output", "config": {"path": str(path)}}, "format": {"name": "json"}}
    server.up("p", SQL + f"""CREATE MATERIALIZED VIEW sums WITH ('connectors' = '[{json.dumps(config)}]')
      AS SELECT id % 10 AS k, COUNT(*) AS n FROM t GROUP BY id % 10;""",
              {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    server.wait("p", push(server, 0))
    checkpoint(server)
    uuid = newest_checkpoint(server)
    server.stop_pipeline("p", force=True)
    # Nothing lies behind the checkpoint: nothing is cut, and the sink is exact.
    rewind(server, uuid)
    server.wait_status("p", "Running")
    server.wait("p", push(server, RECORDS))
    expected = {json.dumps(row, sort_keys=True) for row in server.query("p", "SELECT * FROM sums")}
    assert integrate(path) == expected
