"""Guards "tokens that tell" through HTTP: long polls that cost nothing, levels of acknowledgement, groups of tokens,
reading one's own writes, and idempotent ingest across crashes."""

import json
import selectors
import socket
import subprocess
import threading
import time

import pytest

SQL = """
CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, v INT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n, SUM(v) AS s FROM t;
CREATE VIEW loose AS SELECT id FROM t;
"""


def rows(first, count):
    return [{"id": i, "v": 1} for i in range(first, first + count)]


def pause(server, name):
    assert server.post(f"/v0/pipelines/{name}/pause").status_code == 202
    server.wait_status(name, "Paused")


def resume(server, name):
    assert server.post(f"/v0/pipelines/{name}/resume").status_code == 202


def group(server, name, tokens, mode="all", **parameters):
    return server.post(
        f"/v0/pipelines/{name}/completion_status", params=parameters, json={"tokens": tokens, "mode": mode})


def keyed(server, name, key, records, table="t", **parameters):
    body = "\n".join(json.dumps(row) for row in records).encode()
    return server.post(
        f"/v0/pipelines/{name}/ingress/{table}", data=body, headers={"Idempotency-Key": key},
        params={"format": "json", "update_format": "raw", **parameters})


def test_ten_thousand_parked_polls_cost_little(server):
    server.up("p", SQL)
    pause(server, "p")
    token = server.ingest("p", "t", rows(0, 10), force="true").json()["token"]
    count = 9500  # the server serves 10,000 connections
    request = f"GET /v0/pipelines/p/completion_status?wait=120s&token={token} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    start = server.resident_bytes()
    parked = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(count)]
    assert server.status("p", token).status_code == 202
    before = server.resident_bytes()
    threads = len(list(server.proc("task").iterdir()))
    for connection in parked:
        connection.sendall(request)
    started = time.monotonic()
    polls = [server.status("p", token) for _ in range(100)]
    each = (time.monotonic() - started) / 100
    assert all(poll.status_code == 202 for poll in polls)
    grown = server.resident_bytes() - before
    more = len(list(server.proc("task").iterdir())) - threads
    print(f"{count} connections: {(before - start) / 1e6:.1f} MB; their parked polls: {grown / 1e6:.1f} MB more, "
          f"{more} threads more; another poll takes {each * 1e3:.2f} ms")
    assert more < 20
    assert grown < 100e6
    resume(server, "p")
    started = time.monotonic()
    chooser = selectors.DefaultSelector()
    for connection in parked:
        chooser.register(connection, selectors.EVENT_READ)
    answered = 0
    while answered < len(parked):
        ready = chooser.select(timeout=20)
        assert ready, f"only {answered} of {len(parked)} polls were answered"
        for key, _ in ready:
            assert key.fileobj.recv(4096).startswith(b"HTTP/1.1 200 ")
            chooser.unregister(key.fileobj)
            key.fileobj.close()
            answered += 1
    print(f"all answered {time.monotonic() - started:.2f} s after the pipeline resumed")


