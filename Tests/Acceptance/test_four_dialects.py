"""Guards "four dialects, one truth": random traffic through all four at once, with kill -9; at every moment what each
of them says of an object agrees with the ledger and with the others, counters add up, and a terminal status changes by an explicit
retry only. How an answer is judged: dialects/items.py and dialects/groups.py.

TIDEMARK_SEED repeats a run as far as threads allow, TIDEMARK_TRAFFIC_SECONDS (15) sets how long there is traffic,
TIDEMARK_TRAFFIC_CRASHES (6) how often the server is killed meanwhile."""

import json
import os
import threading
import time

from dialects import groups, items, lies, totals
from dialects.registry import Caller, Registry, chance_of
from dialects.traffic import (
    COPIES, GATE, ORDERS, BatchClient, CargoClient, NativeClient, OrchestrationClient)
from dialects.world import World
from harness import Server

SEED = int(os.environ.get("TIDEMARK_SEED", str(int(time.time()))))
SECONDS = float(os.environ.get("TIDEMARK_TRAFFIC_SECONDS", "15"))
CRASHES = int(os.environ.get("TIDEMARK_TRAFFIC_CRASHES", "6"))
CLIENTS = [CargoClient, CargoClient, BatchClient, OrchestrationClient, NativeClient]


class Observer(threading.Thread):
    """Looks at one object after another until `stop` is set."""

    def __init__(self, base, registry, stop, number):
        super().__init__(daemon=True, name=f"observer {number}")
        self.caller, self.registry, self.stop = Caller(base, registry), registry, stop
        self.chance = chance_of(registry.seed, self.name)

    def run(self):
        while not self.stop.wait(0.002):
            try:
                self.look()
            except Exception as error:
                self.registry.violate("an answer can be read", self.name, error=repr(error))

    def look(self):
        draw = self.chance.random()
        if draw < 0.04:
            totals.check_snapshot(self.caller, self.registry)
        elif draw < 0.06:
            totals.check_lists(self.caller, self.registry, self.chance)
        elif draw < 0.35:
            if known := self.registry.pick(self.chance, groups=True):
                items.observe(self.caller, self.registry, known, self.chance, by=groups.look)
        elif known := self.registry.pick(self.chance):
            items.observe(self.caller, self.registry, known, self.chance)


def serve(directory, world):
    settings = {
        "cargo": {
            "batch_age_secs": 0.25, "batch_items_max": 8, "provider_retry_secs": 0.1, "provider_tries_max": 4,
            "callback_delays_secs": [0, 0.1, 0.2, 0.3], "callback_timeout_secs": 1,
        },
        "providers": {
            "shaky": {"kind": "http", "url": f"{world.base}/items", "models": ["shaky-1"], "timeout_secs": 1},
            "gate": {
                "kind": "sql", "pipeline": "gate", "table": "work", "view": "doubled", "models": ["gate-1"],
                "timeout_secs": 20,
            },
        },
    }
    path = directory / "server.json"
    path.write_text(json.dumps(settings))
    server = Server(directory / "data", options=["--config", str(path)]).start()
    for name, program in (("gate", GATE), ("native", ORDERS), ("second", COPIES)):
        server.up(name, program)
    return server


def look_at(server, registry):
    """Where a cargo stands, for the receiver of its callback."""
    def look(cargo):
        answer = Caller(server.base, registry).call("GET", f"/cargo/{cargo}/tracking", timeout=0.8)
        return answer.json()["status"] if answer is not None and answer.status_code == 200 else None
    return look


def rush(server, registry, world, seconds, crashes):
    """Traffic and observers for a while, with crashes; the clients, when all of it is still."""
    stop, chance = threading.Event(), chance_of(registry.seed, "crashes")
    clients = [kind(server.base, registry, world, stop, number) for number, kind in enumerate(CLIENTS)]
    observers = [Observer(server.base, registry, stop, number) for number in range(3)]
    for thread in clients + observers:
        thread.start()
    moments = sorted(chance.uniform(0, seconds) for _ in range(crashes))
    began = time.monotonic()
    for moment in moments:
        time.sleep(max(0, began + moment - time.monotonic()))
        registry.life += 1
        server.kill9()
        server.start()
        registry.life += 1
    time.sleep(max(0, began + seconds - time.monotonic()))
    stop.set()
    for thread in clients + observers:
        thread.join(60)
        registry.expect(not thread.is_alive(), "the client goes on", thread.name)
    return clients


