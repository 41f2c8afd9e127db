"""Guards the work of a project against what happens to its pipeline: stopped, started, cleared, deleted, and kept for its time."""

import errno
import json
import random
import time

import pytest

from cargo_receiver import Receiver
from faults.disk import Disk, SYNC
from harness import Server
from test_cargo import ANSWERS, load, until
from test_orchestration import node

SETTINGS = {
    "cargo": {"batch_age_secs": 0.2, "provider_retry_secs": 0.2, "provider_tries_max": 100},
    "providers": {
        "slow": {
            "kind": "sql", "pipeline": "answers", "table": "asked", "view": "told", "models": ["slow-1"],
            "timeout_secs": 5,
        },
    },
}


@pytest.fixture(scope="module")
def receiver():
    running = Receiver()
    yield running
    running.close()


@pytest.fixture
def serve(tmp_path):
    started = []

    def start(**settings):
        path = tmp_path / "tidemark.json"
        path.write_text(json.dumps({**SETTINGS, **settings}))
        server = Server(tmp_path / "data", options=["--config", str(path)]).start()
        started.append(server)
        return server

    yield start
    for server in started:
        alive = server.process.poll() is None
        server.close()
        assert alive, "the server trapped: " + server.log_text()[-3000:]


def batch(server, items):
    answer = server.post(
        "/v1/batches", data="\n".join(json.dumps(item) for item in items).encode(),
        headers={"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 202, answer.text
    return answer.json()["data"]["batch_id"]


def ended(server, name, timeout=30.0):
    deadline = time.monotonic() + timeout
    while (data := server.get(f"/v1/batches/{name}").json()["data"])["status"] != "completed":
        assert time.monotonic() < deadline, data
        time.sleep(0.02)
    return data


def test_a_stop_and_a_start(serve, receiver):
    server = serve()
    server.create("answers", ANSWERS)
    cargo = load(server, f"{receiver.base}/ok/stopped", "slow-1")
    done = batch(server, [{"n": 1}])
    ended(server, done)
    server.stop_pipeline("workflows")
    for path in (f"/cargo/{cargo}/tracking", f"/v1/batches/{done}"):
        answer = server.get(path)
        assert answer.status_code == 503 and "start it" in answer.text, answer.text
        assert int(answer.headers["Retry-After"]) >= 1
    server.start_pipeline("answers")
    server.start_pipeline("workflows")
    # Nobody asks for it: the callback is made all the same.
    receiver.wait("/ok/stopped", 1)
    assert until(server, cargo, "callback_delivered")["status"] == "callback_delivered"
    assert ended(server, done)["progress"]["completed"] == 1


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_cleared_pipeline_takes_its_work_along(serve, receiver, is_deleted):
    server = serve()
    done = batch(server, [{"n": 1}, {"n": 2}])
    ended(server, done)
    # Is never answered, so that it is held in memory.
    server.create("answers", ANSWERS)
    cargo = load(server, f"{receiver.base}/ok/cleared", "slow-1")
    server.stop_pipeline("workflows")
    assert server.post("/v0/pipelines/workflows/clear").status_code == 202
    deadline = time.monotonic() + 20
    while server.get("/v0/pipelines/workflows").json()["storage_status"] != "Cleared":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # It does not come back before it is asked for.
    assert server.get("/v0/pipelines/workflows").json()["deployment_status"] == "Stopped"
    if is_deleted:
        assert server.request("DELETE", "/v0/pipelines/workflows").status_code == 200
    again = batch(server, [{"n": 3}])
    assert ended(server, again)["progress"]["total"] == 1
    assert server.get(f"/v1/batches/{done}").status_code == 404
    assert server.get(f"/cargo/{cargo}/tracking").status_code == 404
    listed = server.get("/v1/batches").json()["data"]["batches"]
    assert [entry["batch_id"] for entry in listed] in ([again], [])
    server.kill9()
    server.start()
    assert ended(server, again)["progress"]["total"] == 1
    assert server.get(f"/v1/batches/{done}").status_code == 404


CHANGING = " Its program is being changed."


def change(server, **fields):
    answer = server.request("PATCH", "/v0/pipelines/workflows", json=fields)
    assert answer.status_code == 200, answer.text
    deadline = time.monotonic() + 30
    while server.get("/v0/pipelines/workflows").json()["program_status"] != "Success":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def without_a_view(code):
    """The program of a release that did not count the items of groups yet."""
    return code[:code.index("-- Items of each group by status.")]


def untouched(server, code):
    """Waits until the pipeline runs the present program, as the server describes it."""
    deadline = time.monotonic() + 60
    while True:
        pipeline = server.get("/v0/pipelines/workflows").json()
        if pipeline["deployment_status"] == "Running" and pipeline["program_code"] == code:
            if "being changed" not in pipeline["description"]:
                return
        assert time.monotonic() < deadline, pipeline
        time.sleep(0.05)


def test_a_pipeline_of_another_release_gets_the_present_program(serve, receiver):
    server, rng = serve(), random.Random(8)
    done = batch(server, [{"n": 1}, {"n": 2}])
    ended(server, done)
    cargo = load(server, f"{receiver.base}/ok/upgraded")
    until(server, cargo, "callback_delivered")
    code = server.get("/v0/pipelines/workflows").json()["program_code"]
    counted = f"SELECT status, items FROM progress WHERE group_id = '{done}'"
    for is_cut_off in (False, True):
        server.stop_pipeline("workflows")
        change(server, program_code=without_a_view(code))
        answer = server.post("/v0/pipelines/workflows/start?bootstrap_policy=allow")
        assert answer.status_code == 202, answer.text
        if is_cut_off:
            # At any moment of the change, which begins by itself.
            for _ in range(5):
                time.sleep(rng.uniform(0, 0.25))
                server.kill9()
                server.start()
        untouched(server, code)
        assert ended(server, done)["progress"]["completed"] == 2
        assert server.query("workflows", counted) == [{"status": "completed", "items": 2}]
        assert until(server, cargo, "callback_delivered")["status"] == "callback_delivered"
        more = batch(server, [{"n": 3 + is_cut_off}])
        assert ended(server, more)["progress"]["total"] == 1
    assert len(receiver.calls("/ok/upgraded")) == 1


def test_a_program_that_is_not_ours_is_left_alone(serve):
    server = serve()
    done = batch(server, [{"n": 1}])
    ended(server, done)
    code = server.get("/v0/pipelines/workflows").json()["program_code"]
    # Another column is another table: its records would be gone.
    other = code.replace("body VARCHAR NOT NULL,", "body VARCHAR NOT NULL, more VARCHAR,")
    server.stop_pipeline("workflows")
    change(server, program_code=other)
    server.post("/v0/pipelines/workflows/start?bootstrap_policy=allow")
    server.wait_status("workflows", "Running")
    answer = server.get(f"/v1/batches/{done}")
    assert answer.status_code == 503 and "without loss: tables records" in answer.text, answer.text
    server.stop_pipeline("workflows")
    # Also not when another release had begun a change: to which program is not known.
    description = server.get("/v0/pipelines/workflows").json()["description"]
    change(server, description=description + CHANGING)
    answer = server.get(f"/v1/batches/{done}")
    assert answer.status_code == 503 and "without loss: tables records" in answer.text, answer.text
    change(server, description="mine")
    server.start_pipeline("workflows")
    answer = server.get(f"/v1/batches/{done}")
    assert answer.status_code == 503 and "rename it" in answer.text, answer.text
    assert server.get("/v0/pipelines/workflows").json()["program_code"] == other


def test_a_stop_ends_a_change(serve):
    """Whoever stops the pipeline while the server changes its program does not find it started again."""
    server, rng = serve(), random.Random(9)
    done = batch(server, [{"n": 1}])
    ended(server, done)
    pipeline = server.get("/v0/pipelines/workflows").json()
    code, description = pipeline["program_code"], pipeline["description"]
    for turn in range(6):
        server.stop_pipeline("workflows")
        # As when the server ended within a change: it goes on by itself.
        change(server, program_code=without_a_view(code))
        change(server, description=description + CHANGING)
        time.sleep(rng.uniform(0, 0.2) if turn else 0)
        server.stop_pipeline("workflows")
        time.sleep(0.5)
        pipeline = server.get("/v0/pipelines/workflows").json()
        assert pipeline["deployment_status"] == "Stopped" and pipeline["description"] == description, pipeline
        answer = server.get(f"/v1/batches/{done}")
        assert answer.status_code == 503 and "is stopped" in answer.text, answer.text
        answer = server.post("/v0/pipelines/workflows/start?bootstrap_policy=allow")
        assert answer.status_code == 202, answer.text
        untouched(server, code)
        assert ended(server, done)["progress"]["completed"] == 1


def test_a_rewind_takes_back_what_came_later(serve):
    server = serve()
    first = batch(server, [{"n": 1}])
    ended(server, first)
    # A checkpoint holds what the steps have taken.
    deadline = time.monotonic() + 30
    while server.query("workflows", f"SELECT status FROM subjects WHERE subject = '{first}'") != [{"status": "completed"}]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    answer = server.post("/v0/pipelines/workflows/checkpoint")
    assert answer.status_code in (200, 202), answer.text
    deadline = time.monotonic() + 30
    while not (listed := server.get("/v0/pipelines/workflows/checkpoints").json()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    later = batch(server, [{"n": 2}])
    ended(server, later)
    server.stop_pipeline("workflows", force=True)
    checkpoint = listed[0]["uuid"]
    answer = server.post(f"/v0/pipelines/workflows/start?from_checkpoint={checkpoint}&discard=true")
    assert answer.status_code == 202, answer.text
    server.wait_status("workflows", "Running")
    assert server.get(f"/v1/batches/{later}").status_code == 404
    assert ended(server, first)["progress"]["completed"] == 1


def test_results_are_kept_for_their_time(serve, receiver):
    server = serve(work={"retention_secs": 2})
    server.create("answers", ANSWERS)
    open_cargo = load(server, f"{receiver.base}/ok/kept", "slow-1")
    cargo = load(server, f"{receiver.base}/ok/kept")
    done = batch(server, [{"n": i} for i in range(300)])
    ended(server, done)
    until(server, cargo, "callback_delivered")
    end = node("end", "end")
    run = server.post("/v1/orchestration/runs", json={"data": {}, "nodes": [node("start", "start", [end]), end]})
    assert run.status_code in (200, 201, 202), run.text
    run = run.json()["run"]["uuid"]
    paths = [f"/v1/batches/{done}", f"/cargo/{cargo}/tracking", f"/v1/orchestration/runs/{run}"]
    assert all(server.get(path).status_code == 200 for path in paths)
    deadline = time.monotonic() + 60
    while (codes := [server.get(path).status_code for path in paths]) != [404, 404, 404]:
        assert time.monotonic() < deadline, codes
        time.sleep(0.1)
    # Nothing of it is left in the table; what is open stays.
    items = "SELECT subject FROM subjects WHERE kind = 'item'"
    while (left := [row["subject"] for row in server.query("workflows", items)]) != [open_cargo]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    left = server.query("workflows", "SELECT COUNT(*) AS n FROM records")[0]["n"]
    assert left < 10, left
    server.kill9()
    server.start()
    deadline = time.monotonic() + 30
    while server.get(f"/cargo/{open_cargo}/tracking").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert [server.get(path).status_code for path in paths] == [404, 404, 404]
    # The same contents count as new.
    again = batch(server, [{"n": 0}])
    assert ended(server, again)["progress"]["skipped"] == 0


def test_what_a_failed_sync_has_left_in_the_log_is_gone_on_with(tmp_path):
    """A sync fails whose bytes were written, and the log is opened again: what it has then is work in the same life of the server,
    and what it has not was never said to be there."""
    disk = Disk(tmp_path)
    server = Server(disk.root / "data", environment=lambda: disk.environment, log_path=tmp_path / "server.log").start()
    try:
        made = [batch(server, [{"turn": -1}])]
        ended(server, made[0])
        before, doubted = disk.faults, 0
        for turn in range(8):
            faults = disk.faults
            disk.fail(SYNC, errno.EIO, turn % 2, 1)
            body = json.dumps({"turn": turn}).encode()
            answer = server.post("/v1/batches", data=body, headers={"Content-Type": "application/x-ndjson"}, timeout=60)
            disk.heal()
            assert answer.status_code in (202, 503), answer.text
            if answer.status_code == 202:
                made.append(answer.json()["data"]["batch_id"])
                doubted += disk.faults > faults
            server.wait_status("workflows", "Running")
        assert disk.faults > before and doubted > 0, "no sync failed under a batch that was made nevertheless"
        deadline, known = time.monotonic() + 60, set()
        # The log may be being opened still, for the last sync that failed.
        while not (known and set(made) <= known):
            assert time.monotonic() < deadline, (made, known)
            time.sleep(0.1)
            answer = server.get("/v0/pipelines/workflows/query", params={
                "sql": "SELECT subject FROM records WHERE kind = 'group'", "format": "json"})
            if answer.status_code == 200:
                known = {json.loads(line)["subject"] for line in answer.text.splitlines()}
        assert len(known) <= 9, "a request made two batches"
        for name in known:
            ended(server, name, 60)
        assert server.process.poll() is None
    finally:
        disk.heal()
        server.close()
