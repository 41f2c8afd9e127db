"""Guards invariant 8: each test sends something bad to the running server, then shows that the server still serves."""

import gzip
import json
import os
import random
import socket
import subprocess

import pytest

from harness import BINARY, Server

SQL = """
CREATE TABLE t (id INT NOT NULL PRIMARY KEY, s VARCHAR(5), d DECIMAL(6, 2), b BOOLEAN, ts TIMESTAMP, u UUID)
  WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW v AS SELECT COUNT(*) AS n FROM t;
"""


@pytest.fixture(autouse=True)
def still_serves(shared):
    if shared.get("/v0/pipelines/bad").status_code == 404:
        shared.up("bad", SQL)
    yield
    answer = shared.ingest("bad", "t", [{"id": 1, "s": "ok"}])
    assert answer.status_code == 200, answer.text
    shared.wait("bad", answer.json()["token"])
    assert shared.query("bad", "SELECT s FROM t WHERE id = 1") == [{"s": "ok"}]


def push(server, body, **parameters):
    query = {"format": "json", "update_format": "raw", **parameters}
    return server.post("/v0/pipelines/bad/ingress/t", params=query, data=body)


ROWS = {
    "wrong type": b'{"id": "x"}',
    "out of range": b'{"id": 3000000000}',
    "fraction for an integer": b'{"id": 1.5}',
    "null in NOT NULL": b'{"id": null}',
    "missing NOT NULL": b'{"s": "a"}',
    "text too long": b'{"id": 2, "s": "abcdefgh"}',
    "decimal out of range": b'{"id": 2, "d": 12345678.9}',
    "not a boolean": b'{"id": 2, "b": "perhaps"}',
    "not a time": b'{"id": 2, "ts": "2024-13-01 00:00:00"}',
    "not a uuid": b'{"id": 2, "u": "1234"}',
    "not an object": b'7',
}


@pytest.mark.parametrize("name", ROWS)
def test_a_bad_row_is_reported_and_the_others_are_kept(shared, name):
    answer = push(shared, b'{"id": 77}\n' + ROWS[name] + b'\n{"id": 78}')
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert body["error_code"] == "ParseErrors"
    assert body["message"].startswith("Errors parsing input data (1 errors):")
    assert body["details"]["num_errors"] == 1
    error = body["details"]["errors"][0]
    assert error["event_number"] == 2 and error["description"]
    shared.wait("bad", body["token"])
    present = {row["id"] for row in shared.query("bad", "SELECT id FROM t WHERE id >= 77")}
    assert {77, 78} <= present


