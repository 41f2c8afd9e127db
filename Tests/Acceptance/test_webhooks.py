"""Guards webhooks on completion: signed, retried, replayed, alive over kill -9, and never to private addresses."""

import base64
import hashlib
import hmac
import http.server
import json
import socket
import threading
import time

import pytest

SQL = "CREATE TABLE t (id BIGINT, v INT); CREATE MATERIALIZED VIEW total AS SELECT COUNT(*) AS n FROM t;"
PATH = "/v0/pipelines/p/completion_webhooks"


class Receiver:
    """Answers with the statuses it is told, then with 200; keeps what it got."""

    def __init__(self):
        self.got, self.answers = [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((dict(self.headers), body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook?x=1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, count, timeout=20.0):
        deadline = time.monotonic() + timeout
        while len(self.got) < count:
            assert time.monotonic() < deadline, f"only {len(self.got)} of {count} calls came"
            time.sleep(0.01)


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.server.shutdown()


def until(server, hook, state, timeout=20.0):
    deadline = time.monotonic() + timeout
    while True:
        body = server.get(f"{PATH}/{hook}").json()
        if body["state"] == state:
            return body
        assert time.monotonic() < deadline, body
        time.sleep(0.01)


def test_a_completion_is_told_and_signed(server, receiver):
    server.up("p", SQL)
    server.post("/v0/pipelines/p/pause")
    server.wait_status("p", "Paused")
    tokens = [server.ingest("p", "t", [{"id": i}], force="true").json()["token"] for i in range(3)]
    made = server.post(PATH, json={"url": receiver.url, "tokens": tokens})
    assert made.status_code == 201, made.text
    hook, secret = made.json()["id"], made.json()["secret"]
    assert server.get(f"{PATH}/{hook}").json()["state"] == "waiting"
    # The pipeline dies before it is complete.
    server.kill9()
    server.start()
    server.wait_status("p", "Paused")
    time.sleep(0.2)
    assert not receiver.got
    server.post("/v0/pipelines/p/resume")
    receiver.wait(1)
    headers, body = receiver.got[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(code).decode()
    assert headers["webhook-id"] == hook and abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    data = json.loads(body)
    assert data["type"] == "completion.complete" and data["data"]["accepted"] == 3
    assert data["data"]["tokens"] == tokens and data["data"]["step"] >= 1
    assert until(server, hook, "delivered")["attempts"][0]["status"] == 200
    # Sent again under the same id.
    assert server.post(f"{PATH}/{hook}/replay").status_code == 202
    receiver.wait(2)
    assert receiver.got[1][0]["webhook-id"] == hook
    until(server, hook, "delivered")
    assert server.request("DELETE", f"{PATH}/{hook}").status_code == 204
    assert server.get(f"{PATH}/{hook}").status_code == 404


def test_failures_are_tried_again_and_410_is_final(server, receiver):
    server.up("p", SQL)
    token = server.ingest("p", "t", [{"id": 1}]).json()["token"]
    receiver.answers = [500]
    hook = server.post(PATH, json={"url": receiver.url, "token": token}).json()["id"]
    receiver.wait(2)
    body = until(server, hook, "delivered")
    assert [attempt["status"] for attempt in body["attempts"]] == [500, 200]
    receiver.answers = [410]
    hook = server.post(PATH, json={"url": receiver.url, "token": token}).json()["id"]
    until(server, hook, "dead")
    assert [hook["state"] for hook in server.get(PATH, params={"state": "dead"}).json()["webhooks"]] == ["dead"]
    server.post(f"{PATH}/{hook}/replay")
    until(server, hook, "delivered")
    # Nobody listens: the next attempt is planned.
    hook = server.post(PATH, json={"url": "http://127.0.0.1:9/", "token": token}).json()["id"]
    deadline = time.monotonic() + 20
    while not (body := server.get(f"{PATH}/{hook}").json())["attempts"]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert body["state"] == "pending" and body["attempts"][0]["error"] and body["next_attempt_at"]


def test_a_receiver_that_hangs_holds_up_no_other(server, receiver):
    server.up("p", SQL)
    token = server.ingest("p", "t", [{"id": 1}]).json()["token"]
    with socket.create_server(("127.0.0.1", 0), backlog=512) as hanging:
        url = f"http://127.0.0.1:{hanging.getsockname()[1]}/"
        for _ in range(300):
            assert server.post(PATH, json={"url": url, "token": token}).status_code == 201
        begun = time.monotonic()
        for _ in range(200):
            assert server.post(PATH, json={"url": receiver.url, "token": token}).status_code == 201
        receiver.wait(200)
        # Before a single call to the other one was given up.
        assert time.monotonic() - begun < 12
        states = [hook["state"] for hook in server.get(PATH).json()["webhooks"]]
        assert states.count("pending") == 300


def test_bad_targets_and_tokens_are_refused(server, receiver):
    server.up("p", SQL)
    token = server.ingest("p", "t", [{"id": 1}]).json()["token"]
    for url, code in [
        ("http://10.0.0.1/", "ForbiddenTarget"), ("http://169.254.169.254/latest", "ForbiddenTarget"),
        ("http://[fd00::1]/", "ForbiddenTarget"), ("https://10.0.0.1/", "ForbiddenTarget"),
        ("file:///etc/passwd", "InvalidParam"), ("http://u:p@127.0.0.1/", "InvalidParam"),
    ]:
        answer = server.post(PATH, json={"url": url, "token": token})
        assert (answer.status_code, answer.json()["error_code"]) == (400, code), answer.text
    assert server.post(PATH, json={"url": receiver.url, "token": "x"}).status_code == 400
    assert server.post(f"{PATH}/nothing/replay").status_code == 404
