"""Guards invariants 6 and 8 on a disk of its own (a tmpfs): full in the middle of a write, it ends nothing, answers 503, loses no
acknowledged record, and service returns by itself when there is room."""

import os
import pathlib
import subprocess
import threading
import time

import pytest

from harness import Server

SQL = """
CREATE TABLE t (k INT NOT NULL, s VARCHAR);
CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n FROM t GROUP BY k;
"""
ROWS = 200


@pytest.fixture
def small_disk(tmp_path):
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", str(mount)], capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip("a tmpfs cannot be mounted here: " + made.stderr.strip())
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=False)


def fill(path: pathlib.Path, stop: threading.Event):
    """Takes every byte that becomes free, past the margin that the server keeps for itself."""
    with open(path, "wb", 0) as ballast:
        while not stop.is_set():
            try:
                ballast.write(b"x" * (1 << 20))
            except OSError:
                time.sleep(0.01)


def push(server, number):
    rows = [{"k": number, "s": os.urandom(300).hex()} for _ in range(ROWS)]
    return server.ingest("p", "t", rows)


@pytest.mark.parametrize("attempt", range(2))
def test_a_full_disk_ends_nothing(small_disk, tmp_path, attempt):
    server = Server(small_disk / "data")
    server.log_path = tmp_path / "server.log"
    server.start()
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}})
    acknowledged, refused, number = [], [], 0
    full = threading.Event()
    filler = threading.Thread(target=fill, args=(small_disk / "ballast", full))
    started = time.monotonic()
    while len(refused) < 15 and number < 20_000:
        if not filler.is_alive() and time.monotonic() > started + 1:
            filler.start()
        answer = push(server, number)
        if answer.status_code == 200:
            acknowledged.append(number)
        else:
            # 410: the life that failed ends; a body without token was not taken.
            assert answer.status_code in (503, 410) and "token" not in answer.json(), answer.text
            assert answer.status_code == 410 or int(answer.headers["Retry-After"]) > 0
            refused.append(answer.json()["error_code"])
            time.sleep(0.2)
        number += 1
    assert len(refused) == 15, "the disk never became full"
    assert server.process.poll() is None, server.log_text()[-3000:]
    full.set()
    filler.join()
    (small_disk / "ballast").unlink()
    deadline = time.monotonic() + 60
    while (answer := push(server, number)).status_code != 200:
        assert time.monotonic() < deadline, f"service does not return: {answer.text}\n{server.log_text()[-2000:]}"
        time.sleep(0.1)
    acknowledged.append(number)
    server.wait("p", answer.json()["token"])
    check(server, acknowledged)
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    server.wait("p", server.ingest("p", "t", []).json()["token"])
    check(server, acknowledged)
    server.close()


def check(server, acknowledged):
    counts = {row["k"]: row["n"] for row in server.query("p", "SELECT k, n FROM by_k")}
    assert [k for k in acknowledged if counts.get(k) != ROWS] == [], "an acknowledged body is not whole"
    assert all(n == ROWS for n in counts.values()), "a body was taken in part"
