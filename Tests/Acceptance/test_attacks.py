"""Attacks by SQL text and by body on a running server (invariant 8). Each text once ended the server, stopped it from
compiling or could not be stopped; bodies are random, mutated, and what is accepted is what Python's own parsers read."""

import collections
import csv
import io
import json
import random
import socket
import threading
import time

import pytest

from harness import Server

LONG = "case when i = 0 then repeat(repeat('x', 6000), 10000) else '' end"


@pytest.fixture(scope="module")
def rows(shared):
    shared.up("rows", "CREATE TABLE t (i INT) WITH ('materialized' = 'true');")
    shared.wait("rows", shared.ingest("rows", "t", [{"i": i} for i in range(100)]).json()["token"])
    return shared


@pytest.mark.parametrize("sql", [
    "SELECT count(*) FROM (SELECT r.s, x FROM (SELECT repeat('a', 100000) s, sequence(1, 100000) a FROM t WHERE i = 1) r,"
    " UNNEST(r.a) AS u(x)) z",
    "SELECT cardinality(transform(sequence(1, 100000), x -> s)) FROM (SELECT repeat('a', 100000) s FROM t WHERE i = 1) r",
    f"SELECT max(w) FROM (SELECT first_value(s) OVER (ORDER BY i) w FROM (SELECT i, {LONG} s FROM t) q) z",
    "SELECT round(CAST('99999999999999999999999999999999999999' AS DECIMAL(38, 0)), -37)",
], ids=["unnest", "lambda", "window", "39 digits"])
def test_queries_that_ask_for_too_much(rows, sql):
    answer = rows.get("/v0/pipelines/rows/query", params={"sql": sql, "format": "json"})
    assert answer.status_code in (200, 400) and "error" in answer.text, answer.text[:300]
    assert rows.query("rows", "SELECT count(*) AS n FROM t") == [{"n": 100}]


def test_types_that_double(shared):
    types = "".join(f"CREATE TYPE a{i} AS (x a{i - 1}, y a{i - 1});\n" for i in range(1, 45))
    shared.create("doubling", f"CREATE TYPE a0 AS (x INT);\n{types}CREATE TABLE t (c a44);")
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status = shared.get("/v0/pipelines/doubling?selector=status").json()["program_status"]
        if status == "SqlError":
            return
        time.sleep(0.02)
    raise AssertionError(f"compiles for ever: {status}")


def test_an_endless_step_is_stopped(shared):
    views = "".join(f"CREATE LOCAL VIEW v{i} AS SELECT x.a FROM v{i - 1} x, v{i - 1} y;\n" for i in range(1, 30))
    shared.up("endless", f"CREATE TABLE v0 (a INT);\n{views}CREATE VIEW z AS SELECT * FROM v29;")
    answer = shared.ingest("endless", "v0", [{"a": a} for a in range(3)])
    assert answer.status_code == 200, answer.text
    shared.stop_pipeline("endless", force=True)
    shared.start_pipeline("endless", initial="paused")
    shared.stop_pipeline("endless", force=True)


# Bodies

BODY_SQL = """
CREATE TABLE t (id BIGINT NOT NULL, k VARCHAR, n INT, b BOOLEAN, d DOUBLE, z VARCHAR NOT NULL, unused VARCHAR)
  WITH ('materialized' = 'true');
CREATE TABLE u (id BIGINT NOT NULL, k VARCHAR, n INT, b BOOLEAN, d DOUBLE, z VARCHAR NOT NULL, unused VARCHAR)
  WITH ('skip_unused_columns' = 'true');
CREATE MATERIALIZED VIEW v AS SELECT id, k, n, b, d, z FROM u;
"""
COLUMNS = ("id", "k", "n", "b", "d", "z")
TEXTS = ["", "a", "a,b", 'q"q', '""', "line\nbreak", "x" * 64, "x" * 130, "é" * 33, "  sp ", "\r", "a\\b", "tab\t", "😀", "null", "}"]
BYTES = [b'"', b"\\", b"\x00", b"\n", b"{", b"}", b"[", b",", b":", b"\xff", b"\xed\xa0\x80", b"-", b"1e999", b"\\ud800", b"[" * 600]


