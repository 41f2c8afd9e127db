"""Guards invariants 1 to 6 and 10: after any crash every acknowledged record is there exactly once, in the views and in the sink; a
request that is repeated under its Idempotency-Key counts once; a view holds what its query says of the table.

Crashes are kill -9 at random times and at injected moments (before and after each sync, rename and removal, so also around a
manifest's publication and a sink's acknowledgement), some while the server recovers. Half of them are power cuts: what was not
synced is gone (faults/disk.py). TIDEMARK_CRASHES sets how many (25 by default), TIDEMARK_SEED repeats a run."""

import collections
import json
import os
import random
import threading
import time
import zlib

import pytest
import requests

from faults.disk import FOREVER, LIE_ON_SYNC, Disk
from harness import Server

CRASHES = int(os.environ.get("TIDEMARK_CRASHES", "25"))
SEED = int(os.environ.get("TIDEMARK_SEED", str(int(time.time()))))

# Ids of a client are from its number on, times this; each life has its own below.
CLIENT_IDS = 10**12
# No primary key: a record applied twice would show as weight two.
SQL = """
CREATE TABLE t (id BIGINT NOT NULL, client INT NOT NULL) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW doubled AS SELECT id, COUNT(*) AS n FROM t GROUP BY id HAVING COUNT(*) <> 1;
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;
CREATE MATERIALIZED VIEW sums WITH (
  'connectors' = '[{"name": "out", "transport": {"name": "file_output", "config": {"path": "%s"}}, "format": {"name": "json"}}]'
) AS SELECT id %% 40 AS k, COUNT(*) AS n FROM t GROUP BY id %% 40;
"""


class Client(threading.Thread):
    """Pushes small requests until the server goes away; remembers what was acknowledged and what is unknown."""

    def __init__(self, server, number, first, rng):
        super().__init__()
        self.url = f"{server.base}/v0/pipelines/p/ingress/t?format=json&update_format=raw"
        self.number, self.next, self.rng = number, first, rng
        self.acknowledged, self.unknown, self.tokens = [], [], []

    def run(self):
        session = requests.Session()
        while True:
            ids = list(range(self.next, self.next + self.rng.choice([1, 1, 7, 200])))
            self.next = ids[-1] + 1
            body = "\n".join('{"id":%d,"client":%d}' % (i, self.number) for i in ids)
            try:
                answer = session.post(self.url, data=body, timeout=30)
            except requests.RequestException:
                self.unknown += ids
                return
            if answer.status_code != 200:
                self.unknown += ids
                return
            self.acknowledged += ids
            self.tokens.append(answer.json()["token"])


class KeyedClient(Client):
    """Sends each request under a key of its own, so that it may repeat one whose answer it never saw."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.pending, self.answered = None, []

    def run(self):
        session = requests.Session()
        while True:
            ids = list(range(self.next, self.next + self.rng.choice([1, 7, 200])))
            self.next = ids[-1] + 1
            body = "\n".join('{"id":%d,"client":%d}' % (i, self.number) for i in ids)
            request = (f"k{ids[0]}", body, ids)
            try:
                answer = session.post(self.url, data=body, headers={"Idempotency-Key": request[0]}, timeout=30)
            except requests.RequestException:
                self.pending = request
                return
            if answer.status_code != 200:
                self.pending = request
                return
            self.acknowledged += ids
            self.answered.append(request)
            self.tokens.append(answer.json()["token"])


class Watcher(threading.Thread):
    """Reads the step count until the server goes away."""

    def __init__(self, server):
        super().__init__()
        self.url, self.steps = f"{server.base}/v0/pipelines/p/stats", 0

    def run(self):
        session = requests.Session()
        while True:
            try:
                answer = session.get(self.url, timeout=30)
                if answer.status_code == 200:
                    self.steps = max(self.steps, answer.json()["global_metrics"]["total_completed_steps"])
            except requests.RequestException:
                return
            time.sleep(0.01)


class Waiter(threading.Thread):
    """Waits for the clients' tokens, and counts the records of those that the server called complete."""

    def __init__(self, server, clients):
        super().__init__()
        self.url, self.clients, self.records = f"{server.base}/v0/pipelines/p/completion_status", clients, 0

    def run(self):
        session = requests.Session()
        seen = [0] * len(self.clients)
        while True:
            for index, client in enumerate(self.clients):
                for token in client.tokens[seen[index]:]:
                    try:
                        answer = session.get(self.url, params={"token": token, "wait": "5s"}, timeout=30)
                    except requests.RequestException:
                        return
                    if answer.status_code != 200:
                        break
                    self.records += answer.json()["accepted"]
                    seen[index] += 1
            if not any(client.is_alive() for client in self.clients):
                return
            time.sleep(0.005)


