"""Cargo under load: RATE loads a second for SECONDS with callbacks to a local receiver, and trackings beside them.

    load.py BASE_URL [--rate 1000] [--seconds 60]

Afterwards every cargo is looked at: none may be lost, none out of state order, every callback made. Loads and trackings are
paced by a clock, and their times are counted from the moment at which they were due. One process makes the loads, one the
trackings and one is the receiver, each a single thread of asyncio over plain sockets.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import time

FULL = ["pending", "batched", "processing", "completed", "callback_pending", "callback_delivered"]


class Messages(asyncio.Protocol):
    """Heads and bodies of HTTP/1.1 as they come in; little work a message, since the load shares the server's cores."""

    def connection_made(self, transport):
        self.transport, self.bytes = transport, b""

    def data_received(self, data):
        self.bytes = self.bytes + data if self.bytes else data
        while (end := self.bytes.find(b"\r\n\r\n")) >= 0:
            head = self.bytes[:end].lower()
            place = head.find(b"content-length:")
            length = int(head[place + 15:].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self.bytes) < end + 4 + length:
                return
            body, self.bytes = self.bytes[end + 4:end + 4 + length], self.bytes[end + 4 + length:]
            self.took(head, body)


class Connection(Messages):
    """One request at a time."""

    def __init__(self, host, port):
        self.host, self.port, self.transport, self.answer = host, port, None, None

    async def call(self, request):
        loop = asyncio.get_running_loop()
        if self.transport is None:
            await loop.create_connection(lambda: self, self.host, self.port)
        self.answer = loop.create_future()
        self.transport.write(request)
        return await self.answer

    def took(self, head, body):
        if self.answer and not self.answer.done():
            self.answer.set_result((int(head[9:12]), body))

    def connection_lost(self, error):
        self.transport = None
        if self.answer and not self.answer.done():
            self.answer.set_exception(ConnectionError("the connection was closed"))


def get(host, port, path):
    return f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()


async def paced(host, port, rate, seconds, connections, make, took):
    """Calls `make(number)` at its due moment; `took(number, status, body, seconds)` afterwards."""
    queue, total = asyncio.Queue(), int(rate * seconds)

    async def work():
        connection = Connection(host, port)
        while (entry := await queue.get()) is not None:
            number, due = entry
            request = make(number)
            if request is None:
                continue
            status, body = await connection.call(request)
            took(number, status, body, time.monotonic() - due)

    workers = [asyncio.create_task(work()) for _ in range(connections)]
    begin = time.monotonic()
    for number in range(total):
        due = begin + number / rate
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        queue.put_nowait((number, due))
    for _ in workers:
        queue.put_nowait(None)
    await asyncio.gather(*workers)
    return time.monotonic() - begin


def percentile(values, share):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(len(values) * share))] * 1000, 2) if values else None


def receiver(port, results, stop):
    got = {}

    class Calls(Messages):
        def took(self, head, body):
            cargo = json.loads(body)["cargo_id"]
            got[cargo] = got.get(cargo, 0) + 1
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    async def main():
        server = await asyncio.get_running_loop().create_server(Calls, "127.0.0.1", 0, backlog=1024)
        port.put(server.sockets[0].getsockname()[1])
        while not stop.is_set():
            await asyncio.sleep(0.1)

    asyncio.run(main())
    results.put(got)


def loader(host, port, url, rate, seconds, results, recent):
    params = {"model": "echo", "max_tokens": 64, "messages": [{"role": "user", "content": "How much is the fish? " * 4}]}
    body = json.dumps({"params": params, "callback_url": url}).encode()
    request = (
        f"POST /cargo/load HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n").encode() + body
    cargos, times, bad = [], [], []

    def took(number, status, answer, duration):
        times.append(duration)
        if status != 200:
            bad.append((status, answer[:200]))
            return
        cargos.append(json.loads(answer)["cargo_id"])
        if number % 20 == 0:
            recent.put(cargos[-1])

    lasted = asyncio.run(paced(host, port, rate, seconds, 128, lambda number: request, took))
    results.put((cargos, times, bad, lasted))


