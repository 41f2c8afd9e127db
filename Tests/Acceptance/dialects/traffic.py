"""Clients of the four dialects, each a thread: they make objects, change them and remember what they were answered."""

import json
import threading
import uuid

from dialects.registry import Caller, chance_of

BASE = "/v1/orchestration"
ORDERS = """
CREATE TABLE orders (id BIGINT NOT NULL PRIMARY KEY, lot BIGINT, amount BIGINT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW lots AS SELECT lot, COUNT(*) AS n, SUM(amount) AS amount FROM orders GROUP BY lot;
"""
COPIES = """
CREATE TABLE copies (lot BIGINT NOT NULL PRIMARY KEY, n BIGINT, amount BIGINT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS lots, SUM(n) AS n, SUM(amount) AS amount FROM copies;
"""
GATE = """
CREATE TABLE work (item_id VARCHAR NOT NULL PRIMARY KEY, n BIGINT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW doubled AS SELECT item_id, n * 2 AS twice FROM work;
"""


class Client(threading.Thread):
    """Does `turn` at its pace until `stop` is set."""

    pace = 0.1

    def __init__(self, base, registry, world, stop, number):
        super().__init__(daemon=True, name=f"{type(self).__name__} {number}")
        self.caller, self.registry, self.world, self.stop = Caller(base, registry), registry, world, stop
        self.chance, self.number, self.serial, self.fault = chance_of(registry.seed, self.name), number, 0, None

    def run(self):
        try:
            while not self.stop.wait(self.pace * self.chance.uniform(0.2, 1.8)):
                self.serial += 1
                self.turn()
        except Exception as error:
            self.fault = error
            self.registry.violate("the client goes on", self.name, error=repr(error))

    def turn(self):
        raise NotImplementedError

    def key(self):
        return f"{self.name} {self.serial}"

    def insist(self, method, path, **options):
        """Until there is an answer: only for what may be sent twice."""
        while not self.stop.is_set():
            answer = self.caller.call(method, path, **options)
            if answer is not None:
                return answer
            self.stop.wait(0.05)
        return None


class CargoClient(Client):
    pace = 0.06

    def turn(self):
        draw = self.chance.random()
        if draw < 0.72:
            self.load()
        elif draw < 0.86:
            self.cancel()
        else:
            self.retry()

    def load(self):
        chance = self.chance
        mood = chance.choices(["ok", "fail1", "fail9", "busy", "no", "hang"], [60, 12, 6, 8, 8, 2])[0]
        model = chance.choices(["echo", "shaky-1", "gate-1"], [4, 5, 2])[0]
        body = {
            "params": {
                "model": model, "n": self.serial, "messages": [{"role": "user", "content": f"{self.name} {self.serial}"}],
            },
            "callback_url": f"{self.world.base}/callback/{mood}/{self.number}-{self.serial}",
        }
        if chance.random() < 0.35:
            headers = {"Idempotency-Key": self.key()}
            answer = self.insist("POST", "/cargo/load", json=body, headers=headers)
            again = self.insist("POST", "/cargo/load", json=body, headers=headers) if chance.random() < 0.2 else None
            if answer is None:
                return self.registry.lost("cargo")
            if again is not None:
                self.registry.expect(
                    again.json() == answer.json(), "one key is one cargo", self.key(), first=answer.text, again=again.text)
        else:
            answer = self.caller.call("POST", "/cargo/load", json=body)
            if answer is None:
                return self.registry.lost("cargo")
        if self.registry.expect(answer.status_code == 200, "a load is taken", self.key(), answer=answer.text):
            self.registry.item(answer.json()["cargo_id"], "cargo")
        return None

    def cancel(self):
        known = self.registry.pick(self.chance, dialect="cargo", newest=6)
        if known is None:
            return
        known.ask("cancel")
        answer = self.caller.call("DELETE", f"/cargo/{known.id}")
        if answer is not None and answer.status_code == 200:
            known.acknowledge("cancel")
            self.registry.expect(
                answer.json()["status"] == "failed", "a cancelled cargo has failed", known.id, answer=answer.text)

    def retry(self):
        known = self.registry.pick(self.chance, dialect="cargo")
        if known is None:
            return
        known.ask("retry")
        answer = self.caller.call("POST", f"/cargo/{known.id}/callback/retry")
        if answer is not None and answer.status_code == 202:
            known.acknowledge("retry")


