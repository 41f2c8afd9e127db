"""Guards the batch dialect: the page's client runs unchanged, states and counters hold over kill -9, bodies are exact."""

import base64
import hashlib
import json
import random
import re
import subprocess
import sys
import time

import pytest
import requests

from harness import Server

# As printed on the reference page; its text form there has lost the indentation.
PAGE_CLIENT = '''
import requests
import datetime
# Configuration
api_key = "YOUR_API_KEY"
batch_id = "batch-abc123"
# Get batch status with job details
response = requests.get(
    f"https://api.wickson.ai/v1/batches/{batch_id}",
    headers={"X-Api-Key": api_key},
    params={"include_job_details": True}
)
# Process the response
if response.status_code == 200:
    data = response.json()["data"]
    # Display batch overview
    print(f"Batch: {data['batch_name']} ({data['batch_id']})")
    print(f"Status: {data['status'].upper()}")
    # Display progress information
    progress = data["progress"]
    print(f"Progress: {progress['percentage']:.1f}% ({progress['completed']} of {progress['total']} complete)")
    # Show timing information
    if data["status"] != "completed" and "estimated_completion" in data["timing"]:
        est_time = datetime.datetime.fromisoformat(data["timing"]["estimated_completion"].replace("Z", "+00:00"))
        now = datetime.datetime.now(datetime.timezone.utc)
        minutes_remaining = round((est_time - now).total_seconds() / 60)
        print(f"Estimated completion: {minutes_remaining} minutes remaining")
    # Show error count if any
    if progress["failed"] > 0 and "error_summary" in data:
        print(f"\\nErrors: {progress['failed']} files failed")
        for error in data["error_summary"]:
            print(f" - {error['error_type']} ({error['count']} files): {error['resolution']}")
else:
    print(f"Error {response.status_code}: {response.text}")
'''

GATE_SQL = """
CREATE TABLE work (item_id VARCHAR NOT NULL PRIMARY KEY, n BIGINT) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW doubled AS SELECT item_id, n * 2 AS twice FROM work;
"""


class Configured(Server):
    """With the provider `gate`: a view of the pipeline `gate`, so that a test can hold calls back and let them go."""

    def __init__(self, data_dir, **settings):
        path = data_dir.parent / "tidemark.json"
        gate = {"kind": "sql", "pipeline": "gate", "table": "work", "view": "doubled", "timeout_secs": 600}
        path.write_text(json.dumps({"providers": {"gate": gate}, **settings}))
        super().__init__(data_dir, wrapper=["bash", "-c", f'exec "$@" --config {path}', "x"])

    def batch(self, items, expect=202, headers=None, **options):
        body = "\n".join(json.dumps(item) for item in items)
        answer = self.post(
            "/v1/batches", params=options, data=body.encode(),
            headers={"Content-Type": "application/x-ndjson", **(headers or {})})
        assert answer.status_code == expect, answer.text
        return answer.json()["data"]["batch_id"] if expect == 202 else answer

    def batch_status(self, batch, **parameters):
        answer = self.get(f"/v1/batches/{batch}", params=parameters)
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        if "progress" in data:
            progress = data["progress"]
            parts = progress["completed"] + progress["failed"] + progress["pending"] + progress["processing"]
            assert parts == progress["total"], progress
        return data

    def until(self, batch, reached, timeout=60.0):
        deadline = time.monotonic() + timeout
        while True:
            data = self.batch_status(batch)
            if reached(data):
                return data
            assert time.monotonic() < deadline, data
            time.sleep(0.01)

    def until_status(self, batch, status, timeout=60.0):
        return self.until(batch, lambda data: data["status"] == status, timeout)

    def move(self, batch, state=None):
        body = {} if state is None else {"json": {"state": state}}
        return self.request("PUT", f"/v1/batches/{batch}/state", **body)

    def gate_open(self):
        self.up("gate", GATE_SQL)

    def gate_hold(self):
        assert self.post("/v0/pipelines/gate/pause").status_code == 202
        self.wait_status("gate", "Paused")

    def gate_resume(self):
        assert self.post("/v0/pipelines/gate/resume").status_code == 202
        self.wait_status("gate", "Running")