TEXTS = {
    "malformed": b'{"id": 5, ',
    "garbage": b'\x00\xff\xfe garbage',
    "invalid utf-8": b'{"id": 5, "s": "\xff\xff"}',
    "lone surrogate": b'{"id": 5, "s": "\\ud800"}',
    "deep nesting": b'{"id": 5, "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "huge number": b'{"id": ' + b"9" * 100_000 + b"}",
    "bare comma": b",,,,",
}


@pytest.mark.parametrize("name", TEXTS)
def test_malformed_json_is_a_400(shared, name):
    answer = push(shared, TEXTS[name])
    assert answer.status_code == 400, answer.text
    assert answer.json()["error_code"] == "ParseErrors"
    assert len(answer.text) < 100_000


def test_nul_bytes_in_text_are_kept(shared):
    answer = push(shared, json.dumps({"id": 90, "s": "a\x00b"}).encode())
    assert answer.status_code == 200
    shared.wait("bad", answer.json()["token"])
    assert shared.query("bad", "SELECT s FROM t WHERE id = 90") == [{"s": "a\x00b"}]


def test_many_errors_are_counted_and_bounded(shared):
    answer = push(shared, b'{"id": "x"}\n' * 5000)
    assert answer.status_code == 400
    details = answer.json()["details"]
    assert details["num_errors"] == 5000 and len(details["errors"]) == 1000
    assert "1000 out of 5000" in answer.json()["message"]


def test_array_with_a_bad_element_is_dropped_as_a_whole(shared):
    answer = push(shared, b'[{"id": 501}, {"id": "x"}, {"id": 502}]\n[{"id": 503}]', array="true")
    assert answer.status_code == 400
    shared.wait("bad", answer.json()["token"])
    present = [row["id"] for row in shared.query("bad", "SELECT id FROM t WHERE id > 500 AND id < 510")]
    assert present == [503]


def test_csv_errors(shared):
    url = "/v0/pipelines/bad/ingress/t?format=csv"
    answer = shared.post(url, data=b'601,abc,1.25,true,2024-01-01 00:00:00,\n602,"a ""q""",,,,\nx,,,,,\n603,,\n')
    assert answer.status_code == 400
    assert answer.json()["details"]["num_errors"] == 2
    shared.wait("bad", answer.json()["token"])
    got = shared.query("bad", "SELECT id, s, d FROM t WHERE id > 600 AND id < 610 ORDER BY id")
    assert got == [{"id": 601, "s": "abc", "d": 1.25}, {"id": 602, "s": 'a "q"', "d": None}]


def test_unknown_things_are_404(shared):
    assert shared.post("/v0/pipelines/bad/ingress/nope?format=json", data=b"").status_code == 404
    assert shared.post("/v0/pipelines/bad/ingress/nope?format=json", data=b"").json()["error_code"] == (
        "ConfigError.UnknownInputStream")
    assert shared.post("/v0/pipelines/bad/egress/nope?format=json").json()["error_code"] == (
        "ConfigError.UnknownOutputStream")
    for path in ["/v0/pipelines/nope", "/nope", "/v0/nope", "/v0/pipelines/bad/nope", "/v0/pipelines/a."]:
        answer = shared.get(path)
        assert answer.status_code in (404, 400), path
        assert set(answer.json()) >= {"message", "error_code", "details"}
    assert shared.post("/v0/pipelines/bad/ingress/t?format=avro", data=b"").status_code == 400


def test_bad_percent_encoding(shared):
    assert 400 <= shared.get("/v0/pipelines/%ff%fe").status_code < 500
    assert 400 <= shared.get("/v0/pipelines/%zz").status_code < 500
    assert 400 <= shared.post("/v0/pipelines/bad/ingress/%22a%22%23?format=json", data=b"").status_code < 500


BODIES = [b"", b"null", b"[]", b"{", b'{"name": 5}', b'{"name": "x"}', b"\xff", b'{"name":"' + b"a" * 64 + b'","program_code":""}',
          b'{"name":"","program_code":""}', b'{"name":"a.","program_code":""}',
          b'{"name":"ok","program_code":"","runtime_config":{"workers":"many"}}']


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bad_control_bodies_are_400(shared, body):
    answer = shared.post("/v0/pipelines", data=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error_code"]


PROGRAMS = [
    "SELECT", "CREATE TABLE", "CREATE VIEW v AS SELECT x FROM nope;", "CREATE TABLE t (a INT, a INT);", "\x00", "((((" * 5000,
    "CREATE VIEW v AS SELECT " + "(" * 5000 + "1" + ")" * 5000 + ";", "CREATE TABLE t (a DECIMAL(99, 2));",
    "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a + true FROM t;",
    "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a FROM t LEFT JOIN t AS u ON t.a = u.a;",
    "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT SUM(a) OVER (ORDER BY a GROUPS 1 PRECEDING) FROM t;", "CREATE MATERIALIZED VIEW v AS SELECT * FROM v;",
]


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_bad_programs_are_positioned_errors(shared, number):
    name = f"program{number}"
    shared.create(name, PROGRAMS[number])
    while True:
        pipeline = shared.get(f"/v0/pipelines/{name}").json()
        if pipeline["program_status"] not in ("Pending", "CompilingSql"):
            break
    assert pipeline["program_status"] == "SqlError"
    message = pipeline["program_error"]["sql_compilation"]["messages"][0]
    assert message["start_line_number"] >= 1 and message["start_column"] >= 1 and message["message"]
    assert shared.post(f"/v0/pipelines/{name}/start").json()["error_code"] == "CannotStartWithCompilationError"


def test_bad_queries_are_400(shared):
    for sql in ["", "SELEC", "SELECT nope FROM t", "SELECT * FROM nope", "SELECT 1 +", "DROP TABLE t", "SELECT " + "(" * 5000]:
        answer = shared.get("/v0/pipelines/bad/query", params={"sql": sql, "format": "json"})
        assert answer.status_code == 400, (sql[:20], answer.text)
        assert answer.json()["error_code"] in ("AdHocQueryError", "MissingUrlEncodedParam", "InvalidParam")


def raw(server, data, close=True):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        if close:
            connection.shutdown(socket.SHUT_WR)
        received = b""
        try:
            while chunk := connection.recv(65536):
                received += chunk
                if len(received) > 1 << 20:
                    break
        except (TimeoutError, ConnectionError):
            pass
        return received


def test_broken_http(shared):
    head = b"POST /v0/pipelines/bad/ingress/t?format=json&update_format=raw HTTP/1.1\r\nHost: x\r\n"
    raw(shared, b"\x00\x01\x02\r\n\r\n")
    raw(shared, b"GET / HTTP/9.9\r\n\r\n")
    raw(shared, head + b"Content-Length: 1000\r\n\r\n{\"id\": 7001}")
    raw(shared, head + b"Content-Length: -5\r\n\r\n")
    raw(shared, head + b"Content-Length: 99999999999999999999\r\n\r\n")
    raw(shared, head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
    raw(shared, head + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc")
    raw(shared, b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    raw(shared, b"GET /healthz HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(20_000)) + b"\r\n")
    assert shared.query("bad", "SELECT id FROM t WHERE id = 7001") == [], "a truncated body must append nothing"


def test_random_bytes_never_trap(shared):
    rng = random.Random(3)
    for _ in range(200):
        push(shared, rng.randbytes(rng.randrange(1, 400)), array=rng.choice(["true", "false"]))
        shared.post("/v0/pipelines/bad/ingress/t?format=csv", data=rng.randbytes(rng.randrange(1, 400)))


def test_half_open_connections_do_no_harm(shared):
    held = [socket.create_connection(("127.0.0.1", shared.port)) for _ in range(300)]
    for connection in held:
        connection.sendall(b"POST /v0/pipelines/bad/ingress/t HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
    assert shared.get("/healthz").json() == {"status": "healthy"}
    for connection in held:
        connection.close()


@pytest.mark.parametrize("encoding, body", [("br", gzip.compress(b'{"id": 9}')), ("gzip", b'{"id": 9}'), ("zstd", gzip.compress(b'{"id": 9}'))])
def test_compressed_body_is_not_taken_for_rows(shared, encoding, body):
    """An encoding that is not known, or that the body does not have."""
    answer = shared.post("/v0/pipelines/bad/ingress/t?format=json&update_format=raw", data=body,
                         headers={"Content-Encoding": encoding})
    assert 400 <= answer.status_code < 500
    assert answer.json()["error_code"]


def test_second_server_on_the_directory_gets_a_clear_error(shared):
    second = subprocess.run(
        [BINARY, "serve", "--host", "127.0.0.1", "--port", "0", "--data-dir", shared.data_dir],
        capture_output=True, text=True, timeout=20)
    assert second.returncode != 0
    assert "lock" in (second.stdout + second.stderr).lower()


def test_foreign_and_corrupt_state_directories(tmp_path):
    foreign = tmp_path / "file"
    foreign.write_text("I am a file")
    answer = subprocess.run([BINARY, "serve", "--port", "0", "--data-dir", foreign], capture_output=True, text=True, timeout=20)
    assert answer.returncode != 0 and str(foreign) in answer.stdout + answer.stderr

    server = Server(tmp_path / "data").start()
    try:
        server.up("p", SQL)
        server.wait("p", server.ingest("p", "t", [{"id": i} for i in range(100)]).json()["token"])
        server.stop_pipeline("p")
        for path in sorted((server.data_dir / "pipelines").rglob("CURRENT")):
            path.write_bytes(os.urandom(40))
        server.post("/v0/pipelines/p/start")
        for _ in range(2000):
            pipeline = server.get("/v0/pipelines/p?selector=status").json()
            if pipeline["deployment_status"] == "Stopped" and pipeline["deployment_desired_status"] == "Stopped":
                break
        error = server.get("/v0/pipelines/p").json()["deployment_error"]
        assert error and "cannot be opened" in error["message"]
        assert server.get("/healthz").status_code == 200
    finally:
        server.close()


def test_evaluation_error_stops_only_that_pipeline(shared):
    shared.up("poison", "CREATE TABLE t (a INT NOT NULL); CREATE MATERIALIZED VIEW v AS SELECT 10 / a AS q FROM t;")
    assert shared.ingest("poison", "t", [{"a": 0}]).status_code == 200
    for _ in range(5000):
        pipeline = shared.get("/v0/pipelines/poison").json()
        if pipeline["deployment_status"] == "Stopped":
            break
    assert pipeline["deployment_desired_status"] == "Stopped"
    assert pipeline["deployment_error"]["error_code"] == "RuntimeError.WorkerPanic"
    assert "divide by zero" in pipeline["deployment_error"]["message"]
    assert shared.post("/v0/pipelines/poison/dismiss_error").status_code == 200
    assert shared.get("/v0/pipelines/poison").json()["deployment_error"] is None
