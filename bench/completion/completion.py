"""What run.sh prints: each figure against its budget (issue "Speed", design.md section 7), with every raw line before the table."""

import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import tempfile
import time

import requests

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASE = pathlib.Path(os.environ.get("RELEASE", ROOT / ".build" / "release"))
STEPS = int(os.environ.get("STEPS", 10_000_000))
TOKENS = int(os.environ.get("TOKENS", 10_000))
ROWS = int(os.environ.get("ROWS", 10_000_000))
WAITS = int(os.environ.get("WAITS", 10_000))
SECONDS = os.environ.get("BENCH_SECONDS", "5")
COUNTED = """
CREATE TABLE t (x BIGINT NOT NULL);
CREATE MATERIALIZED VIEW n AS SELECT COUNT(*) AS n FROM t;
"""
KEYED = """
CREATE TABLE t (id BIGINT NOT NULL PRIMARY KEY, k INT NOT NULL, v BIGINT NOT NULL, s VARCHAR) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW by_k AS SELECT k, COUNT(*) AS n, SUM(v) AS total FROM t GROUP BY k;
"""
LINE = '{"id":%d,"k":%d,"v":%d,"s":"some text that makes the record about a hundred bytes long, %d"}\n'
table = []


def figure(name, value, unit, budget):
    """`budget`: None, or what the value is to stay below."""
    verdict = "" if budget is None else "yes" if value < budget else "NO"
    table.append((name, f"{value:,.2f}" if value < 10 else f"{value:,.0f}", unit, "" if budget is None else f"< {budget:,}", verdict))


