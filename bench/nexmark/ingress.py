"""One query in a real server: two connections push bodies of NDJSON into the durable log, then wait until all is complete."""

import http.client
import json
import pathlib
import shutil
import socket
import subprocess
import threading
import time

import measure

BODY_BYTES = 4 << 20
CONNECTIONS = 2


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

    def up(self, sql):
        status, body = self.call("POST", "/v0/pipelines", json.dumps({"name": "n", "program_code": sql}))
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

    def push(self, table, body, connection):
        path = f"/v0/pipelines/n/ingress/{table}?format=json&update_format=raw"
        status, answer = self.call("POST", path, body, connection)
        if status != 200:
            raise RuntimeError(f"ingress answers {status}: {answer}")
        return answer["token"]

    def wait(self, token, connection):
        path = f"/v0/pipelines/n/completion_status?wait=600s&token={token}"
        while True:
            status, answer = self.call("GET", path, connection=connection)
            if status == 200:
                return
            if status != 202:
                raise RuntimeError(f"a token answers {status}: {answer}")


def bodies(files):
    """(table, bytes) of files of whole lines, all at the same pace."""
    readers = []
    for table, path in files:
        readers.append([0.0, path.stat().st_size, table, open(path, "rb")])
    while readers:
        reader = min(readers, key=lambda reader: reader[0])
        body = reader[3].read(BODY_BYTES)
        if not body:
            reader[3].close()
            readers.remove(reader)
            continue
        if not body.endswith(b"\n"):
            body += reader[3].readline()
        reader[0] += len(body) / reader[1]
        yield reader[2], body


def measure_query(binary, folder, sql, tables, data, side_input):
    """Seconds from the first byte to the last token, with CPU and memory of the server and the bytes that it wrote."""
    with Server(binary, folder) as server:
        server.up(sql)
        if side_input:
            connection = server.connection()
            server.wait(server.push("side_input", side_input, connection), connection)
            connection.close()
        failures = []

        def work(part):
            try:
                connection = server.connection()
                files = [(table, data / table / f"part-{part}.ndjson") for table in tables]
                tokens = [server.push(table, body, connection) for table, body in bodies(files)]
                for token in reversed(tokens):
                    server.wait(token, connection)
                connection.close()
            except Exception as error:  # told by the main thread
                failures.append(error)

        before = measure.written_bytes(server.process.pid)
        with measure.Meter([server.process.pid]) as meter:
            threads = [threading.Thread(target=work, args=(part,)) for part in range(CONNECTIONS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]
        return meter, measure.written_bytes(server.process.pid) - before
