"""Guards storage formats: a data directory that the first release wrote opens, its tokens are judged right, its views are right, and it
is of the present format then; a directory of a newer version is refused by name and left as it was. Method: golden/format-1.json holds
such a directory, made by that release (kill -9 behind a checkpoint, a keyed request, a refused row and a transaction), as base64."""

import base64
import hashlib
import hmac
import io
import json
import lzma
import os
import pathlib
import random
import shutil
import subprocess
import tarfile
import time

import pytest
import requests

from faults.disk import Disk
from harness import BINARY, Server

GOLDEN = pathlib.Path(__file__).parent / "golden" / "format-1.json"
CURRENT = "tidemark data format 2\n"
SEED = int(os.environ.get("TIDEMARK_SEED", str(int(time.time()))))
# One of so many moments; TIDEMARK_UPGRADE_EACH=1 takes all.
EACH = int(os.environ.get("TIDEMARK_UPGRADE_EACH", "4"))


def golden(target):
    """The directory, and what its writer knew."""
    known = json.loads(GOLDEN.read_text())
    packed = lzma.decompress(base64.b64decode("".join(known["directory_tar_xz"])))
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        tar.extractall(target, filter="data")
    for folder in ("catalog", "pipelines"):
        assert (target / folder).is_dir()
    return known


def content(directory):
    return {str(path.relative_to(directory)): path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}


def first_version(token, key):
    """The same claim as a token of version 1, which ends behind the count of refused records."""
    raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    body = bytes([1]) + raw[1:81]
    return base64.urlsafe_b64encode(body + hmac.new(key, body, hashlib.sha256).digest()[:16]).decode().rstrip("=")


def check(server, known):
    server.wait_status("p", "Running")
    assert server.query("p", "SELECT * FROM sums ORDER BY name") == known["expected"]["sums"]
    assert server.query("p", "SELECT * FROM late ORDER BY g") == known["expected"]["late"]
    assert server.stats("p")["global_metrics"]["total_completed_steps"] >= known["steps"]
    key = (server.data_dir / "token.key").read_bytes()
    for name, token in known["tokens"].items():
        for text in (token, first_version(token, key)):
            gone = server.status("p", text)
            assert gone.status_code == 410, (name, gone.text)
            details = gone.json()["details"]
            assert details["outcome"] == "recovered" and details["lost"] == [] and details["reason"] == "crashed", (name, details)
            done = server.wait("p", details["successor"])
            assert done["rejected"] == (1 if name == "partly" else 0), (name, done)


def test_a_directory_of_the_first_release_is_upgraded(tmp_path):
    server = Server(tmp_path / "data")
    known = golden(server.data_dir)
    assert not (server.data_dir / "format").exists()
    report = subprocess.run([str(BINARY), "verify", "--data-dir", str(server.data_dir)], capture_output=True, text=True)
    assert report.returncode == 0 and "data format 1, which the next start" in report.stdout, report.stdout + report.stderr
    assert not (server.data_dir / "format").exists(), "a check upgrades nothing"
    try:
        server.start()
        check(server, known)
        # The key of a request of before gives its answer again, and the refused row is there.
        again = server.post(
            "/v0/pipelines/p/ingress/t?format=json&update_format=raw", data=b'{"id":100,"g":1}', headers={"Idempotency-Key": "golden"})
        assert again.status_code == 200 and again.headers["Idempotency-Replayed"] == "true", again.text
        server.wait("p", again.json()["token"])
        letters = server.get("/v0/pipelines/p/dead_letters").json()["dead_letters"]
        assert [letter["raw"] for letter in letters] == ['{"id": "x", "g": 2}'], letters
        assert (server.data_dir / "format").read_text() == CURRENT
        server.wait("p", server.ingest("p", "t", [{"id": 1000, "g": 0}]).json()["token"])
        assert server.query("p", "SELECT m FROM late WHERE g = 0") == [{"m": 1000}]
        server.kill9()
        report = subprocess.run([str(BINARY), "verify", "--data-dir", str(server.data_dir)], capture_output=True, text=True)
        assert report.returncode == 0 and "format 1" not in report.stdout, report.stdout
        server.start()
        server.wait_status("p", "Running")
        assert server.query("p", "SELECT m FROM late WHERE g = 0") == [{"m": 1000}]
    finally:
        server.close()


def test_a_crash_at_each_moment_of_the_upgrade(tmp_path):
    """Killed before and after each sync, rename and creation of the first start, every second time as a power cut."""
    rng = random.Random(SEED)
    print(f"seed {SEED}")
    moment, survived = rng.randint(1, EACH), 0
    while not survived:
        base = tmp_path / str(moment)
        known = golden(base / "disk" / "data")
        disk = Disk(base)
        server = Server(disk.root / "data", environment=lambda: disk.environment, log_path=base / "server.log")
        try:
            disk.kill_in(moment)
            try:
                server.start()
                server.wait_status("p", "Running")
                survived = moment
            except (RuntimeError, requests.RequestException):
                assert server.process.wait(10) == -9, server.log_text()[-3000:]
            server.kill9()
            disk.kill_in(0)
            if rng.random() < 0.5:
                disk.cut(rng if rng.random() < 0.5 else None)
            server.start()
            check(server, known)
            assert (server.data_dir / "format").read_text() == CURRENT
        finally:
            server.close()
        shutil.rmtree(base)
        moment += rng.randint(1, 2 * EACH - 1)
    assert survived > 20, "the first start has fewer moments than an upgrade"


@pytest.mark.parametrize("text, message", [
    ("tidemark data format 3\n", "has data format 3, which a newer tidemark wrote, and this one knows formats 1 to 2"),
    ("tidemark data format 99999\n", "data format 99999"),
    ("tidemark data format\n", "is damaged"), ("", "is damaged"), ("\0" * 4096, "is damaged"),
])
def test_a_newer_directory_is_refused_and_left_alone(tmp_path, text, message):
    server = Server(tmp_path / "data")
    golden(server.data_dir)
    (server.data_dir / "format").write_text(text)
    before = content(server.data_dir)
    with pytest.raises(RuntimeError) as refused:
        server.start()
    assert message in str(refused.value), refused.value
    assert content(server.data_dir) == before
    for verb in (["verify", "--data-dir"], ["restore", "--data-dir", str(tmp_path / "new"), "--from"]):
        report = subprocess.run([str(BINARY), *verb, str(server.data_dir)], capture_output=True, text=True)
        assert report.returncode in (1, 2) and message in report.stderr, report.stdout + report.stderr
    assert not (tmp_path / "new").exists()
    assert content(server.data_dir) == before
    server.log.close()


def test_a_new_directory_and_a_backup_say_their_format(server):
    assert (server.data_dir / "format").read_text() == CURRENT
    made = subprocess.run(
        [str(BINARY), "backup", "--port", str(server.port), "--name", "one"], capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert (server.data_dir / "backups" / "one" / "format").read_text() == CURRENT