def values(dice):
    return [
        dice.choice([0, -1, 2**63 - 1, -2**63, dice.randint(-10**12, 10**12)]), dice.choice([None, *TEXTS]),
        dice.choice([None, 0, -2**31, 2**31 - 1, dice.randint(-99999, 99999)]), dice.choice([None, True, False]),
        dice.choice([None, 0.0, -1.5, 1e300, 5e-324, 0.1, dice.uniform(-1e6, 1e6)]), dice.choice(TEXTS), dice.choice(TEXTS)]


def as_json(dice, rows):
    names, text = [*COLUMNS, "unused"], []
    for row in rows:
        members = list(zip(names, row))
        if dice.random() < 0.1:
            dice.shuffle(members)
        if dice.random() < 0.1:
            members.insert(0, ("extra", {"a": [1, None, {}]}))
        spaced = None if dice.random() < 0.1 else (",", ":")
        text.append(json.dumps(dict(members), separators=spaced, ensure_ascii=dice.random() < 0.5))
    return "\n".join(text).encode(), [row[:6] for row in rows]


def as_csv(dice, rows):
    cells = [["" if value is None else str(value).lower() if isinstance(value, bool) else value for value in row] for row in rows]
    text = io.StringIO()
    quoting = dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    csv.writer(text, lineterminator=dice.choice(["\n", "\r\n"]), quoting=quoting).writerows(cells)
    # An empty cell is NULL where the column may be.
    return text.getvalue().encode(), [[row[0], row[1] or None, *row[2:6]] for row in rows]


def push(server, name, table, body, form):
    answer = server.post(f"/v0/pipelines/{name}/ingress/{table}", params={"format": form, "update_format": "raw"}, data=body)
    assert answer.status_code in (200, 400), f"{answer.status_code} {answer.text[:300]} for {body[:500]}"
    told = answer.json()
    token = told.get("token") or told.get("details", {}).get("token")
    if token:
        server.wait(name, token)
    return answer.status_code


def contents(server, name, relation):
    rows = server.query(name, f"SELECT {', '.join(COLUMNS)} FROM {relation}")
    return collections.Counter(json.dumps([row[c] if c != "d" or row[c] is None else float(row[c]) for c in COLUMNS]) for row in rows)


@pytest.mark.parametrize("form", ["json", "csv"])
def test_bodies(shared, form):
    dice = random.Random(f"bodies {form}")
    for turn in range(60):
        name = f"bodies-{form}-{turn // 20}"
        if turn % 20 == 0:
            shared.up(name, BODY_SQL)
            known = {"t": collections.Counter(), "v": collections.Counter()}
        rows = [values(dice) for _ in range(dice.choice([1, 5, 20, 60]))]
        body, expected = (as_json if form == "json" else as_csv)(dice, rows)
        table, relation = dice.choice([("t", "t"), ("u", "v")])
        is_damaged = dice.random() < 0.4
        if is_damaged:
            damaged = bytearray(body)
            for _ in range(dice.choice([1, 2, 4])):
                place = dice.randrange(len(damaged) + 1)
                damaged[place:place + dice.choice([0, 1, 3])] = dice.choice(BYTES)
            body = bytes(damaged)
        status = push(shared, name, table, body, form)
        now = contents(shared, name, relation)
        if not is_damaged:
            wanted = collections.Counter(json.dumps([float(v) if i == 4 and v is not None else v for i, v in enumerate(row)]) for row in expected)
            assert status == 200 and now - known[relation] == wanted, body[:1000]
        known[relation] = now


# Clients that send slowly

SLOW = {"head_timeout_secs": 1, "body_grace_secs": 1, "body_bytes_per_sec_min": 1000, "idle_timeout_secs": 300}


@pytest.fixture(scope="module")
def impatient(tmp_path_factory):
    """A server that waits little for a request that has begun."""
    base = tmp_path_factory.mktemp("impatient")
    configuration = base / "server.json"
    configuration.write_text(json.dumps(SLOW))
    server = Server(base / "data", options=["--config", str(configuration)])
    server.start()
    server.up("p", "CREATE TABLE t (id BIGINT NOT NULL, s VARCHAR); CREATE MATERIALIZED VIEW v AS SELECT * FROM t;")
    yield server
    alive = server.process.poll() is None
    server.close()
    assert alive, server.log_text()[-3000:]