class SinkFile:
    """What the sink's file adds up to. It is read on from where it was read last, unless that is another there now: a crash
    may take back what was not told as delivered, and leave half a line at the end."""

    MARKS_MAX = 6

    def __init__(self, path):
        self.path = path
        self.forget()

    def forget(self):
        """The next reading is from the start."""
        self.marks = [{"begin": 0, "end": 0, "checksum": 0, "records": 0, "most": 0, "weights": {}}]

    def read(self):
        """The most records that it accounts for at any of its lines, and its rows with their weights."""
        with open(self.path, "rb") as file:
            mark = self._last_that_holds(file)
            file.seek(mark["end"])
            text = file.read()
        records, most, weights, taken = mark["records"], mark["most"], dict(mark["weights"]), 0
        for line in text[:text.rfind(b"\n") + 1].splitlines(keepends=True):
            try:
                change = json.loads(line)
            except ValueError:
                break
            for kind, row in change.items():
                sign = 1 if kind == "insert" else -1
                records += sign * row["n"]
                key = (row["k"], row["n"])
                weights[key] = weights.get(key, 0) + sign
                if not weights[key]:
                    del weights[key]
            most = max(most, records)
            taken += len(line)
        if taken:
            self.marks.append({
                "begin": mark["end"], "end": mark["end"] + taken, "checksum": zlib.crc32(text[:taken]),
                "records": records, "most": most, "weights": weights})
            # The first stays, for a file that is another before all the others.
            del self.marks[1:-self.MARKS_MAX]
        return most, weights

    def _last_that_holds(self, file):
        for index, mark in enumerate(self.marks):
            file.seek(mark["begin"])
            if zlib.crc32(file.read(mark["end"] - mark["begin"])) != mark["checksum"]:
                del self.marks[index:]
                break
        return self.marks[-1]


