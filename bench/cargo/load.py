"""Cargo under load: RATE loads a second for SECONDS with callbacks to a local receiver, and trackings beside them.

    load.py BASE_URL [--rate 1000] [--seconds 60]

Afterwards every cargo is looked at: none may be lost, none out of state order, every callback made. Loads and trackings are
paced by a clock, and their times are counted from the moment at which they were due. One process makes the loads and is the
receiver, a single thread over epoll; another makes the trackings, one after the other over one connection: a late answer
makes those behind it late too. Both do as little as they can while the load runs, since they share the server's cores:
what was answered and called back is read afterwards.
"""

import argparse
import collections
import gc
import json
import multiprocessing
import os
import select
import socket
import time

FULL = ["pending", "batched", "processing", "completed", "callback_pending", "callback_delivered"]
CONNECTIONS = 128
ID_BYTES = len("crg_") + 32
RECEIVED = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


class Messages:
    """Heads and bodies of HTTP/1.1 as they come in over a socket; `asked`: number and due moment of an open load."""

    def __init__(self, sock):
        self.socket, self.bytes, self.is_receiver, self.asked = sock, b"", False, None
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self):
        """Whole messages, as (head, body); None once the other side has closed."""
        try:
            data = self.socket.recv(1 << 16)
        except BlockingIOError:
            return []
        except ConnectionError:
            data = b""
        if not data:
            return None
        self.bytes = self.bytes + data if self.bytes else data
        messages = []
        while (end := self.bytes.find(b"\r\n\r\n")) >= 0:
            head = self.bytes[:end].lower()
            place = head.find(b"content-length:")
            length = int(head[place + 15:].split(b"\r\n", 1)[0]) if place >= 0 else 0
            if len(self.bytes) < end + 4 + length:
                break
            messages.append((head, self.bytes[end + 4:end + 4 + length]))
            self.bytes = self.bytes[end + 4 + length:]
        return messages


class Client(Messages):
    """One request after the other, blocking."""

    def __init__(self, address):
        super().__init__(socket.create_connection(address))
        self.host = "{}:{}".format(*address)

    def get(self, path):
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        while not (messages := self.receive()):
            if messages is None:
                raise ConnectionError("the connection was closed")
        head, body = messages[0]
        return int(head[9:12]), body


def used_seconds():
    times = os.times()
    return round(times.user + times.system, 2)


