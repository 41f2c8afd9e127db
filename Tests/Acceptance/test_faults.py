"""Guards invariants 1, 2, 6 and 8 below the storage layer: writes and syncs that fail or fall short, a disk that is full or read only.

Method: the shim of faults/ lets calls of the running server fail; then the disk heals, the machine loses its power, and every
record that was acknowledged is there exactly once. TIDEMARK_FAULTS sets the number of random rounds (6 by default)."""

import errno
import os
import random
import threading
import time

import pytest
import requests

from faults.disk import FOREVER, OPEN, RENAME, SHORT_WRITE, SYNC, WRITE
from test_crash import SEED, World

ROUNDS = int(os.environ.get("TIDEMARK_FAULTS", "6"))


class Patient(threading.Thread):
    """A client that goes on after errors. What was answered with anything but 200 may or may not be there."""

    def __init__(self, server, number, first):
        super().__init__(daemon=True)
        self.url = f"{server.base}/v0/pipelines/p/ingress/t?format=json&update_format=raw"
        self.number, self.next = number, first
        self.acknowledged, self.unknown, self.answers = [], [], {}
        self.done = threading.Event()

    def run(self):
        session = requests.Session()
        while not self.done.is_set():
            ids = list(range(self.next, self.next + 5))
            self.next = ids[-1] + 1
            body = "\n".join('{"id":%d,"client":%d}' % (i, self.number) for i in ids)
            try:
                answer = session.post(self.url, data=body, timeout=60)
            except requests.ConnectionError:  # the outcome is unknown, as after any answer but 200
                self.answers["reset"] = self.answers.get("reset", 0) + 1
                self.unknown += ids
                session = requests.Session()
                continue
            self.answers[answer.status_code] = self.answers.get(answer.status_code, 0) + 1
            if answer.status_code == 200:
                self.acknowledged += ids
            else:
                assert answer.status_code in (410, 500, 503), answer.text
                assert "token" not in answer.json(), answer.text
                self.unknown += ids
                time.sleep(0.02)


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, SEED)
    world.begin()
    yield world
    world.disk.heal()
    world.server.close()


def under_fault(world, kinds, number, after, count, seconds=0.7):
    """Load, a fault in its middle, healing, load until service is back; answers the codes seen."""
    clients = [Patient(world.server, n, (n + 1) * 10**12 + world.next_id) for n in range(3)]
    world.next_id += 10**7
    for client in clients:
        client.start()
    time.sleep(0.1)
    world.disk.fail(kinds, number, after, count)
    time.sleep(seconds)
    world.disk.heal()
    back = time.monotonic() + 60
    marks = [len(client.acknowledged) for client in clients]
    while any(len(client.acknowledged) <= mark for client, mark in zip(clients, marks)):
        assert world.server.process.poll() is None, "the server ended: " + world.server.log_text()[-3000:]
        assert time.monotonic() < back, "service does not return: " + world.server.log_text()[-3000:]
        time.sleep(0.01)
    codes = {}
    for client in clients:
        client.done.set()
        client.join()
        world.acknowledged.update(client.acknowledged)
        world.unknown.update(client.unknown)
        for code, count in client.answers.items():
            codes[code] = codes.get(code, 0) + count
    return codes


def settle(world):
    world.server.wait_status("p", "Running")
    world.check_contents(lists=True, everything=True)
    world.server.kill9()
    world.disk.cut()
    world.server.start()
    world.server.wait_status("p", "Running")
    world.check_contents(lists=True, everything=True)


def test_writes_that_fall_short_are_finished(world):
    codes = under_fault(world, SHORT_WRITE, 0, 0, FOREVER)
    assert world.disk.faults > 10 and set(codes) == {200}, codes
    settle(world)


@pytest.mark.parametrize("name, kinds, number, count", [
    ("one sync fails", SYNC, errno.EIO, 1), ("one write fails", WRITE, errno.EIO, 1), ("the disk is full", WRITE, errno.ENOSPC, FOREVER),
    ("the disk becomes read only", WRITE | OPEN | RENAME | SYNC, errno.EROFS, FOREVER), ("every sync fails", SYNC, errno.EIO, FOREVER)])
def test_a_fault_loses_nothing_and_service_returns(world, name, kinds, number, count):
    before = world.disk.faults
    codes = under_fault(world, kinds, number, 3, count)
    assert world.disk.faults > before, "nothing failed"
    assert codes.get(200, 0) > 0, codes
    settle(world)


def test_random_faults_with_crashes_and_power_cuts(world):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    for _ in range(ROUNDS):
        kinds = rng.choice([SYNC, WRITE, SHORT_WRITE, WRITE | SYNC, OPEN, RENAME, OPEN | WRITE | SYNC | RENAME])
        number = rng.choice([errno.EIO, errno.ENOSPC, errno.EROFS])
        under_fault(world, kinds, number, rng.randint(0, 30), rng.choice([1, 2, 5, 50]), seconds=rng.uniform(0.1, 0.5))
        if rng.random() < 0.5:
            world.server.wait_status("p", "Running")
            world.server.kill9()
            world.power_off()
            world.come_back()
        world.server.wait_status("p", "Running")
        world.check_contents(lists=True, everything=True)


def test_slow_syncs_are_only_slow(world):
    world.disk.slow_syncs(20_000)
    codes = under_fault(world, 0, 0, 0, 0)
    assert set(codes) == {200}
    settle(world)
