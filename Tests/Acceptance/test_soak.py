"""Guards invariants 2, 3 and 7: 64 clients, half of them polling; no error, no lost token, flat memory.

TIDEMARK_SOAK_SECONDS sets the length (60 by default)."""

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


def test_sixty_four_clients(server):
    server.up("p", SQL, {"fault_tolerance": {"model": "exactly_once", "checkpoint_interval_secs": 5}})
    stop = time.monotonic() + SECONDS
    lock = threading.Lock()
    errors, open_tokens, counts = [], [], {"pushed": 0, "complete": 0}

    def pusher(number):
        session = requests.Session()
        rng = random.Random(number)
        while time.monotonic() < stop:
            size = rng.choice([1, 1, 10, 100])
            body = "\n".join('{"id":%d,"k":%d}' % (rng.randrange(10**9), rng.randrange(100)) for _ in range(size))
            answer = session.post(f"{server.base}/v0/pipelines/p/ingress/t?format=json&update_format=raw", data=body, timeout=60)
            with lock:
                if answer.status_code != 200:
                    errors.append(answer.text)
                else:
                    counts["pushed"] += size
                    open_tokens.append(answer.json()["token"])

    def poller():
        session = requests.Session()
        while True:
            with lock:
                token = open_tokens.pop(0) if open_tokens else None
            if token is None:
                if time.monotonic() > stop + 1:
                    return
                time.sleep(0.01)
                continue
            answer = session.get(f"{server.base}/v0/pipelines/p/completion_status", params={"token": token, "wait": "20s"}, timeout=60)
            with lock:
                if answer.status_code == 200:
                    counts["complete"] += 1
                else:
                    errors.append(answer.text)

    threads = [threading.Thread(target=pusher, args=(n,)) for n in range(32)]
    threads += [threading.Thread(target=poller) for _ in range(32)]
    for thread in threads:
        thread.start()
    time.sleep(min(10, SECONDS / 4))
    early = server.resident_bytes()
    for thread in threads:
        thread.join(SECONDS + 120)
        assert not thread.is_alive(), "a client hangs"
    late = server.resident_bytes()
    print(f"pushed {counts['pushed']} complete tokens {counts['complete']} rss {early >> 20} MiB -> {late >> 20} MiB")
    assert not errors, errors[:3]
    assert not open_tokens and counts["complete"] > 0
    assert server.query("p", "SELECT n FROM total") == [{"n": counts["pushed"]}]
    assert late <= early * 1.1, f"{early} -> {late}"