@pytest.fixture
def server(tmp_path):
    running = Configured(tmp_path / "data").start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive or running.process.returncode in (0, -9), "the server trapped: " + running.log_text()[-3000:]


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    running = Configured(tmp_path_factory.mktemp("batches") / "data").start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive, "the server trapped: " + running.log_text()[-3000:]


def run_page_client(server, batch):
    program = PAGE_CLIENT.replace("https://api.wickson.ai", server.base).replace("batch-abc123", batch)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_client_runs_unchanged(server):
    server.gate_open()
    server.gate_hold()
    batch = server.batch(
        [{"n": 1}, {"n": "no number"}, {"n": 3}], collection_id="gate", batch_name="Monthly", max_concurrent=1)
    server.until(batch, lambda data: data["progress"]["processing"] == 1)
    # Nothing is completed: there is no estimate to trip over.
    text = run_page_client(server, batch)
    assert f"Batch: Monthly ({batch})\nStatus: RUNNING\nProgress: 0.0% (0 of 3 complete)\n" == text
    server.gate_resume()
    server.until_status(batch, "completed")
    text = run_page_client(server, batch)
    assert "Progress: 66.7% (2 of 3 complete)" in text and "Errors: 1 files failed" in text
    assert " - format_error (1 files): Ensure file is in a supported format" in text
    assert "Error 404" in run_page_client(server, "batch-abc123")


