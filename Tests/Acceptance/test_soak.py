"""Guards invariants 2, 3 and 7: 64 clients, half of them polling, while the pipeline is paused and resumed, checkpoints are taken and
subscribers come and go; no error, no lost token, flat memory and file descriptors, bounded disk.

TIDEMARK_SOAK_SECONDS sets the length (60 by default, 1800 for a release)."""

import os
import random
import threading
import time

import requests

SECONDS = float(os.environ.get("TIDEMARK_SOAK_SECONDS", "60"))
SQL = """
CREATE TABLE t (id BIGINT NOT NULL, k INT NOT NULL);
CREATE MATERIALIZED VIEW by_key AS SELECT k, COUNT(*) AS n, SUM(id) AS s FROM t GROUP BY k;
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;
"""


class Soak:
    """What the clients share."""

    def __init__(self, server):
        self.server = server
        self.stop = time.monotonic() + SECONDS
        self.lock = threading.Lock()
        self.errors, self.open_tokens = [], []
        self.counts = {"pushed": 0, "complete": 0, "pauses": 0, "subscriptions": 0, "changes": 0}

    def note(self, name, count=1):
        with self.lock:
            self.counts[name] += count

    def guarded(self, body, *arguments):
        try:
            body(*arguments)
        except Exception as error:  # noqa: BLE001
            with self.lock:
                self.errors.append(repr(error))

    def push(self, number):
        session = requests.Session()
        rng = random.Random(number)
        while time.monotonic() < self.stop:
            size = rng.choice([1, 1, 10, 100])
            body = "\n".join('{"id":%d,"k":%d}' % (rng.randrange(10**9), rng.randrange(100)) for _ in range(size))
            url = f"{self.server.base}/v0/pipelines/p/ingress/t?format=json&update_format=raw"
            answer = session.post(url, data=body, timeout=60)
            with self.lock:
                if answer.status_code != 200:
                    self.errors.append(answer.text)
                else:
                    self.counts["pushed"] += size
                    self.open_tokens.append(answer.json()["token"])

    def poll(self):
        session = requests.Session()
        url = f"{self.server.base}/v0/pipelines/p/completion_status"
        while True:
            with self.lock:
                token = self.open_tokens.pop(0) if self.open_tokens else None
            if token is None:
                if time.monotonic() > self.stop + 1:
                    return
                time.sleep(0.01)
                continue
            begin = time.monotonic()
            answer = session.get(url, params={"token": token, "wait": "20s"}, timeout=60)
            with self.lock:
                if answer.status_code == 200:
                    self.counts["complete"] += 1
                else:
                    self.errors.append(f"after {time.monotonic() - begin:.3f} s: {answer.text}")

    def pause(self):
        session = requests.Session()
        url = f"{self.server.base}/v0/pipelines/p"
        while time.monotonic() < self.stop:
            time.sleep(4)
            assert session.post(f"{url}/pause", timeout=60).status_code == 202
            time.sleep(0.2)
            assert session.post(f"{url}/resume", timeout=60).status_code == 202
            self.note("pauses")

    def subscribe(self, number):
        """Reads a view's changes for a while and leaves without a word."""
        rng = random.Random(number)
        url = f"{self.server.base}/v0/pipelines/p/egress/by_key?format=json"
        while time.monotonic() < self.stop:
            until = min(self.stop, time.monotonic() + rng.uniform(0.2, 3))
            with requests.post(url, stream=True, timeout=60) as answer:
                assert answer.status_code == 200, answer.text
                self.note("subscriptions")
                for _ in answer.iter_lines():
                    self.note("changes")
                    if time.monotonic() > until:
                        break

    def disk_bytes(self):
        total = 0
        for path in self.server.data_dir.rglob("*"):
            try:
                total += path.stat().st_size if path.is_file() else 0
            except FileNotFoundError:
                pass
        return total

    def readings(self):
        return self.server.resident_bytes(), len(list(self.server.proc("fd").iterdir())), self.disk_bytes()


def test_sixty_four_clients(server):
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 5}})
    soak = Soak(server)
    work = [(soak.push, n) for n in range(32)] + [(soak.poll,)] * 32 + [(soak.pause,)] + [(soak.subscribe, n) for n in range(4)]
    threads = [threading.Thread(target=soak.guarded, args=part) for part in work]
    for thread in threads:
        thread.start()
    warm = soak.stop - SECONDS + min(10, SECONDS / 4)
    early = (0, 0, 0)
    while time.monotonic() < warm + SECONDS / 4:
        time.sleep(0.5)
        if time.monotonic() > warm:
            early = tuple(max(pair) for pair in zip(early, soak.readings()))
    for thread in threads:
        thread.join(SECONDS + 120)
        assert not thread.is_alive(), "a client hangs"
    late = soak.readings()
    print(f"{soak.counts} rss {early[0] >> 20} MiB -> {late[0] >> 20} MiB, files {early[1]} -> {late[1]}, "
          f"disk {early[2] >> 20} MiB -> {late[2] >> 20} MiB")
    assert not soak.errors, soak.errors[:3]
    counts = soak.counts
    assert not soak.open_tokens and counts["complete"] > 0
    assert SECONDS < 10 or counts["pauses"] > 0 and counts["subscriptions"] > 4 and counts["changes"] > 0
    assert server.query("p", "SELECT n FROM total") == [{"n": counts["pushed"]}]
    assert late[0] <= early[0] * 1.1, f"memory {early} -> {late}"
    assert late[1] <= early[1] * 1.1, f"file descriptors {early} -> {late}"
    assert late[2] <= early[2] * 2 + (64 << 20), f"disk {early} -> {late}"
