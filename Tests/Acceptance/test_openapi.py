"""The OpenAPI documents: valid, served as they are in the repository, and kept by the server. schemathesis makes requests
from them, good and bad ones, seeded; every answer must have a documented status, content type, headers and body, with a
documented error code, and no 5xx but the documented 501 and 503.

TIDEMARK_SCHEMATHESIS_EXAMPLES makes more of them an operation."""

import json
import os
import pathlib
import urllib.parse

import openapi_calls
import pytest
import schemathesis
from harness import Server
from openapi_spec_validator import OpenAPIV31SpecValidator

GOLDEN = pathlib.Path(__file__).parents[1] / "HTTPAPITests" / "Golden"
EXAMPLES = int(os.environ.get("TIDEMARK_SCHEMATHESIS_EXAMPLES", "5"))
SERVED = {
    "v0": "/v0/openapi.json", "cargo": "/cargo/openapi.json", "batches": "/v1/batches/openapi.json",
    "orchestration": "/v1/orchestration/openapi.json",
}
ADMIN_KEY = "admin-key-of-the-test"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """With an admin key: without one the calls of the owner answer 500, as Convoy does."""
    running = Server(
        tmp_path_factory.mktemp("shared") / "data", environment=lambda: {"TIDEMARK_ADMIN_KEY": ADMIN_KEY}).start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive, "the server trapped: " + running.log_text()[-3000:]


def load(name):
    return schemathesis.openapi.from_path(GOLDEN / f"openapi-{name}.json", config=openapi_calls.config(EXAMPLES))


@pytest.mark.parametrize("name", SERVED)
def test_documents_are_valid_and_served(shared, name):
    golden = json.loads((GOLDEN / f"openapi-{name}.json").read_text())
    OpenAPIV31SpecValidator(golden).validate()
    answer = shared.get(SERVED[name])
    assert answer.status_code == 200 and answer.headers["Content-Type"] == "application/json"
    assert answer.json() == golden