def test_files(shared):
    contents = {
        "reports/q4 \"final\".pdf": b"%PDF" + bytes(range(256)) * 40, "naïve.png": b"", "a.mp3": b"\r\n--x\r\n" * 100,
        "part.glb": random.Random(1).randbytes(300_000),
    }
    files = [("file", (name, content, "application/octet-stream")) for name, content in contents.items()]
    answer = shared.post(
        "/v1/batches", files=files,
        data={"batch_options": json.dumps({"priority": "high", "collection_id": "files"}), "max_concurrent": "2"})
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert set(body) == {"success", "message", "data", "metadata"} and body["success"] is True
    batch = body["data"]["batch_id"]
    assert re.fullmatch(r"batch-[0-9a-f]{32}", batch) and body["data"]["total_items"] == 4
    assert shared.until_status(batch, "completed")["progress"]["completed"] == 4
    data = shared.batch_status(batch, include_job_details="True")
    assert data["batch_configuration"] == {
        "max_concurrent": 2, "priority": "high", "timeout": 3600, "notification_enabled": False}
    assert [job["media_type"] for job in data["job_details"]] == ["document", "image", "audio", "3d_model"]
    results = shared.get(f"/v1/batches/{batch}/results").json()["data"]
    assert results["batch_summary"]["collection"] == "files"
    assert results["batch_summary"]["completion"]["completion_rate"] == 100.0
    assert [job["status"] for job in results["job_results"]] == ["succeeded"] * 4
    for job, content in zip(results["job_results"], contents.values()):
        assert job["media_id"].startswith("media-")
        assert job["result"]["sha256"] == hashlib.sha256(content).hexdigest() and job["result"]["size"] == len(content)
    assert results["job_results"][1]["filename"] == "naïve.png"
    assert results["statistics"]["media_distribution"]["total"] == 4
    # The content is in the log, as any other record.
    deadline = time.monotonic() + 20
    while not (rows := shared.query(
            "workflows", f"SELECT body FROM records WHERE group_id = '{batch}' AND sequence = 0 AND place = 3")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert base64.b64decode(json.loads(rows[0]["body"])["content"]) == contents["part.glb"]
    # Once more: all of it was processed before, in this collection.
    again = shared.post("/v1/batches", files=files, data={"collection_id": "files"}).json()["data"]["batch_id"]
    data = shared.until_status(again, "completed")
    assert data["progress"]["skipped"] == 4 and data["progress"]["percentage"] == 100.0
    skipped = shared.get(f"/v1/batches/{again}/results").json()["data"]["job_results"]
    assert [job["status"] for job in skipped] == ["skipped"] * 4
    assert [job["media_id"] for job in skipped] == [job["media_id"] for job in results["job_results"]]
    forced = shared.post("/v1/batches", files=files, data={"collection_id": "files", "force_overwrite": "true"})
    data = shared.until_status(forced.json()["data"]["batch_id"], "completed")
    assert data["progress"]["skipped"] == 0 and data["progress"]["completed"] == 4


def test_items_as_lines_and_as_a_document(shared):
    items = [{"name": f"doc-{i}.txt", "n": i} for i in range(25)]
    for batch in (
        shared.batch(items, collection_id="lines"),
        shared.post("/v1/batches", json={"items": items, "collection_id": "document", "batch_name": "D"}).json()[
            "data"]["batch_id"],
    ):
        shared.until_status(batch, "completed")
        pages = [
            shared.get(f"/v1/batches/{batch}/results", params={"page": page, "page_size": 10}).json()["data"]
            for page in (1, 2, 3, 4)
        ]
        jobs = [job for page in pages for job in page["job_results"]]
        assert [len(page["job_results"]) for page in pages] == [10, 10, 5, 0]
        assert pages[0]["pagination"] == {
            "page": 1, "page_size": 10, "total_items": 25, "total_pages": 3, "has_more": True}
        assert [job["result"] for job in jobs] == items
        assert [job["filename"] for job in jobs] == [item["name"] for item in items]
    listed = shared.get("/v1/batches", params={"page_size": 1}).json()["data"]
    assert listed["batches"][0]["batch_name"] == "D" and listed["pagination"]["has_more"] is True
    assert shared.get("/v1/status").json()["data"]["status"] == "operational"


def test_pause_resume_and_cancel(server):
    server.gate_open()
    server.gate_hold()
    batch = server.batch([{"n": i} for i in range(20)], collection_id="gate", max_concurrent=3)
    server.until(batch, lambda data: data["progress"]["processing"] == 3)
    assert server.batch_status(batch)["status"] == "running"
    paused = server.move(batch, "paused")
    assert paused.status_code == 200, paused.text
    assert paused.json()["message"] == "Batch paused successfully"
    data = paused.json()["data"]
    assert (data["batch_id"], data["previous_state"], data["current_state"]) == (batch, "running", "paused")
    server.gate_resume()
    server.until(batch, lambda data: data["progress"]["processing"] == 0)
    time.sleep(0.3)
    data = server.batch_status(batch)
    assert data["status"] == "paused" and data["progress"]["completed"] == 3 and data["progress"]["pending"] == 17
    server.kill9()
    server.start()
    server.wait_status("gate", "Running")
    data = server.batch_status(batch)
    assert data["status"] == "paused" and data["progress"]["completed"] == 3
    server.gate_hold()
    assert server.move(batch, "running").json()["data"]["current_state"] == "running"
    server.until(batch, lambda data: data["progress"]["processing"] == 3)
    cancelled = server.move(batch)
    assert cancelled.status_code == 200, cancelled.text
    assert cancelled.json()["message"] == "Batch cancelled successfully"
    assert cancelled.json()["data"]["current_state"] == "cancelled"
    data = server.batch_status(batch)
    assert data["status"] == "cancelled" and "estimated_completion" not in data["timing"]
    assert (data["progress"]["completed"], data["progress"]["failed"], data["progress"]["cancelled"]) == (3, 17, 17)
    assert data["error_summary"][0]["error_type"] == "cancelled" and data["error_summary"][0]["count"] == 17
    for state in ("running", "paused"):
        refused = server.move(batch, state)
        assert refused.status_code == 409 and refused.json()["code"] == "conflict", refused.text
    server.gate_resume()
    server.kill9()
    server.start()
    assert server.batch_status(batch)["progress"] == data["progress"]
    # A batch that has completed cannot be cancelled.
    done = server.batch([{"n": 1}])
    server.until_status(done, "completed")
    assert server.move(done).status_code == 409
    assert server.move("batch-none").status_code == 404


def test_a_batch_has_its_time(server):
    server.gate_open()
    server.gate_hold()
    batch = server.batch([{"n": i} for i in range(4)], collection_id="gate", timeout=1)
    data = server.until_status(batch, "failed", timeout=20)
    assert data["progress"]["failed"] == 4 and data["error"]["code"] == "timeout"
    assert data["error_summary"][0]["error_type"] == "timeout"


def test_kill9_in_the_middle(server):
    batches = []
    for round_ in range(4):
        batches.append(server.batch([{"round": round_, "n": i} for i in range(2000)], batch_name=f"r{round_}"))
        time.sleep(random.Random(round_).uniform(0, 0.25))
        before = {batch: server.batch_status(batch) for batch in batches}
        server.kill9()
        server.start()
        for batch, old in before.items():
            new = server.batch_status(batch)
            assert new["progress"]["completed"] >= old["progress"]["completed"]
            if old["status"] == "completed":
                assert new == old
    for batch in batches:
        data = server.until_status(batch, "completed")
        assert data["progress"]["completed"] == 2000 and data["progress"]["skipped"] == 0
        results = [
            job for page in (1, 2)
            for job in server.get(
                f"/v1/batches/{batch}/results", params={"page": page, "page_size": 1000}).json()["data"]["job_results"]
        ]
        assert [job["result"]["n"] for job in results] == list(range(2000))
    # What a job has been through, in order.
    rows = server.query(
        "workflows", "SELECT subject, sequence, status FROM records WHERE kind = 'event' AND subject LIKE 'job-%'")
    history = {}
    for row in sorted(rows, key=lambda row: (row["subject"], row["sequence"])):
        history.setdefault(row["subject"], []).append(row["status"])
    assert len(history) == 8000 and all(
        statuses[-1] == "completed" and set(statuses[:-1]) == {"processing"} for statuses in history.values())


def test_kill9_while_calls_are_out(server):
    server.gate_open()
    server.gate_hold()
    batch = server.batch([{"n": i} for i in range(40)], collection_id="gate", max_concurrent=7)
    server.until(batch, lambda data: data["progress"]["processing"] == 7)
    server.kill9()
    server.start()
    server.wait_status("gate", "Paused")
    assert server.batch_status(batch)["progress"]["processing"] == 7
    server.gate_resume()
    server.until_status(batch, "completed")
    results = server.get(f"/v1/batches/{batch}/results").json()["data"]["job_results"]
    assert [job["result"]["twice"] for job in results] == [2 * i for i in range(40)]


def test_validators_and_caching(shared):
    batch = shared.batch([{"etag": i} for i in range(5)])
    shared.until_status(batch, "completed")
    path = f"/v1/batches/{batch}"
    first = shared.get(path)
    tag = first.headers["ETag"]
    assert "immutable" in first.headers["Cache-Control"]
    metadata = first.json()["metadata"]
    assert metadata["api_version"] == "1.0.0" and metadata["request_id"]
    assert metadata["cache_ttl"] == metadata["cache_remaining"] > 0
    again = shared.get(path, headers={"If-None-Match": f'"other", {tag}'})
    assert again.status_code == 304 and not again.content and again.headers["ETag"] == tag
    assert shared.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert shared.get(path, params={"metrics_only": "true"}).headers["ETag"] != tag
    assert shared.get(path).json()["data"] == first.json()["data"]


def test_live_answers_are_not_kept(server):
    server.gate_open()
    server.gate_hold()
    batch = server.batch([{"n": 1}, {"n": 2}], collection_id="gate", max_concurrent=1)
    server.until(batch, lambda data: data["progress"]["processing"] == 1)
    answer = server.get(f"/v1/batches/{batch}")
    assert answer.json()["metadata"]["cache_ttl"] == 0 and answer.headers["Cache-Control"] == "private, no-cache"
    held = {"If-None-Match": answer.headers["ETag"]}
    assert server.get(f"/v1/batches/{batch}", headers=held).status_code == 304
    server.gate_resume()
    server.until_status(batch, "completed")
    assert server.get(f"/v1/batches/{batch}", headers=held).status_code == 200


def test_parts_of_a_status(shared):
    batch = shared.batch([{"part": 1}])
    shared.until_status(batch, "completed")
    assert set(shared.batch_status(batch, metrics_only="true")) == {"batch_id", "status", "progress", "timing"}
    assert set(shared.batch_status(batch, fields="status,batch_name")) == {"batch_id", "batch_name", "status"}
    data = shared.batch_status(batch, include_errors="false")
    assert "error_summary" not in data and "job_details" not in data
    token = data["cross_ids"]["token"]
    assert shared.status("workflows", token).status_code in (200, 202)
    assert shared.get(data["cross_ids"]["why"]).status_code == 200
    # The batch is found under the name that it has in the orchestration dialect, too.
    uuid = data["cross_ids"]["orchestration_batch"]
    assert shared.batch_status(uuid)["batch_id"] == batch


def test_errors_in_the_words_of_the_page(shared):
    invalid = shared.get("/v1/batches/batch@123")
    assert invalid.status_code == 400
    body = invalid.json()
    body.pop("request_id")
    assert body == {
        "success": False, "message": "Invalid batch ID: batch@123", "code": "validation_error", "status_code": 400,
        "details": {"error": "Batch ID must be alphanumeric with hyphens only"}}
    missing = shared.get("/v1/batches/batch-xyz789")
    assert missing.status_code == 404
    body = missing.json()
    body.pop("request_id")
    assert body == {
        "success": False, "message": "Batch batch-xyz789 not found", "code": "not_found", "status_code": 404,
        "details": {"resource_type": "batch", "resource_id": "batch-xyz789"}}
    batch = shared.batch([{"errors": 1}])
    for path in (
        f"/v1/batches/{batch}?fields=nope", f"/v1/batches/{batch}?metrics_only=perhaps",
        f"/v1/batches/{batch}/results?page=0", f"/v1/batches/{batch}/results?page_size=x", "/v1/batches?status=odd",
    ):
        answer = shared.get(path)
        assert answer.status_code == 400 and answer.json()["code"] == "validation_error", path
    for options in ({"priority": "urgent"}, {"max_concurrent": 0}, {"timeout": "x"}, {"batch_options": "{"}):
        assert shared.batch([{"n": 1}], expect=400, **options).json()["code"] == "validation_error"
    posts = [
        {"data": b"x", "headers": {"Content-Type": "text/plain"}}, {"json": {"items": []}}, {"json": [1]},
        {"data": b"{", "headers": {"Content-Type": "application/json"}},
        {"data": b"--X\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=X"}},
        {"data": b"", "headers": {"Content-Type": "multipart/form-data"}},
        {"files": [("file", (f"f{i}", b"x")) for i in range(26)]},
    ]
    for post in posts:
        answer = shared.post("/v1/batches", **post)
        assert answer.status_code == 400 and answer.json()["success"] is False, post
    for body in ({"state": "asleep"}, [1]):
        assert shared.request("PUT", f"/v1/batches/{batch}/state", json=body).status_code == 400
    large = shared.post("/v1/batches", files=[("file", ("big.bin", b"\0" * (11 << 20) + b"x"))])
    assert large.status_code == 413 and large.json()["code"] == "payload_too_large"