def tool(name, *arguments):
    """The JSON lines that a program of the bench prints."""
    lines = subprocess.run([RELEASE / name, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    print(lines, end="", flush=True)
    return [json.loads(line) for line in lines.splitlines() if line.startswith("{")]


class Server:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{self.port}"
        self.folder = folder
        self.configuration = folder / "server.json"
        self.configuration.write_text(json.dumps({"connections_max": WAITS + 200}))
        self.start()

    def start(self):
        self.log = open(self.folder / "server.log", "ab")
        self.process = subprocess.Popen(
            [RELEASE / "tidemark", "serve", "--port", str(self.port), "--data-dir", self.folder / "data", "--config", self.configuration],
            stdout=self.log, stderr=self.log)
        while True:
            try:
                if requests.get(f"{self.base}/healthz", timeout=1).ok:
                    return
            except requests.RequestException:
                if self.process.poll() is not None:
                    raise SystemExit((self.folder / "server.log").read_text()[-2000:])
                time.sleep(0.001)

    def end(self, kill=False):
        self.process.kill() if kill else self.process.terminate()
        self.process.wait()

    def call(self, method, path, **options):
        answer = requests.request(method, f"{self.base}/v0/pipelines{path}", timeout=600, **options)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.text}")
        return answer

    def reach(self, name, status):
        while self.call("GET", f"/{name}?selector=status").json()["deployment_status"] != status:
            time.sleep(0.001)

    def up(self, name, sql, config=None):
        self.call("POST", "", json={"name": name, "program_code": sql, "runtime_config": config or {}})
        self.call("POST", f"/{name}/start")
        self.reach(name, "Running")

    def settle(self, name, records):
        while self.call("GET", f"/{name}/stats").json()["global_metrics"]["total_completed_records"] < records:
            time.sleep(0.05)

    def resident(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise SystemExit("no VmRSS")

    def cpu(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def poll(self, tokens, clients):
        before = self.cpu()
        line, = tool("LoadBench", "poll-many", "--port", self.port, "--pipeline", "tokens", "--tokens", tokens, "--clients", clients, "--seconds", SECONDS)
        if line["other"] or not line["ok"]:
            raise SystemExit(f"polls were refused: {line}")
        line["cpu_us"] = (self.cpu() - before) / line["ok"] * 1e6
        return line


def tokens_over_many_steps(server):
    """A log of STEPS records whose ledger becomes one step a record; answers files of successors of tokens spread over it: TOKENS, and a tenth of them."""
    server.up("tokens", COUNTED)
    size = STEPS // TOKENS
    body = b'{"x":1}\n' * size
    session = requests.Session()
    tokens = []
    for _ in range(TOKENS):
        answer = session.post(f"{server.base}/v0/pipelines/tokens/ingress/t?format=json&update_format=raw", data=body)
        tokens.append(answer.json()["token"])
    server.settle("tokens", TOKENS * size)
    server.call("POST", "/tokens/stop?force=false")
    server.reach("tokens", "Stopped")
    server.end()
    store, = (server.folder / "data" / "pipelines").glob("*/store")
    tool("CompletionBench", "plant", store, TOKENS * size)
    server.start()
    server.call("POST", "/tokens/start")
    server.reach("tokens", "Running")
    successors = []
    for token in tokens:
        past = session.get(f"{server.base}/v0/pipelines/tokens/completion_status", params={"token": token})
        successors.append(past.json()["details"]["successor"])
    many, few = server.folder / "tokens", server.folder / "tenth"
    many.write_text("\n".join(successors))
    few.write_text("\n".join(successors[::10]))
    return many, few


def status_over_http(server):
    many, few = tokens_over_many_steps(server)
    for tokens, name in ((many, f"{TOKENS:,} tokens in turn, more than are remembered"), (few, f"{TOKENS // 10:,} tokens in turn")):
        server.poll(tokens, 1)
        one, all = server.poll(tokens, 1), server.poll(tokens, 64)
        figure(f"status over HTTP, {STEPS:,} steps, {name}, 1 client: p50 round trip", one["p50_us"], "us", None)
        figure("the same: server's processor time a poll", one["cpu_us"], "us", 50)
        figure("64 clients: server's processor time a poll", all["cpu_us"], "us", 50)
        figure("64 clients: polls", all["requests_per_s"], "a second", None)
    return few


def parked_waits(server, tokens):
    server.up("parked", COUNTED)
    server.call("POST", "/parked/pause")
    server.reach("parked", "Paused")
    token = server.call("POST", "/parked/ingress/t?format=json&update_format=raw&force=true", data='{"x":1}').json()["token"]
    request = f"GET /v0/pipelines/parked/completion_status?token={token}&wait=300s HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    quiet = server.poll(tokens, 1)
    before = server.resident()
    waits = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(WAITS)]
    time.sleep(1)
    connected = server.resident()
    for wait in waits:
        wait.sendall(request)
    time.sleep(2)
    parked = server.resident()
    busy = server.poll(tokens, 1)
    began = time.perf_counter()
    server.call("POST", "/parked/resume")
    for wait in waits:
        answer = wait.recv(4096)
        if b" 200 " not in answer.split(b"\r\n")[0] + b" ":
            raise SystemExit(f"a parked wait got {answer!r}")
    woken = time.perf_counter() - began
    for wait in waits:
        wait.close()
    figure(f"{WAITS:,} parked waits: memory with their connections", (parked - before) / 1e6, "MB", 100)
    figure("of that the connections", (connected - before) / 1e6, "MB", None)
    figure("p50 of a poll beside them, by that without them", busy["p50_us"] / quiet["p50_us"], "times", None)
    figure("all woken and answered in", woken * 1000, "ms", None)


def restart(server):
    server.up("keyed", KEYED)
    part = 500_000
    for first in range(0, ROWS, part):
        body = "".join(LINE % (i, i % 97, i % 1009, i) for i in range(first, min(first + part, ROWS))).encode()
        server.call("POST", "/keyed/ingress/t?format=json&update_format=raw", data=body)
    server.settle("keyed", ROWS)
    server.call("POST", "/keyed/stop?force=false")
    server.reach("keyed", "Stopped")
    server.end()
    server.start()
    began = time.perf_counter()
    server.call("POST", "/keyed/start")
    server.reach("keyed", "Running")
    rows = server.call("GET", "/keyed/query", params={"sql": "SELECT n FROM by_k WHERE k = 1", "format": "json"}).text
    took = time.perf_counter() - began
    if json.loads(rows)["n"] != len(range(1, ROWS, 97)):
        raise SystemExit(f"wrong answer after the restart: {rows}")
    figure(f"start with {ROWS:,} rows of state to first answer", took * 1000, "ms", 1000)
    server.end(kill=True)
    began = time.perf_counter()
    server.start()
    server.reach("keyed", "Running")
    server.call("GET", "/keyed/query", params={"sql": "SELECT n FROM by_k WHERE k = 1", "format": "json"})
    figure("the same after kill -9, with the process and all pipelines", (time.perf_counter() - began) * 1000, "ms", None)


def checkpoints(folder):
    """A merge is written once for all the changes that it merges, so the budget is that of the sum over many checkpoints."""
    for rows in sorted({ROWS // 10, ROWS}):
        lines = tool("StateBench", folder / f"state{rows}", rows)
        for sum in [line for line in lines if line["run"] == "checkpoints after changes, sum"]:
            of = [line for line in lines if line["run"] == "checkpoint after changes" and line["changed_rows"] == sum["changed_rows"]]
            name = f"{rows:,} rows, {sum['changed_rows']:,.0f} changed, {len(of)} checkpoints: their bytes by changed bytes"
            figure(name, sum["checkpoint_by_changed"], "times", 3)
            figure("the same, most of one checkpoint", max(line["checkpoint_by_changed"] for line in of), "times", None)
            figure("the same, with spills and merges between them", sum["all_by_changed"], "times", None)
        shutil.rmtree(folder / f"state{rows}")


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard != resource.RLIM_INFINITY and hard < WAITS + 500:
        raise SystemExit(f"{WAITS} connections need as many file descriptors: the limit is {hard} (ulimit -n)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = pathlib.Path(name)
        direct = tool("CompletionBench", "ledger", folder / "ledger", "--steps", STEPS)[-1]
        shutil.rmtree(folder / "ledger")
        figure(f"status of a token over {STEPS:,} steps, direct: mean", direct["mean_us"], "us", 50)
        figure("the same: p99", direct["p99_us"], "us", None)
        server = Server(folder)
        try:
            tokens = status_over_http(server)
            parked_waits(server, tokens)
            restart(server)
        finally:
            server.end(kill=True)
        checkpoints(folder)
    width = max(len(row[0]) for row in table)
    print(f"\n{'figure':<{width}}  {'value':>10}  {'unit':<8}  {'budget':>8}  met")
    for name, value, unit, budget, verdict in table:
        print(f"{name:<{width}}  {value:>10}  {unit:<8}  {budget:>8}  {verdict}")


if __name__ == "__main__":
    main()