def test_parked_polls_end_with_their_client_and_with_time(shared):
    shared.up("leave", SQL)
    pause(shared, "leave")
    token = shared.ingest("leave", "t", rows(0, 1), force="true").json()["token"]
    path = f"/v0/pipelines/leave/completion_status?wait=60s&token={token}"
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", shared.port))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        connection.close()
    with socket.create_connection(("127.0.0.1", shared.port)) as connection:
        # Three requests behind each other: the answers come in order.
        for wait in ("200ms", "0", "100ms"):
            connection.sendall(f"GET {path.replace('60s', wait)} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        text = b""
        while text.count(b"HTTP/1.1 202") < 3:
            text += connection.recv(4096)
    assert shared.status("leave", token).status_code == 202


def test_levels_of_acknowledgement(shared):
    shared.up("levels", SQL)
    for until in ("processed", "delivered", "visible:total", "visible:t"):
        answer = shared.ingest("levels", "t", rows(0, 10), wait="20s", until=until)
        assert answer.status_code == 200, answer.text
        assert answer.json()["token"] and answer.json()["step"] > 0
    assert set(shared.ingest("levels", "t", rows(0, 1), wait="20s", until="durable").json()) == {"token"}
    for until, status, code in [
        ("soon", 400, "InvalidParam"), ("visible:nothing", 404, "ConfigError.UnknownOutputStream"),
        ("visible:loose", 400, "InvalidParam"), ("delivered:v.file", 404, "UnknownOutputEndpoint"),
    ]:
        answer = shared.ingest("levels", "t", rows(100, 1), wait="1s", until=until)
        assert (answer.status_code, answer.json()["error_code"]) == (status, code), answer.text
    assert shared.query("levels", "SELECT n FROM total") == [{"n": 10}]
    pause(shared, "levels")
    answer = shared.ingest("levels", "t", rows(20, 5), force="true", wait="100ms", until="processed")
    assert answer.status_code == 202 and answer.json()["status"] == "inprogress"
    resume(shared, "levels")
    shared.wait("levels", answer.json()["token"])


@pytest.fixture
def tiny_disk(tmp_path):
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip("a tmpfs cannot be mounted here: " + made.stderr.strip())
    yield mount
    subprocess.run(["umount", "-l", str(mount)], check=False)


def test_a_sink_that_fails_holds_only_its_own_level(shared, tiny_disk):
    ballast = tiny_disk / "ballast"
    shared.up("sink", """
    CREATE TABLE t (id BIGINT, v INT);
    CREATE MATERIALIZED VIEW good AS SELECT id FROM t;
    CREATE VIEW bad WITH ('connectors' = '[{"name": "file", "transport": {"name": "file_output",
      "config": {"path": "%s"}}, "format": {"name": "json"}}]') AS SELECT id FROM t;
    """ % (tiny_disk / "out.json"))
    with open(ballast, "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    answer = shared.ingest("sink", "t", [{"id": 1}], wait="20s", until="visible:good")
    assert answer.status_code == 200 and answer.json()["status"] == "inprogress", answer.text
    answer = shared.ingest("sink", "t", [{"id": 2}], wait="300ms", until="delivered:bad.file")
    assert answer.status_code == 202, answer.text
    assert answer.json()["blocked_by"][0]["name"] == "bad.file"
    assert shared.ingest("sink", "t", [{"id": 3}], wait="300ms", until="delivered").status_code == 202
    why = shared.get("/v0/pipelines/sink/why", params={"token": answer.json()["token"]}).json()
    assert [(reason["kind"], reason["name"]) for reason in why["reasons"]] == [("sink", "bad.file")], why
    assert why["reasons"][0]["last_error"] and why["reasons"][0]["advice"]
    ballast.unlink()
    answer = shared.ingest("sink", "t", [{"id": 4}], wait="30s", until="delivered:bad.file")
    assert answer.status_code == 200, answer.text


def test_groups_of_tokens(shared):
    shared.up("groups", SQL)
    done = shared.ingest("groups", "t", rows(0, 5)).json()["token"]
    shared.wait("groups", done)
    pause(shared, "groups")
    open_tokens = [
        shared.ingest("groups", "t", rows(10 * i, 3), force="true").json()["token"] for i in range(1, 30)]
    answer = group(shared, "groups", open_tokens + [done])
    assert answer.status_code == 202 and answer.json()["completed"] == 1 and answer.json()["total"] == 30
    assert answer.json()["blocked_by"][0]["kind"] == "paused" and "Retry-After" in answer.headers
    answer = group(shared, "groups", open_tokens + [done], "any")
    assert answer.status_code == 200 and answer.json()["step"] == answer.json()["tokens"][-1]["step"]
    assert group(shared, "groups", open_tokens, "any").status_code == 202
    answers = {}
    waiters = [
        threading.Thread(target=lambda m=mode: answers.update({m: group(shared, "groups", open_tokens, m, wait="30s")}))
        for mode in ("all", "any")]
    for waiter in waiters:
        waiter.start()
    time.sleep(0.2)
    assert not answers
    resume(shared, "groups")
    for waiter in waiters:
        waiter.join(20)
    assert answers["any"].status_code == 200 and answers["any"].json()["completed"] >= 1
    body = answers["all"].json()
    assert answers["all"].status_code == 200 and body["completed"] == 29 and body["accepted"] == 87
    assert body["step"] == max(token["step"] for token in body["tokens"])
    bad = group(shared, "groups", [done, "nonsense"])
    assert bad.status_code == 400 and bad.json()["details"]["index"] == 1


def test_groups_over_lives(server):
    server.up("p", SQL)
    old = [server.ingest("p", "t", rows(10 * i, 3)).json()["token"] for i in range(3)]
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    fresh = server.ingest("p", "t", rows(100, 3)).json()["token"]
    answer = group(server, "p", old + [fresh])
    assert answer.status_code == 410 and answer.json()["error_code"] == "PipelineRestarted"
    gone = answer.json()["details"]["tokens"]
    assert [entry["index"] for entry in gone] == [0, 1, 2]
    successors = [entry["details"]["successor"] for entry in gone]
    assert group(server, "p", successors + [fresh], wait="20s").status_code == 200
    assert group(server, "p", old + [fresh], wait="20s", follow="true").json()["accepted"] == 12
    mixed = group(server, "p", old + [fresh], "any", wait="20s")
    assert mixed.status_code == 200 and [token["status"] for token in mixed.json()["tokens"]] == ["gone"] * 3 + ["complete"]


def test_queries_and_subscriptions_read_their_own_writes(shared):
    shared.up("after", SQL)
    for number in range(20):
        token = shared.ingest("after", "t", rows(number * 10, 10)).json()["token"]
        answer = shared.get("/v0/pipelines/after/query", params={
            "sql": "SELECT n FROM total", "format": "json", "after": token})
        assert json.loads(answer.text) == {"n": 10 * number + 10}
    pause(shared, "after")
    token = shared.ingest("after", "t", rows(1000, 1), force="true").json()["token"]
    answer = shared.get("/v0/pipelines/after/query", params={
        "sql": "SELECT n FROM total", "after": token, "wait": "100ms"})
    assert answer.status_code == 503 and answer.json()["error_code"] == "NotYetVisible"
    assert "Retry-After" in answer.headers
    threading.Timer(0.3, lambda: resume(shared, "after")).start()
    with shared.post("/v0/pipelines/after/egress/total", params={
        "format": "json", "array": "true", "send_snapshot": "true", "after": token}, stream=True) as stream:
        for line in stream.iter_lines():
            if b'"n":201' in line:
                break


def test_idempotent_ingest(server):
    server.up("p", SQL)
    first = keyed(server, "p", "a", rows(0, 10))
    assert first.status_code == 200 and "Idempotency-Replayed" not in first.headers
    assert first.headers["Idempotency-Retention"] == "604800s"
    again = keyed(server, "p", "a", rows(0, 10))
    assert again.json() == first.json() and again.headers["Idempotency-Replayed"] == "true"
    other = keyed(server, "p", "a", rows(0, 11))
    assert other.status_code == 422 and other.json()["error_code"] == "IdempotencyKeyReused"
    assert keyed(server, "p", "a", rows(0, 10), force="true").json() == first.json()
    bad = [{"id": 1, "v": 1}, {"id": "x", "v": 2}, {"id": 3, "v": 3}]
    partly = keyed(server, "p", "b", bad)
    assert partly.status_code == 400 and partly.json()["details"]["num_errors"] == 1
    replay = keyed(server, "p", "b", bad)
    assert replay.status_code == 400 and replay.json() == partly.json()
    assert replay.headers["Idempotency-Replayed"] == "true"
    assert server.stats("p")["global_metrics"]["total_input_records"] == 12
    # In flight: the second request waits for the first.
    pause(server, "p")
    answers = []
    waiters = [threading.Thread(target=lambda: answers.append(keyed(server, "p", "c", rows(50, 5)))) for _ in range(4)]
    for waiter in waiters:
        waiter.start()
    time.sleep(0.2)
    assert not answers
    resume(server, "p")
    for waiter in waiters:
        waiter.join(20)
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert sorted("Idempotency-Replayed" in answer.headers for answer in answers) == [False, True, True, True]
    assert server.stats("p")["global_metrics"]["total_input_records"] == 17
    # A later life: the successor of the same range.
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    later = keyed(server, "p", "a", rows(0, 10))
    assert later.status_code == 200 and later.headers["Idempotency-Replayed"] == "true"
    assert later.json() != first.json()
    assert server.wait("p", later.json()["token"])["accepted"] == 10
    assert server.status("p", first.json()["token"], follow="true").json()["step"] == server.wait(
        "p", later.json()["token"])["step"]
    assert server.stats("p")["global_metrics"]["total_input_records"] == 17


def test_retries_after_a_crash_in_mid_request_apply_once(server):
    server.up("p", SQL)
    for life in range(4):
        stop = threading.Event()
        unsure = []

        def push(worker):
            number = 0
            while not stop.is_set():
                key = f"{life}-{worker}-{number}"
                batch = rows(life * 10_000_000 + worker * 100_000 + number * 10, 10)
                try:
                    assert keyed(server, "p", key, batch).status_code in (200, 410, 503)
                except Exception:  # noqa: BLE001: the connection broke: nobody knows what became of it
                    pass
                unsure.append((key, batch))
                number += 1

        workers = [threading.Thread(target=push, args=(worker,)) for worker in range(4)]
        for worker in workers:
            worker.start()
        time.sleep(0.4)
        server.kill9()
        stop.set()
        for worker in workers:
            worker.join()
        server.start()
        server.wait_status("p", "Running")
        tokens = []
        for key, batch in unsure[-40:]:
            answer = keyed(server, "p", key, batch)
            assert answer.status_code == 200, answer.text
            tokens.append(answer.json()["token"])
        assert group(server, "p", tokens, wait="30s").status_code == 200
    metrics = server.stats("p")["global_metrics"]
    answer = server.query("p", "SELECT n FROM total")
    # Rows have keys, so that only the count of records shows one that was taken twice.
    assert answer == [{"n": metrics["total_input_records"]}]


def events(stream):
    """Reads server-sent events as (id, event, data)."""
    current = {}
    for line in stream.iter_lines(decode_unicode=True):
        if line.startswith(":"):
            continue
        if not line:
            if current:
                yield current["id"], current["event"], json.loads(current["data"])
            current = {}
            continue
        name, value = line.split(": ", 1)
        current[name] = value


def test_event_streams_resume_where_they_were_left(server):
    server.up("p", SQL)
    pause(server, "p")
    tokens = [server.ingest("p", "t", rows(10 * i, 2), force="true").json()["token"] for i in range(3)]
    path, parameters = "/v0/pipelines/p/completion_events", {"token": ",".join(tokens)}
    with server.get(path, params=parameters, stream=True) as stream:
        assert stream.headers["Content-Type"] == "text/event-stream"
        told = []
        for event in events(stream):
            told.append(event)
            if len(told) == 3:
                break
    assert [(event[0], event[1]) for event in told] == [("100", "durable"), ("110", "durable"), ("111", "durable")]
    # The pipeline dies and comes back: the client goes on with what it has been told.
    server.kill9()
    server.start()
    server.wait_status("p", "Paused")
    threading.Timer(0.5, lambda: resume(server, "p")).start()
    with server.get(path, params=parameters, stream=True, headers={"Last-Event-ID": "111"}) as stream:
        told = list(events(stream))
    assert sorted(event[1] for event in told) == ["complete"] * 3 + ["processed"] * 3
    assert told[-1][0] == "333" and all(event[2]["accepted"] == 2 for event in told)
    assert {event[2]["token"] for event in told} == set(tokens) and all("successor" in event[2] for event in told)
    assert server.get(path, params=parameters, headers={"Last-Event-ID": "333"}).status_code == 204
    assert server.get(path, params=parameters, headers={"Last-Event-ID": "33"}).status_code == 400


def test_why_and_explain(server):
    server.up("p", SQL)
    answer = server.ingest("p", "t", rows(0, 10) + [{"id": "x"}])
    token = answer.json()["token"]
    step = server.wait("p", token)["step"]
    why = server.get("/v0/pipelines/p/why", params={"token": token}).json()
    assert why["status"] == "complete" and why["reasons"] == []
    story = server.get("/v0/pipelines/p/explain", params={"token": token}).json()
    assert [event["event"] for event in story["timeline"]] == ["received", "rejected", "durable", "step", "complete"]
    times = [event["at"] for event in story["timeline"]]
    assert all(times) and times[0] <= times[2] and story["records"] == [0, 10] and story["table"] == "t"
    assert story["timeline"][3]["step"] + 1 == step == story["timeline"][4]["step"]
    pause(server, "p")
    waiting = server.ingest("p", "t", rows(20, 5), force="true").json()["token"]
    why = server.get("/v0/pipelines/p/why", params={"token": waiting}).json()
    assert why["reasons"][0]["kind"] == "paused" and "resume" in why["reasons"][0]["advice"]
    assert why["backlog"]["records"] == 5
    story = server.get("/v0/pipelines/p/explain", params={"token": waiting}).json()
    assert [(event["event"], event["done"]) for event in story["timeline"]] == [
        ("received", True), ("durable", True), ("complete", False)]
    server.stop_pipeline("p", force=True)
    why = server.get("/v0/pipelines/p/why", params={"token": waiting}).json()
    assert why["reasons"][0]["kind"] == "stopped" and "start" in why["reasons"][0]["advice"]
    server.start_pipeline("p")
    server.wait("p", server.status("p", waiting, follow="true").json().get("token", waiting))
    story = server.get("/v0/pipelines/p/explain", params={"token": token}).json()
    assert story["timeline"][3]["event"] == "step" and story["timeline"][3]["at"] == times[3]


def test_dead_letters_are_listed_and_replayed(server):
    server.up("p", SQL)
    first = server.ingest("p", "t", [{"id": 1, "v": 1}, {"id": "x", "v": 2}, {"id": 3, "v": "y"}])
    assert first.status_code == 400
    second = server.post("/v0/pipelines/p/ingress/t?format=csv", data=b"10,1\nz,2\n")
    assert second.status_code == 400
    path = "/v0/pipelines/p/dead_letters"
    letters = server.get(path).json()["dead_letters"]
    assert [letter["raw"] for letter in letters] == ['{"id": "x", "v": 2}', '{"id": 3, "v": "y"}', "z,2"]
    assert [letter["position"]["event_number"] for letter in letters] == [2, 3, 2]
    assert all(letter["reason"] and letter["table"] == "t" and letter["replayed"] == 0 for letter in letters)
    mine = server.get(path, params={"token": first.json()["token"]}).json()["dead_letters"]
    assert [letter["id"] for letter in mine] == [letter["id"] for letter in letters[:2]]
    page = server.get(path, params={"limit": 2}).json()
    assert page["next"] == letters[1]["id"]
    assert server.get(path, params={"limit": 2, "after": page["next"]}).json()["dead_letters"] == letters[2:]
    assert server.get(f"{path}/{letters[0]['id']}").json() == letters[0]
    assert server.get(f"{path}/7-7").status_code == 404 and server.get(f"{path}/x").status_code == 400
    # Edited by id, and all of one request as they are.
    edits = {letters[0]["id"]: '{"id": 2, "v": 2}', letters[2]["id"]: "11,2"}
    replay = server.post(f"{path}/replay", json={"edits": edits})
    assert replay.status_code == 200, replay.text
    attempts = replay.json()["replays"]
    assert [attempt["accepted"] for attempt in attempts] == [1, 1] and replay.json()["skipped"] == []
    assert group(server, "p", [attempt["token"] for attempt in attempts], wait="20s").status_code == 200
    again = server.post(f"{path}/replay", json={"token": first.json()["token"]}).json()["replays"]
    assert [(attempt["accepted"], attempt["rejected"]) for attempt in again] == [(0, 2)]
    original = server.wait("p", first.json()["token"])
    assert original["rejected"] == 2 and original["replayed"] == 3 and original["accepted"] == 1
    assert server.query("p", "SELECT n, s FROM total") == [{"n": 4, "s": 6}]
    assert server.post(f"{path}/replay", json={}).status_code == 400
    assert server.post(f"{path}/replay", json={"ids": ["5-5"]}).json()["error_code"] == "UnknownDeadLetter"
    server.kill9()
    server.start()
    server.wait_status("p", "Running")
    kept = server.get(path, params={"replayed": "true"}).json()["dead_letters"]
    assert [letter["replayed"] for letter in kept] == [2, 1, 1]
    assert server.status("p", first.json()["token"], follow="true").json()["replayed"] == 3
