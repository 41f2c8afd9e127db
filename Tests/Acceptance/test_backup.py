"""Guards `tidemark backup` and `tidemark restore`: a copy that was made under load holds a prefix of what was acknowledged, at least
all up to its request; tokens that are newer are lost and say so, older ones have successors. Method: one client pushes one record
a request all the time, checkpoints and backups are made meanwhile, each backup is restored and asked."""

import subprocess
import threading
import time

import requests

from harness import BINARY, Server

SQL = """
CREATE TABLE t (id BIGINT NOT NULL) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n, MAX(id) AS m FROM t;
"""


def tidemark(*arguments):
    return subprocess.run([str(BINARY), *map(str, arguments)], capture_output=True, text=True, timeout=120)


def backup(server, name):
    return tidemark("backup", "--port", server.port, "--name", name)


class Pusher(threading.Thread):
    def __init__(self, server):
        super().__init__()
        self.url = f"{server.base}/v0/pipelines/p/ingress/t?format=json&update_format=raw"
        self.tokens, self.done = [], threading.Event()

    def run(self):
        session = requests.Session()
        while not self.done.is_set():
            answer = session.post(self.url, data='{"id":%d}' % len(self.tokens), timeout=60)
            assert answer.status_code == 200, answer.text
            self.tokens.append(answer.json()["token"])


def check_restored(path, tokens, known_before, known_after):
    """The record of token i is i."""
    report = tidemark("verify", "--data-dir", path)
    assert report.returncode == 0, report.stdout + report.stderr
    server = Server(path).start()
    try:
        server.wait_status("p", "Running")
        server.wait("p", server.ingest("p", "t", []).json()["token"])
        row = server.query("p", "SELECT n, m FROM total")[0]
        count = row["n"]
        assert row["m"] == count - 1, "no prefix"
        assert known_before <= count <= known_after
        for index in {0, count // 2, count - 1, count, count + 1, len(tokens) - 1}:
            answer = server.status("p", tokens[index])
            assert answer.status_code == 410, answer.text
            details = answer.json()["details"]
            if index < count:
                assert details["outcome"] == "recovered" and details["lost"] == [], details
                server.wait("p", details["successor"])
            else:
                assert details["outcome"] == "lost" and details["successor"] is None, details
                assert details["lost"] == [[index, index + 1]], details
        # Life goes on.
        server.wait("p", server.ingest("p", "t", [{"id": 10**9}]).json()["token"])
        assert server.query("p", "SELECT n FROM total") == [{"n": count + 1}]
        assert server.get("/v0/pipelines/q?selector=status").json()["deployment_status"] == "Stopped"
        server.start_pipeline("q")
        assert server.query("q", "SELECT n FROM total") == [{"n": 3}]
    finally:
        server.close()


def test_backups_of_a_busy_server(server, tmp_path):
    server.up("q", SQL)
    server.wait("q", server.ingest("q", "t", [{"id": 1}, {"id": 2}, {"id": 3}]).json()["token"])
    server.stop_pipeline("q")
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}})
    pusher = Pusher(server)
    pusher.start()
    bounds = {}
    for name in ("early", "late"):
        time.sleep(1.7)
        before = len(pusher.tokens)
        made = backup(server, name)
        assert made.returncode == 0 and "2 pipelines" in made.stdout, made.stderr
        bounds[name] = (before, len(pusher.tokens) + 1)
    again = backup(server, "late")
    assert again.returncode == 1 and "already exists" in again.stderr, again.stderr
    assert backup(server, "../x").returncode == 1
    while len(pusher.tokens) < bounds["late"][1] + 50:
        time.sleep(0.01)
    pusher.done.set()
    pusher.join()
    for name, (before, after) in bounds.items():
        path = tmp_path / f"restored-{name}"
        restored = tidemark("restore", "--from", server.data_dir / "backups" / name, "--data-dir", path)
        assert restored.returncode == 0, restored.stderr
        check_restored(path, pusher.tokens, before, after)
        used = tidemark("restore", "--from", server.data_dir / "backups" / name, "--data-dir", path)
        assert used.returncode == 1 and "not empty" in used.stderr, used.stderr
    # The restored ones changed nothing here, and a second one of the same backup is as good.
    path = tmp_path / "second"
    assert tidemark("restore", "--from", server.data_dir / "backups" / "early", "--data-dir", path).returncode == 0
    check_restored(path, pusher.tokens, *bounds["early"])
    total = len(pusher.tokens)
    server.wait("p", server.ingest("p", "t", []).json()["token"])
    assert server.query("p", "SELECT n FROM total") == [{"n": total}]


def test_a_backup_without_a_server_or_a_catalog_is_refused(tmp_path):
    (tmp_path / "empty").mkdir()
    assert tidemark("restore", "--from", tmp_path / "empty", "--data-dir", tmp_path / "new").returncode == 1
    assert not (tmp_path / "new").exists()
    assert tidemark("backup", "--port", 1, "--name", "x").returncode == 1
