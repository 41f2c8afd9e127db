"""Starts the release binary, kills it, and talks to it as a client would."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("TIDEMARK_BINARY", ROOT / ".build" / "release" / "tidemark"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One server process at a time over one data directory."""

    def __init__(self, data_dir: pathlib.Path, wrapper=(), port=None, environment=None, log_path=None, options=()):
        self.data_dir = data_dir
        self.environment = environment
        self.port = port or free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.wrapper = list(wrapper)
        # Further flags of `serve`.
        self.options = list(options)
        self.process = None
        self.session = requests.Session()
        self.log_path = log_path or data_dir.parent / f"{data_dir.name}.log"

    def start(self, timeout=30.0):
        command = self.wrapper + [
            str(BINARY), "serve", "--host", "127.0.0.1", "--port", str(self.port), "--data-dir", str(self.data_dir),
            *self.options,
        ]
        self.log = open(self.log_path, "ab")
        environment = {**os.environ, **self.environment()} if self.environment else None
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"server ended with {self.process.returncode}: {self.log_text()[-2000:]}")
            try:
                if requests.get(f"{self.base}/healthz", timeout=1).status_code == 200:
                    return self
            except requests.RequestException:
                pass
            time.sleep(0.01)
        raise RuntimeError("server is not ready: " + self.log_text()[-2000:])

    def log_text(self) -> str:
        return self.log_path.read_text(errors="replace")

    def kill9(self):
        if self.wrapper:
            subprocess.run(["pkill", "-9", "-P", str(self.process.pid)], check=False)
        self.process.kill()
        self.process.wait()
        self.session = requests.Session()

    def terminate(self, timeout=30) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout)
        self.session = requests.Session()
        return code

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()

    # Calls; each answers the response, whatever its status.

    def request(self, method, path, **options):
        options.setdefault("timeout", 60)
        return self.session.request(method, self.base + path, **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def wait_status(self, name, wanted, timeout=60.0):
        """Polls `deployment_status` as the SDK does."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            pipeline = self.get(f"/v0/pipelines/{name}?selector=status").json()
            if pipeline.get("deployment_status") == wanted:
                return pipeline
            if wanted != "Stopped" and pipeline.get("deployment_error"):
                raise AssertionError(pipeline["deployment_error"])
            time.sleep(0.005)
        raise AssertionError(f"{name} is not {wanted}: {pipeline}\n{self.log_text()[-3000:]}")

    def create(self, name, sql, config=None):
        body = {"name": name, "program_code": sql}
        if config is not None:
            body["runtime_config"] = config
        answer = self.post("/v0/pipelines", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def start_pipeline(self, name, initial="running"):
        answer = self.post(f"/v0/pipelines/{name}/start?initial={initial}")
        assert answer.status_code == 202, answer.text
        return self.wait_status(name, "Running" if initial == "running" else "Paused")

    def stop_pipeline(self, name, force=False):
        answer = self.post(f"/v0/pipelines/{name}/stop?force={'true' if force else 'false'}")
        assert answer.status_code == 202, answer.text
        return self.wait_status(name, "Stopped")

    def up(self, name, sql, config=None):
        self.create(name, sql, config)
        self.start_pipeline(name)

    def ingest(self, name, table, rows, update_format="raw", **parameters):
        body = "\n".join(json.dumps(row) for row in rows)
        query = {"format": "json", "update_format": update_format, **parameters}
        return self.post(f"/v0/pipelines/{name}/ingress/{table}", params=query, data=body.encode())

    def status(self, name, token, **parameters):
        return self.get(f"/v0/pipelines/{name}/completion_status", params={"token": token, **parameters})

    def wait(self, name, token, timeout=60.0):
        """Waits until a token is complete; answers its last body."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            answer = self.status(name, token, wait="10s")
            if answer.status_code == 200:
                return answer.json()
            assert answer.status_code == 202, answer.text
        raise AssertionError(f"token is not complete: {answer.text}")

    def query(self, name, sql):
        answer = self.get(f"/v0/pipelines/{name}/query", params={"sql": sql, "format": "json"})
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines() if line]

    def stats(self, name):
        answer = self.get(f"/v0/pipelines/{name}/stats")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def proc(self, name) -> pathlib.Path:
        return pathlib.Path(f"/proc/{self.process.pid}/{name}")

    def resident_bytes(self) -> int:
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")
