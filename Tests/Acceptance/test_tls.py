"""Guards the server over TLS: both versions of HTTP, ingest, tokens, queries, long polls, bad clients, limits, stop."""

import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest
import requests

from certificates import Authority
from harness import Server, free_port

SQL = "CREATE TABLE t (id BIGINT, v INT); CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


class EncryptedServer(Server):
    def __init__(self, tmp_path, authority, **settings):
        certificate, key = authority.issue("server", "DNS:localhost,IP:127.0.0.1")
        configuration = tmp_path / "tidemark.json"
        configuration.write_text(
            json.dumps({"tls": {"certificate_file": str(certificate), "key_file": str(key)}, **settings}))
        super().__init__(tmp_path / "data", options=["--config", str(configuration)])
        self.base, self.authority = f"https://127.0.0.1:{self.port}", authority

    def start(self, timeout=30.0):
        # `requests` takes it from here, also where the harness does not pass `verify`.
        former = os.environ.get("REQUESTS_CA_BUNDLE")
        os.environ["REQUESTS_CA_BUNDLE"] = str(self.authority.file)
        try:
            return super().start(timeout)
        finally:
            self.session.verify = str(self.authority.file)
            # Else a certificate bundle of the environment wins over `verify`.
            self.session.trust_env = False
            del os.environ["REQUESTS_CA_BUNDLE"]
            if former is not None:
                os.environ["REQUESTS_CA_BUNDLE"] = former

    def context(self, protocols=("http/1.1",)):
        context = ssl.create_default_context(cafile=self.authority.file)
        context.set_alpn_protocols(list(protocols))
        return context

    def connect(self, protocols=("http/1.1",)):
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return self.context(protocols).wrap_socket(raw, server_hostname="localhost")

    def curl(self, version, path, *options, timeout=60):
        """Status, version and body."""
        answer = subprocess.run(
            ["curl", "-sS", version, "--cacert", str(self.authority.file), "-w", "\n%{http_version} %{http_code}",
             *options, f"https://localhost:{self.port}{path}"],
            capture_output=True, text=True, timeout=timeout)
        assert answer.returncode == 0, answer.stderr
        body, _, facts = answer.stdout.rpartition("\n")
        used, status = facts.split()
        return int(status), used, body


@pytest.fixture
def server(tmp_path, authority):
    running = EncryptedServer(tmp_path, authority)
    running.start()
    yield running
    running.close()


@pytest.mark.parametrize("version,used", [("--http1.1", "1.1"), ("--http2", "2")])
def test_ingest_token_and_query(server, version, used):
    server.up("p", SQL)
    data = "".join(json.dumps({"insert": {"id": i, "v": 1}}) + "\n" for i in range(1000))
    status, spoken, body = server.curl(
        version, "/v0/pipelines/p/ingress/t?format=json&update_format=insert_delete", "--data-binary", data)
    assert (status, spoken) == (200, used), body
    token = json.loads(body)["token"]
    # A long poll that ends when the records are through.
    status, spoken, body = server.curl(version, f"/v0/pipelines/p/completion_status?token={token}&wait=20s")
    assert (status, spoken) == (200, used) and json.loads(body)["status"] == "complete", body
    status, _, body = server.curl(version, "/v0/pipelines/p/query?sql=SELECT%20n%20FROM%20total&format=json")
    assert status == 200 and json.loads(body.splitlines()[0]) == {"n": 1000}
    assert server.curl(version, "/nothing")[0] == 404
    status, _, body = server.curl(version, "/v0/pipelines/p/ingress/t?format=json", "--data-binary", "{broken")
    assert status == 400 and json.loads(body)["error_code"]
    # A body that comes in pieces, of unknown length.
    big = "".join(json.dumps({"insert": {"id": i, "v": 2}}) + "\n" for i in range(100_000))
    answer = subprocess.run(
        ["curl", "-sS", version, "--cacert", str(server.authority.file), "-T", "-", "-X", "POST",
         f"https://localhost:{server.port}/v0/pipelines/p/ingress/t?format=json&update_format=insert_delete"],
        input=big, capture_output=True, text=True, timeout=120)
    assert json.loads(answer.stdout)["token"], answer


def test_many_streams_of_one_connection(server):
    server.up("p", SQL)
    urls = [f"https://localhost:{server.port}/v0/pipelines/p/stats"] * 60
    answer = subprocess.run(
        ["curl", "-sS", "--http2", "--parallel", "--parallel-max", "30", "--cacert", str(server.authority.file),
         "-w", "\\n%{http_version} %{http_code} %{num_connects}\\n"]
        + [part for url in urls for part in ("-o", "/dev/null", url)],
        capture_output=True, text=True, timeout=60)
    lines = [line for line in answer.stdout.splitlines() if line.strip()]
    assert len(lines) == 60 and all(line.startswith("2 200") for line in lines), answer.stdout + answer.stderr