class BatchClient(Client):
    pace = 0.15

    def turn(self):
        if self.chance.random() < 0.35:
            return self.create()
        known = self.registry.pick(self.chance, groups=True, dialect="batches", newest=3)
        if known is None:
            return None
        state = self.chance.choices(["paused", "running", "cancelled"], [4, 5, 2])[0]
        known.ask(state)
        answer = self.caller.call("PUT", f"/v1/batches/{known.id}/state", json={"state": state})
        if answer is not None and answer.status_code == 200:
            known.acknowledge(state)
        return None

    def create(self):
        chance = self.chance
        # Some of it was processed before.
        items = [
            {"name": f"{self.number}-{self.serial}-{n}", "n": n}
            if chance.random() < 0.85 else {"name": "again", "n": chance.randrange(40)} for n in range(chance.randint(1, 24))
        ]
        options = {
            "collection_id": chance.choices(["default", "shaky", "gate"], [3, 5, 3])[0],
            "max_concurrent": chance.choice([1, 3, 8]), "priority": chance.choice(["low", "normal", "high"]),
            "timeout": chance.choice([2, 3600, 3600, 3600, 3600]), "force_overwrite": chance.choice(["true", "false"]),
        }
        body = "\n".join(json.dumps(item) for item in items).encode()
        headers = {"Content-Type": "application/x-ndjson"}
        if chance.random() < 0.35:
            headers["Idempotency-Key"] = self.key()
            answer = self.insist("POST", "/v1/batches", params=options, data=body, headers=headers)
        else:
            answer = self.caller.call("POST", "/v1/batches", params=options, data=body, headers=headers)
        if answer is None:
            return self.registry.lost("batches")
        if self.registry.expect(answer.status_code == 202, "a batch is taken", self.key(), answer=answer.text):
            data = answer.json()["data"]
            known = self.registry.add_group(data["batch_id"], "batches", total=len(items))
            known.tokens.append(data["cross_ids"]["token"])
            for job in data["jobs"]:
                self.registry.item(job["job_id"], "batches", group=data["batch_id"])
        return None


def node(slug, action, children=(), kind="native", **more):
    return {
        "uuid": str(uuid.uuid4()), "slug": slug, "kind": kind, "actionSlug": action, "config": {},
        "childrenUuids": [child["uuid"] for child in children], "fallbackOnFailure": False, "position": {"x": 0, "y": 0},
        **more,
    }


def graph(chance):
    """A small one: perhaps a filter, a branch, a delay of no time; a call or two with retry and fallback."""

    def script(text):
        return {"kind": "jsExpression", "expression": text, "instructTo": "none", "fromRecipe": False}

    nodes = [node("end", "end")]
    for place in range(chance.randint(1, 4)):
        following = nodes[-1]
        action = chance.choices(["call", "filter", "branch", "delay", "variables"], [5, 1, 2, 2, 1])[0]
        slug = f"{action}{place}"
        if action == "call":
            settings = {"retry": {"maximumAttempts": chance.randint(1, 3), "initialInterval": 30, "backoffCoefficient": 2}}
            if chance.random() < 0.6:
                rescue = node(f"rescue{place}", "variables", [following], config={"variables": []})
                nodes.insert(0, rescue)
                settings["fallbackOnFailure"] = True
                if chance.random() < 0.5:
                    settings["fallbackChildUuid"] = rescue["uuid"]
            made = node(
                slug, "send", [following], kind="connector", integrationSlug="shaky", connectorUuid=str(uuid.uuid4()),
                config={"n": "{{nodes.start.n}}"}, **settings)
        elif action == "filter":
            made = node(slug, "filter", [following], config={"filter": script("nodes.start.n > 1")})
        elif action == "branch":
            made = node(slug, "branch", [following, nodes[0]], config={"condition": script("nodes.start.n % 2 == 0")})
        elif action == "delay":
            made = node(slug, "delay", [following], config={"minutes": 0})
        else:
            made = node(slug, "variables", [following], config={"variables": [{"name": "x", "value": "1"}]})
        nodes.append(made)
    return nodes + [node("start", "start", [nodes[-1]])]