class World:
    """One pipeline on a disk that may lose its power, and what its clients know."""

    def __init__(self, base, seed):
        self.rng = random.Random(seed)
        self.disk = Disk(base)
        self.output = self.disk.root / "out.json"
        self.server = Server(self.disk.root / "data", environment=lambda: self.disk.environment, log_path=base / "server.log")
        self.sink = SinkFile(self.output)
        # Of the lives since the records were listed last; the records that were there then, of lives that began below `listed`.
        self.acknowledged, self.unknown = set(), set()
        self.present, self.listed, self.fingerprint = set(), 0, []
        self.older, self.steps = [], 0
        self.incarnation, self.next_id, self.cuts, self.complete = None, 0, 0, 0
        self.pending, self.answered, self.replays = [], [], 0

    def told(self, crashes):
        return (f"{crashes} crashes, {self.cuts} power cuts, {len(self.present)} records, {len(self.older)} tokens, "
                f"{self.replays} repeated requests")

    def begin(self):
        self.server.start()
        config = {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}}
        self.server.up("p", SQL % self.output, config)

    def crash_under_load(self):
        """Answers the tokens of this life."""
        server, rng = self.server, self.rng
        kinds = [Client, Client, Client, KeyedClient, KeyedClient]
        clients = [kind(server, n, (n + 1) * CLIENT_IDS + self.next_id, random.Random(rng.random())) for n, kind in enumerate(kinds)]
        watcher, waiter = Watcher(server), Waiter(server, clients)
        self.next_id += 10**7
        for thread in clients + [watcher, waiter]:
            thread.start()
        time.sleep(rng.uniform(0.02, 0.5))
        if rng.random() < 0.5:
            self.disk.kill_in(rng.randint(1, 60))
            self._wait_for_death(3)
        server.kill9()
        for client in clients:
            client.join()
            self.acknowledged.update(client.acknowledged)
            self.unknown.update(client.unknown)
        for client in clients[3:]:
            self.answered += client.answered
            self.pending += [client.pending] if client.pending else []
        watcher.join()
        waiter.join()
        self.complete += waiter.records
        self.steps = max(self.steps, watcher.steps)
        return [token for client in clients for token in client.tokens]

    def _wait_for_death(self, seconds):
        deadline = time.monotonic() + seconds
        while self.server.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.002)
        self.disk.kill_in(0)

    def power_off(self):
        """After a crash; half the time."""
        if self.rng.random() < 0.5:
            self.cuts += 1
            self.disk.cut(self.rng if self.rng.random() < 0.5 else None)
        # Complete means: outside, before any restart.
        assert self.sink.read()[0] >= self.complete, "a complete token's records are not in the sink"

    def come_back(self):
        """Starts the server, which may die a few times while it recovers."""
        while True:
            dies = self.rng.random() < 0.3
            self.disk.kill_in(self.rng.randint(1, 80) if dies else 0)
            try:
                self.server.start()
                self.server.wait_status("p", "Running")
                self.disk.kill_in(0)
                # May have died just before.
                time.sleep(0.01)
                if self.server.process.poll() is None:
                    return
            except (RuntimeError, requests.RequestException):
                assert dies and self.server.process.wait(10) == -9, self.server.log_text()[-3000:]
            self.server.kill9()
            self.power_off()

    def check_steps(self):
        metrics = self.server.stats("p")["global_metrics"]
        assert metrics["incarnation_uuid"] != self.incarnation
        self.incarnation = metrics["incarnation_uuid"]
        assert metrics["total_completed_steps"] >= self.steps, "total_completed_steps went back"
        self.steps = metrics["total_completed_steps"]

    def check_tokens(self, tokens):
        """Every token of an earlier life is answered 410 recovered, with a successor that completes."""
        session = requests.Session()
        url = f"{self.server.base}/v0/pipelines/p/completion_status"
        for token in tokens:
            answer = session.get(url, params={"token": token}, timeout=30)
            assert answer.status_code == 410, answer.text
            details = answer.json()["details"]
            assert details["outcome"] == "recovered" and details["reason"] == "crashed" and details["lost"] == [], details
            complete = session.get(url, params={"token": details["successor"], "wait": "30s"}, timeout=60)
            assert complete.status_code == 200 and complete.json()["status"] == "complete", complete.text

    def check_keys(self):
        """Requests whose answer was lost are sent again, and some that were answered: each counts once."""
        session = requests.Session()
        url = f"{self.server.base}/v0/pipelines/p/ingress/t?format=json&update_format=raw"
        status = f"{self.server.base}/v0/pipelines/p/completion_status"
        known = self.rng.sample(self.answered, min(5, len(self.answered)))
        for is_new, requests_ in ((True, self.pending), (False, known)):
            for key, body, ids in requests_:
                answer = session.post(url, data=body, headers={"Idempotency-Key": key}, timeout=60)
                assert answer.status_code == 200, answer.text
                is_replay = answer.headers.get("Idempotency-Replayed") == "true"
                assert is_new or is_replay, "an answered request was taken again"
                self.replays += is_replay
                if is_new:
                    self.acknowledged.update(ids)
                token = session.get(status, params={"token": answer.json()["token"], "wait": "30s"}, timeout=60)
                assert token.status_code == 200 and token.json()["accepted"] == len(ids), token.text
        self.answered += self.pending
        self.pending = []

    def check_contents(self, lists, everything=False):
        server = self.server
        server.wait("p", server.ingest("p", "t", []).json()["token"])
        deadline = time.monotonic() + 60
        while True:
            metrics = server.stats("p")["global_metrics"]
            if metrics["total_processed_records"] == metrics["total_input_records"]:
                break
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert server.query("p", "SELECT * FROM doubled") == [], "a record was applied twice"
        count = server.query("p", "SELECT n FROM total")[0]["n"] - len(self.present)
        assert len(self.acknowledged) <= count <= len(self.acknowledged) + len(self.unknown)
        if lists:
            self.check_records()
        if everything:
            self.check_everything()

    def check_records(self):
        """Lists the records of the lives since the last time; those of the lives before must be what they were."""
        fresh = {row["id"] for row in self.server.query("p", f"SELECT id FROM t WHERE id % {CLIENT_IDS} >= {self.listed}")}
        assert self.acknowledged <= fresh, f"lost {sorted(self.acknowledged - fresh)[:5]}"
        assert fresh <= self.acknowledged | self.unknown, "records that nobody sent"
        assert self.fingerprint_below(self.listed) == self.fingerprint, "records of former lives are others now"
        self.present |= fresh
        self.acknowledged, self.unknown, self.listed = set(), set(), self.next_id
        self.fingerprint = self.fingerprint_below(self.listed)
        self.check_views()

    def fingerprint_below(self, listed):
        return sorted(tuple(row.values()) for row in self.server.query("p", f"""
            SELECT client, COUNT(*) AS n, SUM(id % {CLIENT_IDS}) AS s, SUM((id % 999983) * (id % 7919)) AS h
            FROM t WHERE id % {CLIENT_IDS} < {listed} GROUP BY client"""))

    def check_views(self):
        written = self.sink.read()[1]
        assert set(written.values()) <= {1}, "a delta was written twice or lost"
        shown = {row["k"]: row["n"] for row in self.server.query("p", "SELECT k, n FROM sums")}
        assert dict(written) == {pair: 1 for pair in shown.items()}, "the sink's file is not what the view holds"
        counted = collections.Counter(identity % 40 for identity in self.present)
        assert shown == counted, "the view is not what its query says of the table"

    def check_everything(self):
        """As check_records, of all lives, from nothing that was known before."""
        assert {row["id"] for row in self.server.query("p", "SELECT id FROM t")} == self.present
        self.sink.forget()
        self.check_views()


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, SEED)
    world.begin()
    yield world
    world.server.close()


