"""Guards invariant 2 on stored bytes that went bad: a damaged checkpoint falls back to the one before and says so, a damaged log
stops its pipeline with the offsets, never silently. Method: a server stops, bytes of its files are flipped, it starts again."""

import random
import time

import pytest

from harness import Server

SQL = """
CREATE TABLE t (id BIGINT NOT NULL, s VARCHAR) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n, SUM(id) AS s FROM t;
"""
RECORDS = 400


@pytest.fixture
def server(tmp_path):
    running = Server(tmp_path / "data").start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive or running.process.returncode in (0, -9), "the server trapped: " + running.log_text()[-3000:]


def state(server):
    return next((server.data_dir / "pipelines").iterdir())


def push(server, first, pipeline="p", **parameters):
    rng = random.Random(first)
    rows = [{"id": i, "s": rng.randbytes(150).hex()} for i in range(first, first + RECORDS)]
    answer = server.ingest(pipeline, "t", rows, **parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["token"]


def checkpoint(server):
    answer = server.post("/v0/pipelines/p/checkpoint")
    assert answer.status_code == 200, answer.text
    sequence = answer.json()["checkpoint_sequence_number"]
    deadline = time.monotonic() + 30
    while server.get("/v0/pipelines/p/checkpoint_status").json().get("success") != sequence:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def flip(path, rng, first=0, last=None):
    """Flips one bit between two places of a file."""
    content = bytearray(path.read_bytes())
    place = rng.randrange(first, last or len(content))
    content[place] ^= 1 << rng.randrange(8)
    path.write_bytes(content)


def stopped_error(server, timeout=30):
    """Waits until the pipeline has stopped with an error, and answers it."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        pipeline = server.get("/v0/pipelines/p?selector=status").json()
        if pipeline.get("deployment_error") and pipeline["deployment_status"] == "Stopped":
            return pipeline["deployment_error"]
        time.sleep(0.01)
    raise AssertionError(f"the pipeline runs on damaged storage: {pipeline}")


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_checkpoint_falls_back_to_the_one_before(server, seed):
    rng = random.Random(seed)
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    total = 0
    for number in range(3):
        server.wait("p", push(server, total))
        total += RECORDS
        checkpoint(server)
    server.wait("p", push(server, total))
    total += RECORDS
    server.kill9()
    files = sorted((state(server) / "checkpoints").glob("*.data"), key=lambda path: path.stat().st_mtime_ns)
    content = files[-1].read_bytes()
    # All of the newest file: whatever is looked at, it is bad.
    files[-1].write_bytes(bytes(byte ^ (1 << rng.randrange(8)) for byte in content))
    server.start()
    server.wait_status("p", "Running")
    server.wait("p", push(server, total))
    total += RECORDS
    assert server.query("p", "SELECT n, s FROM total") == [{"n": total, "s": total * (total - 1) // 2}]
    assert len(server.query("p", "SELECT id FROM t")) == total
    assert "checkpoint is bad, taking an older one" in server.log_text()


def test_a_block_that_is_found_bad_later_restarts_from_an_older_checkpoint(server):
    """Only blocks of rows are damaged: the checkpoint opens well, and the first query or step that reads them finds it."""
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    server.wait("p", push(server, 0))
    checkpoint(server)
    server.wait("p", push(server, RECORDS))
    checkpoint(server)
    server.kill9()
    files = sorted((state(server) / "checkpoints").glob("*.data"), key=lambda path: path.stat().st_mtime_ns)
    content = bytearray(files[-1].read_bytes())
    for place in range(0, len(content) // 3, 64):
        content[place] ^= 1
    files[-1].write_bytes(content)
    server.start()
    deadline = time.monotonic() + 60
    total = 2 * RECORDS
    while True:
        assert time.monotonic() < deadline, server.log_text()[-2000:]
        answer = server.get("/v0/pipelines/p/query", params={"sql": "SELECT id FROM t", "format": "json"})
        if answer.status_code == 200 and len(answer.text.splitlines()) == total and "ERROR" not in answer.text:
            break
        push_again = server.ingest("p", "t", [])
        assert push_again.status_code in (200, 410, 503), push_again.text
        time.sleep(0.05)
    server.wait_status("p", "Running")
    server.wait("p", push(server, total))
    assert server.query("p", "SELECT n FROM total") == [{"n": total + RECORDS}]


@pytest.mark.parametrize("seed", range(3))
def test_a_damaged_write_ahead_log_names_the_lost_offsets(server, seed):
    rng = random.Random(seed)
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    server.post("/v0/pipelines/p/pause")
    server.wait_status("p", "Paused")
    for number in range(5):
        push(server, number * RECORDS, force="true")
        # The watermark is synced once a second.
    time.sleep(1.2)
    server.kill9()
    logs = sorted((state(server) / "store").glob("*.log"), key=lambda path: path.stat().st_size)
    flip(logs[-1], rng, first=len(logs[-1].read_bytes()) // 3, last=2 * len(logs[-1].read_bytes()) // 3)
    server.start()
    error = stopped_error(server)
    assert error["error_code"] == "DataLoss" or "lost" in error["message"], error
    assert "first_offset=" in error["message"] and f"end_offset={5 * RECORDS}" in error["message"], error


def test_a_damaged_group_in_a_table_file_stops_the_pipeline_with_its_offset(server):
    rng = random.Random(1)
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": None}})
    server.post("/v0/pipelines/p/pause")
    server.wait_status("p", "Paused")
    for number in range(5):
        push(server, number * RECORDS, force="true")
    # A forced stop closes the store, which moves the log to table files.
    server.stop_pipeline("p", force=True)
    tables = sorted((state(server) / "store").glob("*.sst"), key=lambda path: path.stat().st_size)
    size = tables[-1].stat().st_size
    flip(tables[-1], rng, first=size // 3, last=size // 2)
    assert server.post("/v0/pipelines/p/start?initial=running").status_code == 202
    error = stopped_error(server)
    assert "offset" in error["message"], error
