"""One query in a real server: connections push bodies of NDJSON into the durable log, then wait until all is complete."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

import measure

BODY_BYTES = 4 << 20
PARTS = 2
# Each waits for the sync of its body before it sends the next one, so that two a file keep the server busy.
CONNECTIONS_A_PART = 2


class Server:
    """A server over an empty directory, gone with it at the end."""

    def __init__(self, binary, folder):
        self.folder = pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(self.folder / "server.log", "wb")
        self.process = subprocess.Popen(
            [str(binary), "serve", "--port", str(self.port), "--data-dir", str(self.folder / "data")], stdout=self.log, stderr=self.log)

    def __enter__(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                if self.call("GET", "/healthz")[0] == 200:
                    return self
            except OSError:
                pass
            time.sleep(0.02)
        raise RuntimeError("the server is not ready: " + (self.folder / "server.log").read_text()[-500:])

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def connection(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=700)

    def call(self, method, path, body=None, connection=None):
        mine = connection or self.connection()
        mine.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = mine.getresponse()
        text = answer.read()
        if connection is None:
            mine.close()
        return answer.status, json.loads(text) if text else None

    def up(self, sql, config=None):
        status, body = self.call("POST", "/v0/pipelines", json.dumps({"name": "n", "program_code": sql, "runtime_config": config or {}}))
        if status != 201:
            raise RuntimeError(f"the program is refused: {body}")
        self.call("POST", "/v0/pipelines/n/start")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            status = self.call("GET", "/v0/pipelines/n?selector=status")[1]
            if status.get("deployment_status") == "Running":
                return
            if status.get("deployment_error"):
                break
            time.sleep(0.02)
        raise RuntimeError(f"the pipeline does not run: {status}")

    def push(self, table, piece, connection, durability="sync"):
        connection.putrequest(
            "POST", f"/v0/pipelines/n/ingress/{table}?format=json&update_format=raw&durability={durability}", skip_accept_encoding=True)
        connection.putheader("Content-Length", str(piece.end - piece.first))
        connection.endheaders()
        piece.send(connection.sock)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"ingress answers {answer.status}: {text}")
        return json.loads(text)["token"]

    def wait(self, token, connection):
        path = f"/v0/pipelines/n/completion_status?wait=600s&token={token}"
        while True:
            status, answer = self.call("GET", path, connection=connection)
            if status == 200:
                return
            if status != 202:
                raise RuntimeError(f"a token answers {status}: {answer}")


class Bodies:
    """The bodies of one part for several threads."""

    def __init__(self, files):
        self.bodies = bodies(files)
        self.lock = threading.Lock()

    def __iter__(self):
        return self

    def __next__(self):
        with self.lock:
            return next(self.bodies)


class Piece:
    """Whole lines of a file; sent by the kernel, so that the load costs little of the two cores."""

    def __init__(self, file, first, end):
        self.file, self.first, self.end = file, first, end

    def send(self, sock):
        sock.sendfile(self.file, self.first, self.end - self.first)


def line_end(file, position):
    """Behind the first line end at or after a position."""
    while True:
        text = os.pread(file.fileno(), 4096, position)
        if not text:
            return position
        if (found := text.find(b"\n")) >= 0:
            return position + found + 1
        position += len(text)


def bodies(files):
    """(table, piece) of files of whole lines, all at the same pace."""
    readers = []
    for table, path in files:
        readers.append([0.0, 0, path.stat().st_size, table, open(path, "rb")])
    while readers:
        reader = min(readers, key=lambda reader: reader[0])
        _, position, size, table, file = reader
        if position >= size:
            readers.remove(reader)
            continue
        end = line_end(file, min(size, position + BODY_BYTES) - 1)
        reader[0], reader[1] = end / size, end
        yield table, Piece(file, position, end)


def measure_query(binary, folder, sql, tables, data, side_input, config=None, durability="sync", at_end=None):
    """Seconds from the first byte to the last token, with CPU and memory of the server and the bytes that it wrote."""
    with Server(binary, folder) as server:
        server.up(sql, config)
        if side_input:
            connection = server.connection()
            file = server.folder / "side_input.ndjson"
            file.write_text(side_input)
            for table, piece in bodies([("side_input", file)]):
                server.wait(server.push(table, piece, connection), connection)
            connection.close()
        failures = []

        def work(part):
            try:
                connection = server.connection()
                tokens = [server.push(table, body, connection, durability) for table, body in part]
                for token in reversed(tokens):
                    server.wait(token, connection)
                connection.close()
            except Exception as error:  # told by the main thread
                failures.append(error)

        before = measure.written_bytes(server.process.pid)
        with measure.Meter([server.process.pid]) as meter:
            parts = [Bodies([(table, data / table / f"part-{part}.ndjson") for table in tables]) for part in range(PARTS)]
            threads = [threading.Thread(target=work, args=(part,)) for part in parts for _ in range(CONNECTIONS_A_PART)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]
        if at_end:
            at_end(server)
        return meter, measure.written_bytes(server.process.pid) - before