class Loader:
    """Makes the loads and receives their callbacks."""

    def __init__(self, address, rate, seconds, recent):
        self.address, self.rate, self.total, self.recent = address, rate, int(rate * seconds), recent
        self.epoll, self.peers = select.epoll(), {}
        self.free, self.opened, self.waiting = [], 0, collections.deque()
        self.answers, self.calls, self.times, self.ended = [], [], [], 0
        self.door = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.door.setblocking(False)
        self.epoll.register(self.door, select.EPOLLIN)
        params = {
            "model": "echo", "max_tokens": 64, "messages": [{"role": "user", "content": "How much is the fish? " * 4}]}
        url = f"http://127.0.0.1:{self.door.getsockname()[1]}/callback"
        body = json.dumps({"params": params, "callback_url": url}).encode()
        self.request = (
            f"POST /cargo/load HTTP/1.1\r\nHost: {address[0]}:{address[1]}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    def load(self):
        """Until every load is answered; how long that took."""
        begin, number = time.monotonic(), 0
        while self.ended < self.total:
            wait = -1
            while number < self.total:
                due = begin + number / self.rate
                if (wait := due - time.monotonic()) > 0:
                    break
                self.waiting.append((number, due))
                number += 1
            while self.waiting and (client := self.next_client()) is not None:
                client.asked = self.waiting.popleft()
                client.socket.sendall(self.request)
            self.serve(wait if number < self.total else -1)
        return time.monotonic() - begin

    def next_client(self):
        if self.free:
            return self.free.pop()
        if self.opened == CONNECTIONS:
            return None
        self.opened += 1
        return self.add(socket.create_connection(self.address))

    def add(self, sock):
        peer = Messages(sock)
        sock.setblocking(False)
        self.peers[sock.fileno()] = peer
        self.epoll.register(sock, select.EPOLLIN)
        return peer

    def serve(self, wait):
        """Takes what has come, answers and callbacks; waits so long for something."""
        for number, _ in self.epoll.poll(wait):
            if number == self.door.fileno():
                self.accept()
            elif (peer := self.peers.get(number)) is not None:
                self.take(peer, peer.receive())

    def accept(self):
        while True:
            try:
                self.add(self.door.accept()[0]).is_receiver = True
            except BlockingIOError:
                return

    def take(self, peer, messages):
        if messages is None:
            self.closed(peer)
        elif peer.is_receiver:
            for _, body in messages:
                self.calls.append(body)
                peer.socket.sendall(RECEIVED)
        else:
            for head, body in messages:
                self.answered(peer, int(head[9:12]), body)

    def answered(self, peer, status, body):
        number, due = peer.asked
        peer.asked = None
        self.times.append(time.monotonic() - due)
        self.answers.append((status, body))
        self.ended += 1
        self.free.append(peer)
        if number % 20 == 0 and status == 200:
            os.write(self.recent, json.loads(body)["cargo_id"].encode())

    def closed(self, peer):
        del self.peers[peer.socket.fileno()]
        self.epoll.unregister(peer.socket)
        peer.socket.close()
        if peer.is_receiver:
            return
        self.opened -= 1
        if peer in self.free:
            self.free.remove(peer)
        if peer.asked is not None:
            self.answers.append((0, b"the connection was closed"))
            self.ended += 1

    def serve_until(self, told):
        """Goes on as the receiver until somebody closes the other end of this pipe."""
        self.epoll.register(told, select.EPOLLHUP)
        while all(number != told for number, _ in self.epoll.poll(0)):
            self.serve(0.05)


def loader(address, rate, seconds, recent, told, results):
    gc.disable()
    side = Loader(address, rate, seconds, recent)
    lasted = side.load()
    cpu = used_seconds()
    cargos = [json.loads(body)["cargo_id"] for status, body in side.answers if status == 200]
    results.put((cargos, side.times, [answer for answer in side.answers if answer[0] != 200], lasted, cpu))
    side.serve_until(told)
    results.put(collections.Counter(json.loads(body)["cargo_id"] for body in side.calls))


def tracker(address, rate, seconds, recent, results):
    """Each request asks for a cargo that was loaded in the last seconds."""
    gc.disable()
    os.set_blocking(recent, False)
    client, known, answers = Client(address), [], []
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        due = begin + number / rate
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        try:
            ids = os.read(recent, 1000 * ID_BYTES).decode()
            known += [ids[place:place + ID_BYTES] for place in range(0, len(ids), ID_BYTES)]
        except BlockingIOError:
            pass
        if known:
            status, body = client.get(f"/cargo/{known[-1 - number % min(len(known), 200)]}/tracking")
            answers.append((status, body, time.monotonic() - due))
    cpu, order, bad = used_seconds(), {}, []
    for status, body, _ in answers:
        told = json.loads(body)
        rank = FULL.index(told["status"]) if status == 200 and told["status"] in FULL else -1
        if rank < order.get(told.get("cargo_id"), 0):
            bad.append(told)
        order[told.get("cargo_id")] = rank
    results.put(([duration for _, _, duration in answers], bad, cpu))


def check(address, cargos):
    """Cargo by what is wrong with it."""
    client, wrong = Client(address), {"not delivered": 0, "out of order": 0, "unknown": 0}
    for cargo in cargos:
        status, body = client.get(f"/cargo/{cargo}")
        if status != 200:
            wrong["unknown"] += 1
            continue
        told = json.loads(body)
        statuses, moments = ([event[name] for event in told["history"]] for name in ("status", "at"))
        if told["status"] != "callback_delivered":
            wrong["not delivered"] += 1
        elif statuses != FULL or moments != sorted(moments):
            wrong["out of order"] += 1
    return wrong


def percentiles(values):
    values = sorted(values)
    shares = {"p50": 0.5, "p99": 0.99, "max": 1}
    return {name: round(values[min(len(values) - 1, int(len(values) * share))] * 1000, 2)
            for name, share in shares.items()} if values else None


def main():
    options = argparse.ArgumentParser()
    options.add_argument("base")
    options.add_argument("--rate", type=float, default=1000)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--tracking-rate", type=float, default=100)
    given = options.parse_args()
    host, port = given.base.removeprefix("http://").rstrip("/").split(":")
    address = (host, int(port))
    loads, tracks = multiprocessing.Queue(), multiprocessing.Queue()
    (recent, noted), (told, teller) = os.pipe(), os.pipe()
    begun = time.monotonic()
    load = multiprocessing.Process(target=run_loader, args=(address, given, noted, told, teller, loads))
    track = multiprocessing.Process(
        target=tracker, args=(address, given.tracking_rate, given.seconds, recent, tracks))
    for side in (load, track):
        side.start()
    cargos, times, bad, lasted, load_cpu = loads.get()
    tracked, backwards, track_cpu = tracks.get()
    # Until the last ones are delivered.
    for _ in range(120):
        if not check(address, cargos[-500:])["not delivered"]:
            break
        time.sleep(0.5)
    settled = time.monotonic() - begun
    wrong = check(address, cargos)
    os.close(teller)
    calls = loads.get()
    for side in (load, track):
        side.join()
    print(json.dumps({
        "loads": len(cargos), "refused": len(bad), "seconds": round(lasted, 2),
        "loads_per_second": round(len(cargos) / lasted, 1), "first_refusal": repr(bad[0]) if bad else None,
        "load_ms": percentiles(times), "trackings": len(tracked), "tracking_ms": percentiles(tracked),
        "tracking_backwards": len(backwards), "settled_seconds": round(settled, 1), "wrong": wrong,
        "callbacks": sum(calls.values()), "called_back": len(set(calls) & set(cargos)),
        "not_called_back": len(set(cargos) - set(calls)), "called_twice": sum(count > 1 for count in calls.values()),
        "generator_cpu_seconds": {"loads and callbacks": load_cpu, "trackings": track_cpu},
    }, indent=1))


def run_loader(address, given, recent, told, teller, results):
    # This copy of the parent's end would keep the pipe open.
    os.close(teller)
    loader(address, given.rate, given.seconds, recent, told, results)


if __name__ == "__main__":
    main()