def trickle(server, first, piece=b"a", before=None):
    """What the server answers a client that sends a piece every tenth of a second, until it closes."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        if before:
            connection.sendall(before)
            connection.settimeout(30)
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(first)
        connection.settimeout(0.1)
        answer, end = b"", time.monotonic() + 120
        while time.monotonic() < end:
            try:
                part = connection.recv(65536)
                if not part:
                    return answer
                answer += part
            except TimeoutError:
                pass
            except ConnectionResetError:
                return answer
            try:
                connection.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass
        raise AssertionError("the connection is held for ever")


PUSH = b"POST /v0/pipelines/p/ingress/t?format=json HTTP/1.1\r\nHost: a\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
WHOLE = PUSH.replace(b"format=json", b"format=json&update_format=raw") + CHUNKED + b'8\r\n{"id":1}\r\n0\r\n\r\n'


@pytest.mark.parametrize("before, first, piece", [
    (None, b"P", b"O"), (None, PUSH, b"a"), (None, b"GET /healthz HTTP/1.1\r\n", b"a"), (WHOLE, b"GET /", b"a"),
    (WHOLE, PUSH, b"a"), (None, PUSH + b"Content-Length: 5000\r\n\r\n", b" "),
    (None, PUSH + b"Content-Length: 5000000\r\n\r\n", b" "), (None, PUSH + CHUNKED, b"1\r\n \r\n"),
    (WHOLE, PUSH + CHUNKED, b"1\r\n \r\n"), (WHOLE, PUSH + b"Content-Length: 5000\r\n\r\n", b" "),
    (None, b"POST /v0/pipelines HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n", b" "),
    (None, b"POST /v1/orchestration/files?name=a.csv HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n", b" "),
], ids=range(12))
def test_a_byte_now_and_then_holds_no_connection(impatient, before, first, piece):
    answer = trickle(impatient, first, piece, before)
    assert answer.startswith(b"HTTP/1.1 408 ") and b"did not come in time" in answer, answer


def test_who_is_not_slow_is_served(impatient):
    """Bodies that come slowly and fast enough, one that the server does not take yet, long polls, slow and endless answers."""
    def send(head, pieces):
        with socket.create_connection(("127.0.0.1", impatient.port), timeout=60) as connection:
            connection.sendall(head)
            for piece in pieces:
                time.sleep(0.1)
                connection.sendall(piece)
            return connection.recv(65536)

    line = b'{"id": 5, "s": "' + b"x" * 380 + b'"}\n'
    push = PUSH.replace(b"format=json", b"format=json&update_format=raw")
    assert send(push + b"Content-Length: %d\r\n\r\n" % (40 * len(line)), 40 * [line]).startswith(b"HTTP/1.1 200")
    chunk = b"%x\r\n%s\r\n" % (len(line), line)
    assert send(push + CHUNKED, 40 * [chunk] + [b"0\r\n\r\n"]).startswith(b"HTTP/1.1 200")
    # Nothing between two requests is no request.
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=60) as connection:
        for _ in range(3):
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(2.5)
    # An endless answer, while nothing comes from the client.
    stream = impatient.post("/v0/pipelines/p/egress/v?format=json", stream=True)
    assert stream.status_code == 200
    impatient.post("/v0/pipelines/p/pause")
    impatient.wait_status("p", "Paused")
    answers = {}
    body = line * 20_000
    held = threading.Thread(target=lambda: answers.update(
        held=impatient.post("/v0/pipelines/p/ingress/t?format=json&update_format=raw", data=body, timeout=60)))
    held.start()
    token = impatient.post("/v0/pipelines/p/ingress/t?format=json&update_format=raw&force=true", data=line).json()["token"]
    answer = impatient.get("/v0/pipelines/p/completion_status", params={"token": token, "wait": "4s"}, timeout=60)
    assert answer.status_code == 202, answer.text
    impatient.post("/v0/pipelines/p/resume")
    held.join()
    assert answers["held"].status_code == 200, answers["held"].text
    impatient.wait("p", answers["held"].json()["token"])
    lines = stream.iter_lines()
    assert any(b'"insert"' in next(lines) for _ in range(20)), "the stream goes on"
    stream.close()
    # An answer that its client reads slowly.
    with socket.create_connection(("127.0.0.1", impatient.port), timeout=60) as connection:
        connection.sendall(
            b"GET /v0/pipelines/p/query?sql=SELECT%20*%20FROM%20v&format=json HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        total = 0
        while total < 3_000_000:
            part = connection.recv(65536)
            assert part, f"it ends after {total} bytes"
            total += len(part)
            time.sleep(0.1)

