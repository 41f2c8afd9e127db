"""The outside: a provider of items in bad moods and a receiver of callbacks; and what both have seen."""

import json
import random
import threading
import time

from cargo_receiver import QuietHandler, QuietServer


class World:
    """`POST /items` answers items, or fails, hangs, breaks off, says 429. `POST /callback/MOOD/NAME` takes callbacks: `ok`,
    `failN` (500 N times), `busy` (429 once), `no` (410), `hang`. `look` is asked where a cargo stands, before an answer."""

    def __init__(self, seed):
        self.chance, self.lock = random.Random(seed), threading.Lock()
        # What was answered for an item: its nonces, and how often an error or nothing.
        self.outputs, self.errors = {}, {}
        # (path, headers in lower case, body, answered code, status of the cargo meanwhile) by cargo.
        self.callbacks = {}
        self.counts, self.nonce, self.is_calm = {}, 0, False
        self.look = lambda cargo: None
        self.done = threading.Event()
        world = self

        class Handler(QuietHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    if self.path == "/items":
                        world.provide(self, json.loads(body))
                    else:
                        world.take(self, body)
                except OSError:
                    self.close_connection = True

            def answer(self, status, value=None, **fields):
                data = b"" if value is None else json.dumps(value).encode()
                self.send_response(status)
                for name, text in fields.items():
                    self.send_header(name.replace("_", "-"), text)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

        self.server = QuietServer(Handler)
        self.base = self.server.base

    def provide(self, call, body):
        with self.lock:
            mood, pause = self.chance.random(), self.chance.random() * 0.03
            answers = []
            for item in body["items"]:
                fate = 1.0 if self.is_calm else self.chance.random()
                self.nonce += 1
                if fate < 0.1:
                    answers.append({"id": item["id"], "error": {"message": f"no luck {self.nonce}", "code": "luck"}})
                elif fate >= 0.12:
                    answers.append({"id": item["id"], "output": {"nonce": self.nonce, "creditsUsedCount": 1}})
        time.sleep(pause)
        if not self.is_calm:
            if mood < 0.05:
                return call.answer(500)
            if mood < 0.09:
                return call.answer(429, Retry_After="0")
            if mood < 0.10:
                self.done.wait(1.6)
            elif mood < 0.12:
                call.close_connection = True
                return None
        told = {answer["id"]: answer for answer in answers}
        with self.lock:
            for item in body["items"]:
                output = told.get(item["id"], {}).get("output")
                if output:
                    self.outputs.setdefault(item["id"], set()).add(output["nonce"])
                else:
                    self.errors[item["id"]] = self.errors.get(item["id"], 0) + 1
        return call.answer(200, {"items": answers})

    def take(self, call, body):
        fields = {name.lower(): value for name, value in call.headers.items()}
        cargo, mood = fields.get("x-convoy-cargo-id"), call.path.split("/")[2]
        with self.lock:
            before = self.counts[call.path] = self.counts.get(call.path, 0) + 1
            looks = self.chance.random() < 0.3
        seen = self.look(cargo) if looks else None
        code = 200
        if mood.startswith("fail") and before <= int(mood[4:]):
            code = 500
        elif mood == "busy" and before == 1:
            code = 429
        elif mood == "no":
            code = 410
        elif mood == "hang":
            code = 0
        with self.lock:
            self.callbacks.setdefault(cargo, []).append((call.path, fields, body, code, seen))
        if code == 0:
            self.done.wait(3)
            call.close_connection = True
        elif code == 429:
            call.answer(code, Retry_After="0")
        else:
            call.answer(code)

    def close(self):
        self.done.set()
        self.server.shutdown()
        self.server.server_close()