def settle(server, registry, world, clients, crashes):
    """Everything ends; then everything is looked at once more, with nothing moving."""
    caller, chance = Caller(server.base, registry), chance_of(registry.seed, "end")
    world.is_calm = True
    deadline = time.monotonic() + 30
    while caller.rows("SELECT 1 AS one") is None:
        assert time.monotonic() < deadline, "the work does not open: " + server.log_text()[-2000:]
        time.sleep(0.05)
    totals.wait_for_ends(caller, registry, 45)
    totals.adopt(caller, registry)
    some = chance.sample(list(registry.groups.values()), min(40, len(registry.groups)))
    for known in some:
        items.observe(caller, registry, known, chance, is_calm=True, by=groups.look)
    for known in chance.sample(list(registry.items.values()), min(60, len(registry.items))):
        items.observe(caller, registry, known, chance, is_calm=True)
    totals.check_snapshot(caller, registry)
    totals.check_lists(caller, registry, chance)
    totals.check_callbacks(caller, registry, world, crashes)
    totals.check_outputs(caller, registry, world, some)
    totals.check_native(registry, [client for client in clients if isinstance(client, NativeClient)])
    return totals.check_totals(caller, registry)


def test_four_dialects_tell_one_truth(tmp_path):
    print("seed", SEED)
    world, registry = World(SEED), Registry(SEED)
    server = serve(tmp_path, world)
    world.look = look_at(server, registry)
    try:
        began = time.monotonic()
        clients = rush(server, registry, world, SECONDS, CRASHES)
        middle = time.monotonic()
        counted = settle(server, registry, world, clients, CRASHES)
        assert server.process.poll() is None, "the server trapped: " + server.log_text()[-3000:]
    finally:
        server.close()
        world.close()
    print(f"{middle - began:.0f} s of traffic, {time.monotonic() - middle:.0f} s to the end; {registry.checks} checks; "
          f"{len(registry.items)} items, {len(registry.groups)} groups, {CRASHES} crashes; unanswered {registry.unanswered}")
    print({" ".join(key): count for key, count in sorted(counted.items())})
    assert not registry.violations, "\n" + registry.report()
    assert registry.checks > 1000 and len(counted) > 8, "there was hardly any traffic"


def test_lies_are_seen(tmp_path):
    """Each check is given a wrong answer, and must say so."""
    world, registry = World(7), Registry(7)
    world.is_calm = True
    server = serve(tmp_path, world)
    world.look = lambda cargo: "callback_pending"
    try:
        caller, chance, stop = Caller(server.base, registry), chance_of(7, "lies"), threading.Event()
        makers = [kind(server.base, registry, world, stop, number) for number, kind in enumerate(CLIENTS[1:4])]
        for serial in range(4):
            for maker in makers:
                maker.serial = serial
            makers[0].load()
            makers[1].create()
            makers[2].batch()
            makers[2].single()
        totals.wait_for_ends(caller, registry, 30)
        totals.adopt(caller, registry)
        assert not registry.violations, registry.report()
        cargo, run, batch = (
            next(known for known in pool.values() if known.dialect == dialect and (known.total or 2) > 1)
            for pool, dialect in ((registry.items, "cargo"), (registry.items, "orchestration"), (registry.groups, "batches")))
        cargo.group = caller.read(f"/cargo/{cargo.id}")["group"]
        cargo.tokens = [caller.read(f"/cargo/{cargo.id}")["token"]]
        missed = [
            (known.dialect, lie) for known, list_ in ((cargo, lies.CARGO), (run, lies.RUN), (batch, lies.BATCH))
            for lie in lies.missed(server.base, known, list_, 7, chance)]
        assert missed == []
        assert lies.missed_totals(server.base, registry, world, chance) == []
    finally:
        stop.set()
        server.close()
        world.close()
