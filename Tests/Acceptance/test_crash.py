"""Guards invariants 1, 2, 5 and 6: kill -9 at random moments during ingestion, then every acknowledged record is there exactly once.

TIDEMARK_CRASHES sets how many kills (50 by default)."""

import os
import random
import threading
import time

import requests

CRASHES = int(os.environ.get("TIDEMARK_CRASHES", "50"))
SEED = int(os.environ.get("TIDEMARK_SEED", str(int(time.time()))))

# No primary key: a record applied twice would show as weight two.
SQL = """
CREATE TABLE t (id BIGINT NOT NULL, client INT NOT NULL) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW doubled AS SELECT id, COUNT(*) AS n FROM t GROUP BY id HAVING COUNT(*) <> 1;
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;
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


def test_every_acknowledged_record_exactly_once_over_many_kills(server):
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 1}})
    acknowledged, unknown, older = set(), set(), []
    next_id, steps_before, last_incarnation = 0, 0, None
    for crash in range(CRASHES):
        clients = [Client(server, n, (n + 1) * 10**12 + next_id, random.Random(rng.random())) for n in range(4)]
        next_id += 10**7
        for client in clients:
            client.start()
        time.sleep(rng.uniform(0.02, 0.6))
        if rng.random() < 0.3:
            try:
                steps_before = max(steps_before, server.stats("p")["global_metrics"]["total_completed_steps"])
            except requests.RequestException:
                pass
        server.kill9()
        for client in clients:
            client.join()
            acknowledged.update(client.acknowledged)
            unknown.update(client.unknown)
        server.start()
        server.wait_status("p", "Running")
        metrics = server.stats("p")["global_metrics"]
        assert metrics["incarnation_uuid"] != last_incarnation
        last_incarnation = metrics["incarnation_uuid"]
        assert metrics["total_completed_steps"] >= steps_before, "total_completed_steps went back"
        steps_before = metrics["total_completed_steps"]
        ended = [token for client in clients for token in client.tokens]
        check_tokens(server, ended + rng.sample(older, min(20, len(older))))
        older += ended
        check_contents(server, acknowledged, unknown, full=crash % 10 == 9 or crash == CRASHES - 1)


def check_tokens(server, tokens):
    """Every token of an earlier life is answered 410 recovered, with a successor that completes."""
    session = requests.Session()
    url = f"{server.base}/v0/pipelines/p/completion_status"
    for token in tokens:
        answer = session.get(url, params={"token": token}, timeout=30)
        assert answer.status_code == 410, answer.text
        details = answer.json()["details"]
        assert details["outcome"] == "recovered" and details["reason"] == "crashed" and details["lost"] == [], details
        complete = session.get(url, params={"token": details["successor"], "wait": "30s"}, timeout=60)
        assert complete.status_code == 200 and complete.json()["status"] == "complete", complete.text


def check_contents(server, acknowledged, unknown, full):
    token = server.ingest("p", "t", []).json()["token"]
    server.wait("p", token)
    deadline = time.monotonic() + 60
    while True:
        metrics = server.stats("p")["global_metrics"]
        if metrics["total_processed_records"] == metrics["total_input_records"]:
            break
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert server.query("p", "SELECT * FROM doubled") == [], "a record was applied twice"
    count = server.query("p", "SELECT n FROM total")[0]["n"]
    assert len(acknowledged) <= count <= len(acknowledged) + len(unknown)
    if full:
        present = {row["id"] for row in server.query("p", "SELECT id FROM t")}
        assert acknowledged <= present, f"lost {sorted(acknowledged - present)[:5]}"
        assert present <= acknowledged | unknown, "records that nobody sent"