def test_the_whole_document(shared):
    whole = shared.get("/openapi.json").json()
    for name in SERVED:
        golden = json.loads((GOLDEN / f"openapi-{name}.json").read_text())
        assert golden["paths"].items() <= whole["paths"].items()
    page = shared.get("/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert all(path in page.text for path in whole["paths"])


# The primary dialect

SQL = """
CREATE TABLE t (i INT NOT NULL PRIMARY KEY, s VARCHAR) WITH ('materialized' = 'true');
CREATE TABLE d (x INT) WITH ('materialized' = 'true', 'connectors' = '[{"name": "gen", "transport": {"name": "datagen",
  "config": {"plan": [{"limit": 5}]}}}]');
CREATE MATERIALIZED VIEW v AS SELECT i, s FROM t;
CREATE VIEW w WITH ('connectors' = '[{"name": "out", "transport": {"name": "file_output", "config": {"path": "PATH"}},
  "format": {"name": "json"}}]') AS SELECT x FROM d;
"""
SPARE_SQL = "CREATE TABLE t (i INT); CREATE VIEW v AS SELECT i FROM t;"
# These would end or hold the pipeline that the others look at: they get one of their own.
SPARE = {
    "DELETE /v0/pipelines/{pipeline}", "PUT /v0/pipelines/{pipeline}", "PATCH /v0/pipelines/{pipeline}",
    *(f"POST /v0/pipelines/{{pipeline}}/{action}" for action in (
        "start", "pause", "resume", "stop", "clear", "dismiss_error", "approve", "update_runtime", "diff", "activate")),
}
STREAMS = {
    "POST /v0/pipelines/{pipeline}/egress/{relation}": openapi_calls.first_line,
    "GET /v0/pipelines/{pipeline}/logs": openapi_calls.first_chunk,
    "GET /v0/pipelines/{pipeline}/completion_events": openapi_calls.first_chunk,
    "GET /v0/pipelines/{pipeline}/query": openapi_calls.json_lines,
}
# Their good answers need a program that has changed, a webhook that is through with its attempts, or work that has not
# ended or whose callback has: these are looked at in test_program_change.py, test_webhooks.py, test_cargo.py,
# test_batches.py, test_orchestration.py and test_plays.py.
RARE = {
    "POST /v0/pipelines/{pipeline}/approve", "POST /v0/pipelines/{pipeline}/completion_webhooks/{webhook}/replay",
    "DELETE /cargo/{cargo_id}", "POST /cargo/{cargo_id}/callback/retry",
    "PUT /v1/batches/{batch}/state", "POST /v1/orchestration/batches/{uuid}/cancel",
    "POST /v1/orchestration/batches/{uuid}/webhook/retry",
}
QUERIES = [
    "SELECT * FROM v", "SELECT count(*) FROM t; SELECT 1", "INSERT INTO t VALUES (77, 'a')", "SELECT * FROM nothing",
    "SELECT 1 / (i - i) FROM t", "SELECT", "SELECT 'é\x00'",
]


class Live:
    """A running pipeline with something of everything, and a spare one."""

    def __init__(self, server, path):
        self.server = server
        server.up("live", SQL.replace("PATH", str(path)))
        done = server.ingest("live", "t", [{"i": i, "s": str(i)} for i in range(10)])
        self.token = done.json()["token"]
        self.bad_token = server.ingest("live", "t", [{"i": "x"}, {"i": 11}]).json()["token"]
        server.wait("live", self.token)
        letters = server.get("/v0/pipelines/live/dead_letters").json()["dead_letters"]
        hook = server.post("/v0/pipelines/live/completion_webhooks", json={
            "url": "http://127.0.0.1:9/hook", "tokens": [self.token]})
        assert hook.status_code == 201, hook.text
        made = server.post("/v0/api_keys", json={"name": "known"})
        assert made.status_code == 201, made.text
        self.known = {
            "pipeline": ["live"], "table": ["t", "d", "T"], "view": ["w", "v"], "relation": ["v", "t", "w", "T"],
            "connector": ["gen", "out"], "action": ["start", "pause"], "event": ["latest"], "key": ["known"],
            "letter": [letter["id"] for letter in letters], "webhook": [hook.json()["id"]],
        }
        assert self.known["letter"]

    def aim(self, case):
        """Nine in ten cases name what exists; the rest stays as it was made up."""
        label = case.operation.label
        for name in case.path_parameters or {}:
            roll = openapi_calls.chance(case, name)
            if roll < 90:
                values = ["spare"] if name == "pipeline" and label in SPARE else self.known[name]
                case.path_parameters[name] = values[roll % len(values)]
        if label in SPARE:
            self.spare()
        self.aim_query(case, label)

    def aim_query(self, case, label):
        query, roll = case.query or {}, openapi_calls.chance(case, "query")
        if "token" in query and roll < 70:
            query["token"] = [self.token, self.bad_token, f"{self.token},{self.bad_token}"][roll % 3]
        if label.endswith(("/why", "/explain")) and roll < 50:
            case.query = {"token": self.token}
        if "after" in query and roll < 50:
            query["after"] = self.token
        if label.endswith("/query") and "sql" in query and roll < 80:
            query["sql"] = QUERIES[roll % len(QUERIES)]
        if isinstance(case.body, dict) and "tokens" in case.body and roll < 70:
            case.body["tokens"] = [self.token, self.bad_token]
        # Its parameters exclude one another in many ways: no records at all are right in any table.
        if "/ingress/" in label and roll < 25:
            case.query, case.headers = {"format": "json", "array": "true"}, {}
            case.body, case.media_type = [], "application/json"
        # A receiver that the test does not run is not called.
        if isinstance(case.body, dict) and "webhooks" in label and "url" in case.body and roll < 90:
            case.body["url"] = "http://127.0.0.1:9/hook"

    def spare(self):
        if self.server.get("/v0/pipelines/spare?selector=status").status_code == 404:
            self.server.create("spare", SPARE_SQL)


@pytest.fixture(scope="module")
def live(shared, tmp_path_factory):
    return Live(shared, tmp_path_factory.mktemp("sink") / "out.json")


@load("v0").parametrize()
def test_v0(case, live):
    live.aim(case)
    openapi_calls.bound_waits(case)
    openapi_calls.call(case, live.server, STREAMS)


# The other dialects

END = {
    "uuid": "00000000-0000-4000-8000-000000000002", "slug": "end", "kind": "native", "actionSlug": "end", "config": {},
    "childrenUuids": [],
}
START = {
    **END, "uuid": "00000000-0000-4000-8000-000000000001", "slug": "start", "actionSlug": "start",
    "childrenUuids": [END["uuid"]],
}
GRAPH = [START, END]


@pytest.fixture(scope="module")
def work(shared):
    """A cargo, a batch, a project with a key, by the names of the path parameters."""
    cargo = shared.post("/cargo/load", json={
        "params": {"model": "echo", "messages": [{"role": "user", "content": "a"}]},
        "callback_url": "http://127.0.0.1:9/hook"})
    assert cargo.status_code == 200, cargo.text
    batch = shared.post("/v1/batches", json={"items": [{"name": "a.txt"}, {"name": "b.png"}]})
    assert batch.status_code == 202, batch.text
    admin = {"X-Admin-Key": ADMIN_KEY}
    project = shared.post("/admin/projects", json={"name": "Test", "slug": "test"}, headers=admin)
    assert project.status_code == 201, project.text
    key = shared.post("/admin/projects/test/api-keys", json={"name": "k"}, headers=admin)
    assert key.status_code == 201, key.text
    return {
        "cargo_id": [cargo.json()["cargo_id"]], "batch": [batch.json()["data"]["batch_id"]], "slug": ["test"],
        "id": [key.json()["id"]],
    }


@pytest.fixture(scope="module")
def graph_work(shared):
    """A batch of the orchestration dialect and a run without one, by what a path begins with."""
    data = {"kind": "records", "records": [{"n": 1}, {"n": 2}]}
    batch = shared.post("/v1/orchestration/batches", json={"nodes": GRAPH, "data": data})
    assert batch.status_code == 200, batch.text
    run = shared.post("/v1/orchestration/runs", json={"nodes": GRAPH, "data": {"n": 3}})
    assert run.status_code == 200, run.text
    made = shared.post("/v1/orchestration/workflows", json={"name": "w", "kind": "tool", "nodes": GRAPH}).json()["workflow"]
    release = shared.post("/v1/orchestration/releases/deployDraft", json={"workflowUuid": made["uuid"]}).json()["release"]
    order = {"outputNodeSlug": "start", "format": "json"}
    url = shared.post("/v1/orchestration/runs/download-outputs", json=order).json()["url"]
    shared.up("chosen", "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, s VARCHAR) WITH ('materialized' = 'true');")
    return {
        "segments": new_segment(shared),
        "link": dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)),
        "batches": batch.json()["batch"]["uuid"], "runs": run.json()["run"]["uuid"], "workflows": made["uuid"],
        "releases": release["uuid"],
    }


