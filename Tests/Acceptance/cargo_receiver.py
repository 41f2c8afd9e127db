"""A local receiver of callbacks in many moods, by path; and what it got."""

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time


class QuietHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass


class QuietServer(http.server.ThreadingHTTPServer):
    """Serves on a free port of loopback from the start; says nothing of clients that leave."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        self.base = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *arguments):
        pass


class Receiver:
    """`/ok`, `/fail/N` (500 N times, then 200), `/status/CODE`, `/busy/SECONDS` (429 once), `/hang` (until `release`),
    `/redirect` (to a private address). Keeps (path, headers, body, time) of every call."""

    def __init__(self):
        self.got, self.lock, self.released = [], threading.Lock(), threading.Event()
        receiver = self

        class Handler(QuietHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                parts = self.path.split("?")[0].strip("/").split("/")
                with receiver.lock:
                    receiver.got.append((self.path, dict(self.headers), body, time.monotonic()))
                    before = sum(1 for path, *_ in receiver.got if path == self.path) - 1
                status, fields = 200, {}
                if parts[0] == "fail" and before < int(parts[1]):
                    status = 500
                if parts[0] == "status":
                    status = int(parts[1])
                if parts[0] == "busy" and before == 0:
                    status, fields = 429, {"Retry-After": parts[1]}
                if parts[0] == "redirect":
                    status, fields = 302, {"Location": "http://10.255.255.1/private"}
                if parts[0] == "hang":
                    receiver.released.wait(120)
                try:
                    self.send_response(status)
                    for name, value in fields.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                except OSError:
                    pass

        self.server = QuietServer(Handler)
        self.base = self.server.base

    def calls(self, path):
        with self.lock:
            return [call for call in self.got if call[0] == path]

    def of(self, cargo):
        with self.lock:
            named = [({name.lower(): value for name, value in call[1].items()}, call) for call in self.got]
            return [call for fields, call in named if fields.get("x-convoy-cargo-id") == cargo]

    def wait(self, path, count, timeout=30.0):
        deadline = time.monotonic() + timeout
        while len(self.calls(path)) < count:
            assert time.monotonic() < deadline, f"only {len(self.calls(path))} of {count} calls of {path} came"
            time.sleep(0.01)
        return self.calls(path)

    def close(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()


class Headers(dict):
    """Field names in any case."""

    def __init__(self, fields):
        super().__init__({name.lower(): value for name, value in fields.items()})


def check_signature(secret_text, headers, body):
    """As the Standard Webhooks libraries do."""
    headers = Headers(headers)
    key = base64.b64decode(secret_text.strip().removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    code = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == "v1," + code
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    return json.loads(body)