def test_every_acknowledged_record_exactly_once_over_crashes_and_power_cuts(world):
    print(f"seed {SEED}")
    began = time.monotonic()
    for crash in range(CRASHES):
        ended = world.crash_under_load()
        world.power_off()
        world.come_back()
        world.check_steps()
        world.check_keys()
        world.check_tokens(ended + world.rng.sample(world.older, min(20, len(world.older))))
        world.older += ended
        is_last = crash == CRASHES - 1
        world.check_contents(lists=crash % 10 == 9 or is_last, everything=crash % 250 == 249 or is_last)
        if crash % 50 == 49:
            print(f"{time.monotonic() - began:.0f} s: {world.told(crash + 1)}", flush=True)
    print(world.told(CRASHES))
    assert CRASHES < 20 or world.cuts > 0 and world.replays > 0


def test_a_disk_that_lies_about_syncs_is_found_out(world):
    """The harness itself: were a sync left out, records would be missing after the cut."""
    world.disk.fail(LIE_ON_SYNC, 0, count=FOREVER)
    for i in range(20):
        assert world.server.ingest("p", "t", [{"id": i, "client": 0}]).status_code == 200
    world.server.kill9()
    world.disk.heal()
    world.disk.cut()
    world.server.start()
    world.server.wait_status("p", "Running")
    assert world.server.query("p", "SELECT n FROM total")[0]["n"] == 0


def test_the_disk_forgets_what_was_not_synced(tmp_path):
    """The harness itself: a cut takes unsynced bytes and names, and undoes unsynced renames and removals."""
    disk = Disk(tmp_path)
    kept = disk.root / "kept"
    kept.mkdir()
    (kept / "old").write_text("old")
    (kept / "gone").write_text("gone")
    disk._take_as_durable()
    script = """
import os, sys
root = sys.argv[1]
def put(name, text, sync):
    file = os.open(f"{root}/kept/{name}", os.O_WRONLY | os.O_CREAT, 0o644)
    os.write(file, text)
    if sync: os.fsync(file)
    return file
file = put("synced", b"12345", True)
put("unnamed", b"1", True)
os.rename(f"{root}/kept/unnamed", f"{root}/kept/named")
directory = os.open(f"{root}/kept", os.O_RDONLY)
os.fsync(directory)
os.write(file, b"6789")
put("unsynced", b"x", True)
os.unlink(f"{root}/kept/gone")
os.rename(f"{root}/kept/named", f"{root}/kept/old")
os.mkdir(f"{root}/unsynced")
"""
    import subprocess
    import sys

    subprocess.run([sys.executable, "-c", script, str(disk.root)], env={**os.environ, **disk.environment}, check=True)
    disk.cut()
    assert {path.name: path.read_text() for path in kept.iterdir()} == {
        "old": "old", "gone": "gone", "synced": "12345", "named": "1"}
    assert [path.name for path in disk.root.iterdir()] == ["kept"]