class OrchestrationClient(Client):
    pace = 0.12

    def turn(self):
        draw = self.chance.random()
        if draw < 0.35:
            self.batch()
        elif draw < 0.8:
            self.single()
        elif draw < 0.9:
            self.cancel_batch()
        else:
            self.cancel_run()

    def batch(self):
        records = [{"id": f"{self.serial}-{n}", "n": n} for n in range(self.chance.randint(0, 12))]
        body = {"nodes": graph(self.chance), "data": {"kind": "records", "records": records}}
        answer = self.caller.call("POST", f"{BASE}/batches", json=body)
        if answer is None:
            return self.registry.lost("orchestration")
        if self.registry.expect(answer.status_code == 200, "a batch is taken", self.key(), answer=answer.text, body=body):
            self.registry.add_group(answer.json()["batch"]["uuid"], "orchestration", total=len(records))
        return None

    def single(self):
        body = {"nodes": graph(self.chance), "data": {"n": self.serial % 7}}
        answer = self.caller.call("POST", f"{BASE}/runs", json=body)
        if answer is None:
            return self.registry.lost("orchestration")
        if self.registry.expect(answer.status_code == 200, "a run is taken", self.key(), answer=answer.text, body=body):
            self.registry.item(answer.json()["run"]["uuid"], "orchestration")
        return None

    def cancel_batch(self):
        known = self.registry.pick(self.chance, groups=True, dialect="orchestration", newest=2)
        if known is None:
            return
        known.ask("cancelled")
        answer = self.caller.call("POST", f"{BASE}/batches/{known.id}/cancel")
        if answer is not None and answer.status_code == 200:
            known.acknowledge("cancelling")

    def cancel_run(self):
        known = self.registry.pick(self.chance, dialect="orchestration", newest=8)
        if known is None:
            return
        known.ask("cancel")
        self.caller.call("POST", f"{BASE}/runs/cancel", json={"uuids": [known.id]})


class NativeClient(Client):
    """Pushes lots of orders into one pipeline; what has become visible there goes on into a second one."""

    pace = 0.15

    def __init__(self, *arguments):
        super().__init__(*arguments)
        # By lot: rows and their sum; whether its token was complete, and that of its copy.
        self.lots, self.complete, self.copied = {}, set(), set()
        self.tokens, self.copies = {}, {}

    def turn(self):
        lot = self.number * 1_000_000 + self.serial
        amounts = [self.chance.randrange(100) for _ in range(self.chance.choice([1, 5, 60]))]
        rows = [{"id": lot * 1000 + place, "lot": lot, "amount": amount} for place, amount in enumerate(amounts)]
        token = self.push("native", "orders", rows, f"orders {lot}")
        if token is None:
            return
        self.lots[lot], self.tokens[lot] = (len(rows), sum(amounts)), token
        self.look(self.chance)

    def push(self, pipeline, table, rows, key):
        answer = self.insist(
            "POST", f"/v0/pipelines/{pipeline}/ingress/{table}", params={"format": "json", "update_format": "raw"},
            data="\n".join(json.dumps(row) for row in rows).encode(), headers={"Idempotency-Key": key})
        if answer is None:
            return None
        if not self.registry.expect(answer.status_code == 200, "records are taken", key, answer=answer.text):
            return None
        return answer.json()["token"]

    def status(self, pipeline, token):
        """Whether it is complete; None when the server is away. A token that was given is never lost."""
        answer = self.caller.call(
            "GET", f"/v0/pipelines/{pipeline}/completion_status", params={"token": token, "follow": "true"})
        if answer is None:
            return None
        self.registry.expect(
            answer.status_code in (200, 202), "a token is not lost", f"{pipeline} {token}", answer=answer.text)
        return answer.status_code == 200

    def look(self, chance):
        lot = chance.choice(list(self.lots))
        done = self.status("native", self.tokens[lot])
        if lot in self.complete:
            self.registry.expect(done is not False, "complete stays complete", str(lot), done=done)
        if done:
            self.complete.add(lot)
            self.check_lot(lot)
        if lot in self.copies and self.status("second", self.copies[lot]):
            self.copied.add(lot)
            rows = self.caller.rows(f"SELECT n, amount FROM copies WHERE lot = {lot}", "second")
            n, amount = self.lots[lot]
            self.registry.expect(
                rows is None or rows == [{"n": n, "amount": amount}], "a complete token is visible", f"copy {lot}",
                rows=rows, pushed=self.lots[lot])

    def check_lot(self, lot):
        n, amount = self.lots[lot]
        rows = self.caller.rows(f"SELECT lot, n, amount FROM lots WHERE lot = {lot}", "native")
        if rows is None:
            return
        if self.registry.expect(
                rows == [{"lot": lot, "n": n, "amount": amount}], "a complete token is visible", f"lot {lot}",
                rows=rows, pushed=self.lots[lot]) and lot not in self.copies:
            token = self.push("second", "copies", rows, f"copy {lot}")
            if token is not None:
                self.copies[lot] = token