def test_one_key_makes_one_batch(shared):
    items = [{"key": i} for i in range(3)]
    headers = {"Idempotency-Key": "k-1", "Content-Type": "application/x-ndjson"}
    body = "\n".join(json.dumps(item) for item in items).encode()
    first = shared.post("/v1/batches", data=body, headers=headers)
    again = shared.post("/v1/batches", data=body, headers=headers)
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["data"] == again.json()["data"]
    assert first.headers["Idempotency-Replayed"] == "false" and again.headers["Idempotency-Replayed"] == "true"
    other = shared.post("/v1/batches", data=b"1", headers=headers)
    assert other.status_code == 422 and other.json()["code"] == "validation_error"


def test_large_forms_and_many_items(server):
    rng = random.Random(7)
    files = [("file", (f"f{i}.bin", rng.randbytes(4 << 20))) for i in range(20)]
    started = time.monotonic()
    answer = server.post("/v1/batches", files=files, timeout=120)
    assert answer.status_code == 202, answer.text
    created = time.monotonic()
    server.until_status(answer.json()["data"]["batch_id"], "completed", timeout=120)
    print(f"\n80 MB in 20 files: created in {created - started:.2f} s, done after {time.monotonic() - created:.2f} s")
    started = time.monotonic()
    batch = server.batch([{"many": i} for i in range(10_000)])
    created = time.monotonic()
    server.until_status(batch, "completed")
    done = time.monotonic()
    print(f"10,000 items: created in {created - started:.2f} s, done after {done - created:.2f} s")
    # A duplicate of each: looked up, not processed.
    batch = server.batch([{"many": i} for i in range(10_000)])
    assert server.until_status(batch, "completed")["progress"]["skipped"] == 10_000
    print(f"10,000 duplicates: {time.monotonic() - done:.2f} s")
    assert created - started < 20 and done - created < 30
