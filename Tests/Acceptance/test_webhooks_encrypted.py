"""Guards webhooks over https: told to a receiver that proves its name, kept from one that does not."""

import http.server
import json
import ssl
import threading
import time

import pytest

from certificates import Authority
from harness import Server

SQL = "CREATE TABLE t (id BIGINT, v INT); CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;"
PATH = "/v0/pipelines/p/completion_webhooks"


class Receiver:
    def __init__(self, files, maximum=None):
        self.got, self.connections = [], 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                receiver.connections += 1
                super().setup()

            def do_POST(self):
                receiver.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        class Quiet(http.server.ThreadingHTTPServer):
            def handle_error(self, request, client_address):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if maximum:
            context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, maximum
        context.load_cert_chain(*files)
        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def trusting(tmp_path, authority):
    """A server that trusts the authority of the test."""
    configuration = tmp_path / "tidemark.json"
    configuration.write_text(json.dumps({"callback_ca_file": str(authority.file)}))
    server = Server(tmp_path / "data", options=["--config", str(configuration)])
    server.start()
    yield server
    server.close()


def first_attempt(server, url):
    token = server.ingest("p", "t", [{"id": 1}]).json()["token"]
    made = server.post(PATH, json={"url": url, "token": token})
    assert made.status_code == 201, made.text
    deadline = time.monotonic() + 20
    while not (body := server.get(f"{PATH}/{made.json()['id']}").json())["attempts"]:
        assert time.monotonic() < deadline, body
        time.sleep(0.01)
    return body


def test_a_receiver_that_proves_its_name_is_told(trusting, authority):
    trusting.up("p", SQL)
    receiver = Receiver(authority.issue("good", "DNS:localhost,IP:127.0.0.1"))
    for host in ("localhost", "127.0.0.1"):
        for _ in range(5):
            body = first_attempt(trusting, f"https://{host}:{receiver.port}/hook?x=1")
            assert body["state"] == "delivered" and body["attempts"][0]["status"] == 200, body
    assert len(receiver.got) == 10
    headers, payload = receiver.got[0]
    assert headers["host"] == f"localhost:{receiver.port}" and headers["webhook-signature"].startswith("v1,")
    assert json.loads(payload)["type"] == "completion.complete"
    # One connection for each name: they are kept.
    assert receiver.connections == 2
    receiver.close()


def test_a_receiver_without_proof_is_told_nothing(trusting, authority, tmp_path):
    trusting.up("p", SQL)
    stranger = Authority(tmp_path / "other", "another authority")
    cases = [
        (Receiver(stranger.issue("stranger", "DNS:localhost")), "not trusted"),
        (Receiver(authority.issue("other", "DNS:other.test")), "TLS failed"),
        (Receiver(authority.issue("old", "DNS:localhost"), ssl.TLSVersion.TLSv1_1), "TLS failed"),
    ]
    for receiver, reason in cases:
        body = first_attempt(trusting, f"https://localhost:{receiver.port}/secret-path")
        assert body["state"] == "pending" and reason in body["attempts"][0]["error"], body
        assert body["attempts"][0]["status"] is None or body["attempts"][0]["status"] == 0, body
        assert not receiver.got and "secret-path" not in body["attempts"][0]["error"]
        receiver.close()
    assert "secret-path" not in trusting.log_text()


def test_the_trust_file_must_hold_certificates(tmp_path):
    for content in (None, "no certificate"):
        file = tmp_path / "ca.pem"
        if content:
            file.write_text(content)
        configuration = tmp_path / "tidemark.json"
        configuration.write_text(json.dumps({"callback_ca_file": str(file)}))
        server = Server(tmp_path / "data", options=["--config", str(configuration)])
        with pytest.raises(RuntimeError, match="ended with 1"):
            server.start()
        assert "ca.pem" in server.log_text()
        server.close()