def test_hot_answers_are_whole(server):
    """Both hot routes, pipelined over one connection, and a request of another route between them."""
    server.up("p", SQL)
    with server.connect() as connection:
        body = b'{"insert": {"id": 1, "v": 1}}\n'
        head = (
            b"POST /v0/pipelines/p/ingress/t?format=json&update_format=insert_delete HTTP/1.1\r\nhost: a\r\n"
            b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body))
        other = b"GET /v0/pipelines/p/stats HTTP/1.1\r\nhost: a\r\n\r\n"
        connection.sendall((head + body) * 50 + other + b"GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        received = b""
        while part := connection.recv(65536):
            received += part
    assert received.count(b"HTTP/1.1 200 OK") == 52, received[-2000:]
    assert received.count(b'"token"') == 50


def test_bad_clients_disturb_nobody(server):
    server.up("p", SQL)
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(50)]
    for garbage in (b"GET / HTTP/1.1\r\nhost: a\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\xff\xff" + b"a" * 70000, b""):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as bad:
            bad.sendall(garbage)
            if not garbage:
                continue
            try:
                while bad.recv(4096):
                    pass
            except ConnectionResetError:
                pass
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        old.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost")
    # Garbage behind a good handshake, in both versions.
    for protocol in ("http/1.1", "h2"):
        with server.connect((protocol,)) as connection:
            connection.sendall(b"\x00\x01garbage\r\n\r\n" * 100)
            connection.settimeout(20)
            try:
                while connection.recv(4096):
                    pass
            except (ConnectionError, ssl.SSLError):
                pass
    assert server.curl("--http2", "/healthz")[0] == 200
    # Who says nothing is sent away when the time for a handshake is over.
    for connection in silent:
        connection.settimeout(30)
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            pass
        connection.close()
    assert server.process.poll() is None


def test_a_stop_ends_polls_and_lets_requests_end(server):
    server.up("p", SQL)
    server.post("/v0/pipelines/p/pause")
    server.wait_status("p", "Paused")
    token = server.ingest("p", "t", [{"id": 1}], force="true").json()["token"]
    answers = {}

    def poll(version):
        answers[version] = server.curl(version, f"/v0/pipelines/p/completion_status?token={token}&wait=60s")

    threads = [threading.Thread(target=poll, args=(version,)) for version in ("--http1.1", "--http2")]
    for thread in threads:
        thread.start()
    idle = [server.connect(("h2",)), server.connect()]
    half = socket.create_connection(("127.0.0.1", server.port))
    time.sleep(1)
    begun = time.monotonic()
    assert server.terminate() == 0
    assert time.monotonic() - begun < 8
    for thread in threads:
        thread.join(20)
    for version, spoken in (("--http1.1", "1.1"), ("--http2", "2")):
        status, used, body = answers[version]
        assert (status, used) == (202, spoken) and json.loads(body)["status"] == "inprogress", body
    for connection in [*idle, half]:
        connection.close()


def test_a_silent_client_of_http2_is_sent_away(tmp_path, authority):
    server = EncryptedServer(tmp_path, authority, idle_timeout_secs=2)
    server.start()
    with server.connect(("h2",)) as connection:
        connection.settimeout(20)
        begun = time.monotonic()
        # The server's own greeting and goodbye come, then the end.
        try:
            while connection.recv(4096):
                pass
        except (ConnectionError, ssl.SSLError):
            pass
        assert 1.5 < time.monotonic() - begun < 10
    assert server.curl("--http2", "/healthz")[0] == 200
    server.close()


def stalled_over_http1(path, fields=b"content-length: 9\r\n", body=b"{"):
    fields = b"content-type: application/x-ndjson\r\n" + fields
    return b"POST " + path.encode() + b" HTTP/1.1\r\nhost: a\r\n" + fields + b"\r\n" + body


def stalled_over_http2(path):
    """By hand, since curl waits for its input and hears nothing meanwhile: a request and the first byte of its body."""

    def frame(kind, flags, stream, payload):
        return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload

    # POST, https; path, authority and content type as literals.
    fields = b"\x83\x87\x04" + bytes([len(path)]) + path.encode() + b"\x01\x01a\x0f\x10\x14application/x-ndjson"
    return (
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, b"") + frame(1, 4, 1, fields) + frame(0, 0, 1, b"{"))


def frames(answer):
    """Type, flags, stream and payload of each."""
    while len(answer) >= 9:
        length = int.from_bytes(answer[:3], "big")
        yield answer[3], answer[4], int.from_bytes(answer[5:9], "big"), answer[9:9 + length]
        answer = answer[9 + length:]