def tracker(host, port, rate, seconds, results, recent):
    """Each request asks for a cargo that was loaded in the last seconds."""
    known, times, order, bad = [], [], {}, []
    try:
        # What is measured is the server, not how long this process waits for a core that the load has taken.
        os.nice(-10)
    except PermissionError:
        pass

    def make(number):
        while not recent.empty():
            known.append(recent.get())
        return get(host, port, f"/cargo/{known[-1 - number % min(len(known), 200)]}/tracking") if known else None

    def took(number, status, answer, duration):
        times.append(duration)
        told = json.loads(answer)
        if status != 200:
            bad.append(told)
            return
        rank = FULL.index(told["status"]) if told["status"] in FULL else -1
        if rank < order.get(told["cargo_id"], 0):
            bad.append(told)
        order[told["cargo_id"]] = rank

    asyncio.run(paced(host, port, rate, seconds, 16, make, took))
    results.put((times, bad))


async def check(host, port, cargos):
    """Cargo by what is wrong with it."""
    wrong, queue = {"not delivered": 0, "out of order": 0, "unknown": 0}, asyncio.Queue()
    for cargo in cargos:
        queue.put_nowait(cargo)

    async def work():
        connection = Connection(host, port)
        while not queue.empty():
            status, body = await connection.call(get(host, port, f"/cargo/{queue.get_nowait()}"))
            if status != 200:
                wrong["unknown"] += 1
                continue
            told = json.loads(body)
            statuses = [event["status"] for event in told["history"]]
            if told["status"] != "callback_delivered":
                wrong["not delivered"] += 1
            elif statuses != FULL or [e["at"] for e in told["history"]] != sorted(e["at"] for e in told["history"]):
                wrong["out of order"] += 1

    await asyncio.gather(*(work() for _ in range(16)))
    return wrong


def main():
    options = argparse.ArgumentParser()
    options.add_argument("base")
    options.add_argument("--rate", type=float, default=1000)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--tracking-rate", type=float, default=100)
    given = options.parse_args()
    host, port = given.base.removeprefix("http://").rstrip("/").split(":")
    ports, got, loads, tracks, recent = (multiprocessing.Queue() for _ in range(5))
    stop = multiprocessing.Event()
    sink = multiprocessing.Process(target=receiver, args=(ports, got, stop))
    sink.start()
    url = f"http://127.0.0.1:{ports.get()}/callback"
    begun = time.monotonic()
    sides = [
        multiprocessing.Process(target=loader, args=(host, port, url, given.rate, given.seconds, loads, recent)),
        multiprocessing.Process(
            target=tracker, args=(host, port, given.tracking_rate, given.seconds, tracks, recent)),
    ]
    for side in sides:
        side.start()
    (cargos, times, bad, lasted), (tracked, backwards) = loads.get(), tracks.get()
    for side in sides:
        side.join()
    # Until the last ones are delivered.
    wrong = None
    for _ in range(120):
        wrong = asyncio.run(check(host, port, cargos[-500:]))
        if not wrong["not delivered"]:
            break
        time.sleep(0.5)
    settled = time.monotonic() - begun
    wrong = asyncio.run(check(host, port, cargos))
    stop.set()
    calls = got.get()
    sink.join()
    print(json.dumps({
        "loads": len(cargos), "refused": len(bad), "seconds": round(lasted, 2),
        "loads_per_second": round(len(cargos) / lasted, 1), "first_refusal": repr(bad[0]) if bad else None,
        "load_ms": {"p50": percentile(times, 0.5), "p99": percentile(times, 0.99), "max": percentile(times, 1)},
        "trackings": len(tracked),
        "tracking_ms": {"p50": percentile(tracked, 0.5), "p99": percentile(tracked, 0.99), "max": percentile(tracked, 1)},
        "tracking_backwards": len(backwards), "settled_seconds": round(settled, 1), "wrong": wrong,
        "callbacks": sum(calls.values()), "called_back": len(set(calls) & set(cargos)),
        "not_called_back": len(set(cargos) - set(calls)), "called_twice": sum(count > 1 for count in calls.values()),
    }, indent=1))


if __name__ == "__main__":
    main()