EVERYTHING = {"conjonction": "and", "groups": []}


def new_segment(server):
    answer = server.post("/v1/segmentation/segments", json={"name": "s", "modelUuid": "chosen.t", "filter": EVERYTHING})
    assert answer.status_code == 200, answer.text
    return answer.json()["segment"]["uuid"]


def aim(case, work):
    """Nine in ten cases name what exists, and a model that the server has; calls of the owner bring the admin key."""
    for name in case.path_parameters or {}:
        if openapi_calls.chance(case, name) < 90:
            case.path_parameters[name] = work[name][0]
    if isinstance(case.body, dict) and isinstance(case.body.get("params"), dict):
        if openapi_calls.chance(case, "model") < 70:
            case.body["params"]["model"] = "echo"
        # Nobody is called that the test does not run.
        if isinstance(case.body.get("callback_url"), str) and openapi_calls.chance(case, "url") < 80:
            case.body["callback_url"] = "http://127.0.0.1:9/hook"
    if case.operation.path.startswith("/admin") and openapi_calls.chance(case, "admin") < 90:
        case.headers["X-Admin-Key"] = ADMIN_KEY


def aim_graph(case, graph_work, server):
    """Nine in ten cases name the batch and the run that exist; most graphs are one that can run."""
    if "uuid" in (case.path_parameters or {}) and openapi_calls.chance(case, "uuid") < 90:
        case.path_parameters["uuid"] = graph_work[case.operation.path.split("/")[3]]
        if case.operation.method.upper() == "DELETE":
            case.path_parameters["uuid"] = new_segment(server)
    if case.operation.path.endswith("/outputs") and openapi_calls.chance(case, "link") < 60:
        case.query = dict(graph_work["link"])
    if "/releases/" in case.operation.path and "workflowUuid" in (case.query or {}) and openapi_calls.chance(case, "flow") < 80:
        case.query["workflowUuid"] = graph_work["workflows"]
    if "batchUuid" in (case.query or {}) and openapi_calls.chance(case, "query") < 80:
        case.query["batchUuid"] = graph_work["batches"]
    body = case.body
    if not isinstance(body, dict):
        return
    roll = openapi_calls.chance(case, "body")
    if case.operation.path.endswith(("/batches", "/runs", "/validate", "/diagram")) and roll < 70:
        body["nodes"] = GRAPH
        for name in ("releaseUuid", "workflowUuid"):
            body.pop(name, None)
    if "/releases/" in case.operation.path and roll < 80:
        body["workflowUuid"] = graph_work["workflows"]
        body["nodes"] = GRAPH
        body.pop("version", None)
    if isinstance(body.get("segmentUuid"), str) and roll < 90:
        body["segmentUuid"] = graph_work["segments"]
    if "/segments" in case.operation.path and roll < 80:
        for name, value in {"modelUuid": "chosen.t", "filter": EVERYTHING, "trackingColumnSlugs": ["s"]}.items():
            if name in body:
                body[name] = value
    # No play here runs by itself while others are looked at.
    if "isEnabled" in body and roll < 90:
        body["isEnabled"] = False
    # Nobody is called that the test does not run.
    if isinstance(body.get("webhookUrl"), str):
        body["webhookUrl"] = "http://127.0.0.1:9/hook"
    if "batchUuid" in body and roll < 80:
        body["batchUuid"] = graph_work["batches"]
    if "uuids" in body and roll < 80:
        body["uuids"] = [graph_work["runs"]]


@load("cargo").parametrize()
def test_cargo(case, shared, work):
    aim(case, work)
    openapi_calls.call(case, shared)


@load("batches").parametrize()
def test_batches(case, shared, work):
    aim(case, work)
    openapi_calls.call(case, shared)


@load("orchestration").parametrize()
def test_orchestration(case, shared, graph_work):
    aim_graph(case, graph_work, shared)
    openapi_calls.call(case, shared)


@pytest.mark.parametrize("name", SERVED)
def test_every_operation_has_succeeded(name):
    """Else the cases above were all bad ones, and the answers to good ones are not looked at."""
    operations = [result.ok() for result in load(name).get_all_operations()]
    operations = [operation for operation in operations if operation.label not in RARE]
    if not all(operation.label in openapi_calls.SEEN for operation in operations):
        pytest.skip("not all operations have run")
    missing = {}
    for operation in operations:
        good = {int(status) for status in operation.responses.status_codes if status < "300"}
        if good and not good & openapi_calls.SEEN[operation.label].keys():
            missing[operation.label] = openapi_calls.SEEN[operation.label]
    # With few examples an operation of several parts may miss its good ones by chance; not many do.
    assert len(missing) <= len(operations) // 10, missing