def test_who_stops_in_the_middle_of_a_body_is_sent_away(tmp_path, authority):
    server = EncryptedServer(tmp_path, authority, idle_timeout_secs=2)
    server.start()
    server.up("p", SQL)
    server.session.close()
    files = len(list(server.proc("fd").iterdir()))
    paths = {
        "/v0/pipelines": "error_code", "/v0/pipelines/p/ingress/t?format=json": "error_code", "/cargo/load": "detail",
        "/v1/batches": "status_code", "/v1/orchestration/runs": "errorMessage",
    }
    chunked = b"transfer-encoding: chunked\r\n"
    cases = [("h2", stalled_over_http2(path), field) for path, field in paths.items()]
    cases += [("http/1.1", stalled_over_http1(path), field) for path, field in paths.items()]
    cases += [("http/1.1", stalled_over_http1(path, chunked, b"1\r\n{\r\n"), field) for path, field in paths.items()]
    stalled = []
    begun = time.monotonic()
    for protocol, request, field in cases * 3:
        connection = server.connect((protocol,))
        connection.settimeout(20)
        connection.sendall(request)
        stalled.append((connection, protocol, field))
    for connection, protocol, field in stalled:
        answer = b""
        try:
            while (protocol != "h2" or not answer.endswith(b"}")) and (part := connection.recv(4096)):
                answer += part
        except ConnectionResetError:
            pass
        took = time.monotonic() - begun
        assert 1.5 < took < 15, (took, answer)
        if protocol == "h2":
            told = list(frames(answer))
            kinds = [kind for kind, _, stream, _ in told if stream == 1]
            assert 1 in kinds, told
            body = b"".join(payload for kind, _, stream, payload in told if stream == 1 and kind == 0)
        else:
            head, _, body = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ") and b"onnection: close" in head, answer
        assert field in json.loads(body) and b"did not come in time" in body, answer
        connection.close()
    deadline = time.monotonic() + 20
    while (now := len(list(server.proc("fd").iterdir()))) > files + 2:
        assert time.monotonic() < deadline, (files, now)
        time.sleep(0.1)
    assert server.curl("--http2", "/healthz")[0] == 200
    server.close()


@pytest.mark.parametrize("protocol", ["h2", "http/1.1"])
def test_who_sends_a_byte_now_and_then_is_sent_away(tmp_path, authority, protocol):
    server = EncryptedServer(tmp_path, authority, head_timeout_secs=1, body_grace_secs=1, body_bytes_per_sec_min=1000)
    server.start()
    path = "/v0/pipelines"
    if protocol == "h2":
        first, piece = stalled_over_http2(path), b"\x00\x00\x01\x00\x00\x00\x00\x00\x01 "
    else:
        first, piece = stalled_over_http1(path, b"content-length: 9000\r\n"), b" "
    with server.connect((protocol,)) as connection:
        connection.sendall(first)
        connection.settimeout(0.1)
        answer, end = b"", time.monotonic() + 120
        while b"did not come in time" not in answer:
            assert time.monotonic() < end, answer
            try:
                part = connection.recv(4096)
                assert part, answer
                answer += part
            except (TimeoutError, ssl.SSLWantReadError):
                connection.sendall(piece)
    assert server.curl("--http2", "/healthz")[0] == 200
    server.close()


def test_the_limit_of_connections_holds(tmp_path, authority):
    server = EncryptedServer(tmp_path, authority, connections_max=5)
    server.start()
    server.session.close()
    kept = [server.connect() for _ in range(5)]
    waiting = socket.create_connection(("127.0.0.1", server.port), timeout=1)
    wrapped = server.context().wrap_socket(waiting, server_hostname="localhost", do_handshake_on_connect=False)
    with pytest.raises((TimeoutError, ssl.SSLError)):
        wrapped.do_handshake()
    wrapped.close()
    for connection in kept:
        connection.close()
    assert server.curl("--http2", "/healthz")[0] == 200
    server.close()


def test_wrong_files_are_named(tmp_path, authority):
    certificate, key = authority.issue("one", "DNS:localhost")
    _, stranger = authority.issue("two", "DNS:localhost")
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    cases = [
        ({"certificate_file": str(tmp_path / "none.pem"), "key_file": str(key)}, "none.pem"),
        ({"certificate_file": str(certificate), "key_file": str(tmp_path / "none.key")}, "none.key"),
        ({"certificate_file": str(empty), "key_file": str(key)}, "empty.pem"),
        ({"certificate_file": str(certificate), "key_file": str(stranger)}, "does not belong to the certificate"),
        ({"certificate_file": str(certificate)}, "needs 'certificate_file' and 'key_file'"),
        ({"certificate_file": str(certificate), "key_file": str(key), "x": "y"}, "unknown setting 'tls.x'"),
        ("yes", "'tls' must be an object"),
    ]
    for number, (tls, message) in enumerate(cases):
        configuration = tmp_path / "tidemark.json"
        configuration.write_text(json.dumps({"tls": tls}))
        server = Server(
            tmp_path / "data", options=["--config", str(configuration)], log_path=tmp_path / f"{number}.log")
        with pytest.raises(RuntimeError, match="ended with 1"):
            server.start()
        assert message in server.log_text(), server.log_text()
        server.close()
