"""Guards the orchestration dialect: exact bodies, graphs taken node by node, retry and fallback in their order, and runs
that go on where they were after kill -9, with counters that add up at every moment."""

import csv
import http.server
import io
import json
import random
import threading
import time
import uuid

import pytest
import requests

from cargo_receiver import Headers, Receiver, check_signature
from harness import Server

KEYS = """uuid workspaceUuid workflowUuid releaseUuid nodes temporalWorkflowId data errorMessage status runsStatus runsCount
executedRunsCount failedRunsCount creditsUsedCount createdAt updatedAt finishedAt""".split()
BASE = "/v1/orchestration"


@pytest.fixture
def provider():
    """Answers items, fails as often as an item's config asks for, and remembers the keys of the calls."""

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            item = body["items"][0]
            config = item["input"]["config"]
            self.server.calls.append((body["key"], item["input"]["attempt"]))
            time.sleep(config.get("sleep", 0))
            if item["input"]["attempt"] <= config.get("fails", 0):
                answer = {"id": item["id"], "error": {"message": "told to fail", "code": "told"}}
            else:
                answer = {"id": item["id"], "output": {"said": config.get("say"), "creditsUsedCount": 2}}
            data = json.dumps({"items": [answer]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *arguments):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    server.calls = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.fixture
def served(tmp_path, provider):
    configuration = tmp_path / "server.json"
    url = f"http://127.0.0.1:{provider.server_port}/items"
    callbacks = {"callback_delays_secs": [0, 0.3, 0.3, 0.3, 0.3], "callback_timeout_secs": 2}
    configuration.write_text(json.dumps({"providers": {"crm": {"kind": "http", "url": url}}, "cargo": callbacks}))
    server = Server(tmp_path / "data", options=["--config", str(configuration)])
    server.start()
    yield server
    server.close()


def node(slug, action, children=(), kind="native", **more):
    return {
        "uuid": str(uuid.uuid4()), "slug": slug, "kind": kind, "actionSlug": action, "config": {},
        "childrenUuids": [child["uuid"] for child in children], "fallbackOnFailure": False, "position": {"x": 1, "y": 2},
        **more,
    }


def call_graph(**config):
    end = node("end", "end")
    rescue = node("rescue", "variables", [end], config={"variables": []})
    call = node(
        "call", "send", [end], kind="connector", integrationSlug="crm", connectorUuid=str(uuid.uuid4()),
        config={"say": "{{nodes.start.n}}", **config}, fallbackOnFailure=True, fallbackChildUuid=rescue["uuid"],
        retry={"maximumAttempts": 3, "initialInterval": 20, "backoffCoefficient": 2})
    return [node("start", "start", [call]), call, rescue, end]


def create(server, nodes, records, **more):
    answer = server.post(f"{BASE}/batches", json={"nodes": nodes, "data": {"kind": "records", "records": records}, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["batch"]


def poll(server, batch_uuid, timeout=60.0):
    """The batch at its end; on the way counters must never disagree."""
    end = time.monotonic() + timeout
    executed = 0
    while time.monotonic() < end:
        answer = server.get(f"{BASE}/batches/{batch_uuid}")
        if answer.status_code == 503:
            time.sleep(0.05)
            continue
        batch = answer.json()["batch"]
        assert list(batch) == KEYS
        assert batch["failedRunsCount"] <= batch["executedRunsCount"] <= batch["runsCount"]
        assert batch["executedRunsCount"] >= executed, "counters went back"
        executed = batch["executedRunsCount"]
        other = server.get(f"/v1/batches/{batch_uuid}").json()["data"]["progress"]
        assert other["completed"] + other["failed"] + other["pending"] + other["processing"] == other["total"]
        if batch["finishedAt"]:
            return batch
        time.sleep(0.05)
    raise AssertionError(f"the batch did not end: {batch}")


def runs(server, batch_uuid):
    return server.get(f"{BASE}/runs/list", params={"batchUuid": batch_uuid, "limit": 1000}).json()["runs"]


def test_a_batch_takes_its_graph_and_shows_in_every_dialect(served):
    end = node("end", "end")
    branch = node("big", "branch", [end, end], config={
        "condition": {"kind": "jsExpression", "expression": "nodes.start.n > 5", "instructTo": "none", "fromRecipe": False}})
    graph = [node("start", "start", [branch]), branch, end]
    made = create(served, graph, [{"n": n} for n in range(10)])
    assert list(made) == KEYS and made["nodes"] == graph and made["status"] == "pending"
    batch = poll(served, made["uuid"])
    assert (batch["status"], batch["runsStatus"], batch["runsCount"], batch["failedRunsCount"]) == ("success", "healthy", 10, 0)
    for position, run in enumerate(runs(served, made["uuid"])):
        told = served.get(f"{BASE}/runs/{run['uuid']}").json()
        assert told["runContext"]["start"] == {"n": position}
        assert told["runContext"]["big"] == {"condition": position > 5}
        assert [execution["nodeSlug"] for execution in run["executions"]] == ["start", "big", "end"]
        assert served.get(f"/cargo/{run['uuid']}/tracking").json()["status"] == "completed"
    why = served.get("/v0/pipelines/workflows/why", params={"batch": made["uuid"]}).json()
    assert why["status"] == "complete" and why["work"]["status"] == "completed"
    explained = served.get("/v0/pipelines/workflows/explain", params={"run": run["uuid"]}).json()
    assert {"durable", "step", "status"} <= {event["event"] for event in explained["timeline"]}
    metrics = served.get(f"{BASE}/runs/get-metrics", params={"batchUuid": made["uuid"]}).json()["runMetrics"]
    assert [entry["totalExecutionsCount"] for entry in metrics] == [10, 10, 10]
    url = served.post(f"{BASE}/runs/download-outputs", json={
        "batchUuid": made["uuid"], "outputNodeSlug": "big", "format": "json"}).json()["url"]
    # A link is whole, and works without a key.
    assert [entry["output"]["condition"] for entry in requests.get(url).json()] == [n > 5 for n in range(10)]


def test_retries_come_before_the_fallback(served, provider):
    good = poll(served, create(served, call_graph(fails=2), [{"n": 7}])["uuid"])
    assert good["failedRunsCount"] == 0 and good["creditsUsedCount"] == 2
    (run,) = runs(served, good["uuid"])
    tries = [(e["nodeSlug"], e["status"]) for e in run["executions"]]
    assert tries == [("start", "success"), ("call", "error"), ("call", "error"), ("call", "success"), ("end", "success")]
    bad = poll(served, create(served, call_graph(fails=9), [{"n": 7}])["uuid"])
    (run,) = runs(served, bad["uuid"])
    assert [e["nodeSlug"] for e in run["executions"]] == ["start", "call", "call", "call", "rescue", "end"]
    assert run["status"] == "success"
    graph = call_graph(fails=9)
    graph[1] = {**graph[1], "fallbackOnFailure": False}
    del graph[1]["fallbackChildUuid"]
    failed = poll(served, create(served, graph, [{"n": 7}])["uuid"])
    assert (failed["status"], failed["failedRunsCount"], failed["runsStatus"]) == ("success", 1, "unhealthy")
    (run,) = runs(served, failed["uuid"])
    assert run["status"] == "error" and "told to fail" in run["errorMessage"]


def test_runs_go_on_after_kill_9(served, provider):
    made = create(served, call_graph(sleep=0.02), [{"n": n} for n in range(300)])
    for _ in range(4):
        time.sleep(random.uniform(0.1, 0.6))
        served.kill9()
        served.start()
    batch = poll(served, made["uuid"])
    assert (batch["status"], batch["runsCount"], batch["executedRunsCount"], batch["failedRunsCount"]) == ("success", 300, 300, 0)
    told = runs(served, made["uuid"])
    assert len({run["uuid"] for run in told}) == 300
    assert all([e["nodeSlug"] for e in run["executions"]] == ["start", "call", "end"] for run in told)
    # A call may have been made again, but always under the key of its run and attempt.
    assert len({key for key, _ in provider.calls}) == 300
    rows = served.query("workflows", "SELECT status, items FROM progress")
    assert rows == [{"status": "completed", "items": 300}]


def test_a_cancelled_batch_begins_no_further_run(served, provider):
    made = create(served, call_graph(sleep=0.3), [{"n": n} for n in range(400)])
    time.sleep(0.4)
    assert served.post(f"{BASE}/batches/{made['uuid']}/cancel").json() == {}
    batch = poll(served, made["uuid"])
    assert batch["status"] == "cancelled" and batch["executedRunsCount"] == 400 and batch["failedRunsCount"] > 0
    calls = len(provider.calls)
    time.sleep(0.5)
    assert len(provider.calls) == calls
    again = served.post(f"{BASE}/batches/{made['uuid']}/cancel")
    assert again.status_code == 409 and again.json()["reason"] == "batchAlreadyFinished"


def workflow(server, kind="tool", **more):
    answer = server.post(f"{BASE}/workflows", json={"name": "w", "kind": kind, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["workflow"]


def deploy(server, uuid, **more):
    answer = server.post(f"{BASE}/releases/deployDraft", json={"workflowUuid": uuid, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["release"]


def test_a_release_is_frozen_and_taken_by_batches_and_runs(served):
    first, second = call_graph(say="one"), call_graph(say="two")
    made = workflow(served, nodes=first, healthThreshold=50)
    assert made["deployedRelease"] is None
    early = served.post(f"{BASE}/batches", json={"workflowUuid": made["uuid"], "data": {"kind": "records", "records": []}})
    assert (early.status_code, early.json()["reason"]) == (404, "releaseNotFound")
    one = deploy(served, made["uuid"], description="the first")
    assert (one["version"], one["status"], one["nodes"], one["description"]) == ("1.0.0", "deployed", first, "the first")
    draft = served.request("PUT", f"{BASE}/releases/updateDraft", json={"workflowUuid": made["uuid"], "nodes": second}).json()["release"]
    assert (draft["status"], draft["version"], draft["nodes"]) == ("draft", None, second)
    assert served.get(f"{BASE}/releases/getDraft", params={"workflowUuid": made["uuid"]}).json()["release"] == draft
    two = deploy(served, made["uuid"])
    assert (two["uuid"], two["parentUuid"], two["version"]) == (draft["uuid"], one["uuid"], "1.0.1")
    served.kill9()
    served.start()
    assert served.get(f"{BASE}/releases/{one['uuid']}").json()["release"] == one
    listed = served.get(f"{BASE}/releases/list", params={"workflowUuid": made["uuid"]}).json()["releases"]
    assert listed == [two, one] and served.get(f"{BASE}/releases/list").json()["releases"] == [two, one]
    assert served.get(f"{BASE}/workflows/list").json()["workflows"] == [served.get(f"{BASE}/workflows/{made['uuid']}").json()["workflow"]]
    data = {"kind": "records", "records": [{"n": n} for n in range(5)]}
    batches = {}
    for name, choice in {"newest": {"workflowUuid": made["uuid"]}, "given": {"releaseUuid": one["uuid"]}}.items():
        answer = served.post(f"{BASE}/batches", json={"data": data, **choice})
        assert answer.status_code == 200, answer.text
        batches[name] = poll(served, answer.json()["batch"]["uuid"])
    for name, release, said in [("newest", two, "two"), ("given", one, "one")]:
        batch = batches[name]
        assert (batch["workflowUuid"], batch["releaseUuid"], batch["nodes"]) == (made["uuid"], release["uuid"], release["nodes"])
        for run in runs(served, batch["uuid"]):
            assert (run["workflowUuid"], run["releaseUuid"]) == (made["uuid"], release["uuid"])
            context = served.get(f"{BASE}/runs/{run['uuid']}").json()["runContext"]
            assert context["call"]["said"] == said
        for found in ({"releaseUuid": release["uuid"]}, {"releaseUuid": release["uuid"], "workflowUuids": f"x,{made['uuid']}"}):
            listed = served.get(f"{BASE}/batches/list", params=found).json()["batches"]
            assert [entry["uuid"] for entry in listed] == [batch["uuid"]]
    assert served.get(f"{BASE}/batches/list", params={"workflowUuids": str(uuid.uuid4())}).json() == {"batches": []}
    assert served.get(f"{BASE}/runs/count", params={"workflowUuid": made["uuid"]}).json() == {"count": 10}
    run = served.post(f"{BASE}/runs", json={"workflowUuid": made["uuid"], "data": {"n": 1}}).json()["run"]
    assert run["releaseUuid"] == two["uuid"] and run["nodes"] == second
    # The graph is in the log once for each draft, whatever number of batches and runs takes it.
    rows = served.query("workflows", "SELECT COUNT(*) AS n FROM records WHERE body LIKE '%integrationSlug%'")
    assert rows == [{"n": 2}]


def test_workflows_are_refused_what_is_not_theirs(served):
    graph = call_graph()
    play, tool = workflow(served, "play"), workflow(served, "tool")
    release = deploy(served, play["uuid"], nodes=graph)
    deploy(served, tool["uuid"], nodes=graph, version="7")

    def refusal(path, body, method="post"):
        answer = served.request(method.upper(), f"{BASE}/{path}", json=body)
        assert answer.json()["errorMessage"]
        return answer.status_code, answer.json()["reason"]

    records, ids = {"kind": "records", "records": [{}]}, {"kind": "recordIds", "ids": ["a", "b"]}
    assert refusal("runs", {"workflowUuid": play["uuid"]}) == (400, "playNotCompatible")
    assert refusal("batches", {"workflowUuid": play["uuid"], "data": records}) == (400, "invalidDataKind")
    assert refusal("batches", {"workflowUuid": tool["uuid"], "data": ids}) == (400, "invalidDataKind")
    assert refusal("batches", {"nodes": graph, "data": ids}) == (400, "invalidDataKind")
    both = {"releaseUuid": release["uuid"], "nodes": graph, "data": records}
    assert refusal("batches", both) == (400, "invalidReleaseOrCustomNodes")
    other = {"releaseUuid": release["uuid"], "workflowUuid": tool["uuid"], "data": records}
    assert refusal("batches", other) == (404, "releaseNotFound")
    assert refusal("batches", {"workflowUuid": str(uuid.uuid4()), "data": records}) == (404, "workflowNotFound")
    assert refusal("runs", {"workflowUuid": "x"}) == (400, "invalidUuid")
    assert refusal("releases/deployDraft", {"workflowUuid": tool["uuid"], "version": "7"}) == (409, "conflict")
    assert refusal("releases/deployDraft", {"workflowUuid": tool["uuid"], "nodes": graph[1:]}) == (400, "startNodeNotFound")
    assert refusal("releases/updateDraft", {"workflowUuid": tool["uuid"]}, "put") == (400, "nodesNotFound")
    assert refusal("workflows", {"name": "w", "kind": "tool", "schedule": "* * * * *"}) == (400, "invalidPayload")
    assert refusal("workflows", {"name": "", "kind": "tool"}) == (400, "invalidPayload")
    batch = served.post(f"{BASE}/batches", json={"workflowUuid": play["uuid"], "data": ids})
    assert batch.status_code == 200 and poll(served, batch.json()["batch"]["uuid"])["runsCount"] == 2


SHOP = """
CREATE TABLE companies (domain VARCHAR NOT NULL PRIMARY KEY, name VARCHAR, size INT, live BOOLEAN)
  WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW big AS SELECT domain AS id, size FROM companies WHERE size > 100;
CREATE MATERIALIZED VIEW lively AS SELECT size / 100 AS id, domain FROM companies;
"""


def test_plays_choose_records_of_a_model(served):
    served.up("shop", SHOP)
    token = served.ingest("shop", "companies", [
        {"domain": f"d{n}.com", "name": None if n == 0 else f"Name {n}", "size": n * 50, "live": n % 2 == 0} for n in range(6)])
    served.wait("shop", token.json()["token"])
    play = workflow(served, "play")["uuid"]
    deploy(served, play, nodes=SHORT)

    def preview(data):
        return served.post(f"{BASE}/batches/preview", json={"workflowUuid": play, "data": data})

    def chosen(model, *conditions, conjonction="and", **more):
        filters = {"conjonction": "and", "groups": [{"conjonction": conjonction, "conditions": list(conditions)}]}
        answer = preview({"kind": "filter", "modelUuid": model, "filter": filters, **more})
        assert answer.status_code == 200, answer.text
        return [record["_id"] for record in answer.json()["records"]]

    def condition(kind, column, operator, **values):
        return {"kind": kind, "columnSlug": column, "operator": operator, **values}

    companies = "shop.companies"
    assert chosen(companies) == [f"d{n}.com" for n in range(6)]
    assert chosen(companies, limit=2) == ["d0.com", "d1.com"]
    assert chosen(companies, condition("number", "size", "greaterThan", value=150)) == ["d4.com", "d5.com"]
    assert chosen(companies, condition("string", "name", "isEmpty")) == ["d0.com"]
    assert chosen(companies, condition("string", "name", "is", values=["Name 1", "O'Brien"])) == ["d1.com"]
    assert chosen(companies, condition("string", "name", "isNot", values=["Name 1"])) == ["d0.com", "d2.com", "d3.com", "d4.com", "d5.com"]
    assert chosen(companies, condition("string", "name", "contains", values=["me 2"])) == ["d2.com"]
    assert chosen(
        companies, condition("boolean", "live", "isFalse"), condition("number", "size", "is", value=200),
        conjonction="or") == ["d1.com", "d3.com", "d4.com", "d5.com"]
    assert chosen("shop.big") == ["d3.com", "d4.com", "d5.com"]
    answer = preview({"kind": "recordIds", "modelUuid": companies, "ids": ["d5.com", "none", "d1.com"]}).json()
    assert (answer["count"], [record["size"] for record in answer["records"]]) == (2, [250, 50])
    repeated = preview({"kind": "recordIds", "modelUuid": "shop.lively", "ids": ["1"]})
    assert repeated.status_code == 400 and "more than one record" in repeated.json()["errorMessage"], repeated.text
    assert chosen(companies, condition("string", "name", "is", values=["x'\u0301) OR TRUE OR (name = '"])) == []
    data = {"kind": "filter", "modelUuid": "shop.big", "filter": {"conjonction": "and", "groups": []}}
    assert [preview({**data, **more}).json()["count"] for more in ({}, {"limit": 2})] == [3, 2]
    batch = served.post(f"{BASE}/batches", json={"workflowUuid": play, "data": data}).json()["batch"]
    assert batch["data"] == data
    poll(served, batch["uuid"])
    assert [run["recordId"] for run in runs(served, batch["uuid"])] == ["d3.com", "d4.com", "d5.com"]
    one = condition("number", "nothing", "is", value=1)
    for model, wrong, status, reason in [
        ("shop.none", one, 404, "modelNotFound"), ("none.none", one, 404, "modelNotFound"), (companies, one, 400, "invalidPayload"),
        (companies, condition("number", "size", "is", value="1; DROP"), 400, "invalidPayload"),
        (companies, condition("date", "size", "greaterThan", value="x"), 400, "invalidPayload"),
        (companies, condition("string", "size", "is", value="x"), 400, "invalidPayload"),
    ]:
        filters = {"conjonction": "and", "groups": [{"conjonction": "and", "conditions": [wrong]}]}
        answer = preview({"kind": "filter", "modelUuid": model, "filter": filters})
        assert (answer.status_code, answer.json()["reason"]) == (status, reason), answer.text
    misspelt = preview({"kind": "filter", "modelUuid": companies, "filter": {"conjunction": "and", "groups": []}})
    assert misspelt.status_code == 400


def test_downloads_are_signed_and_whole(served):
    graph = call_graph(say="a \"b\",\nc")
    batch = poll(served, create(served, graph, [{"id": f"r{n}", "n": n} for n in range(200)])["uuid"])
    lines = served.get(f"{BASE}/runs/download", params={"batchUuid": batch["uuid"]})
    assert lines.headers["Content-Type"] == "application/x-ndjson"
    whole = [json.loads(line) for line in lines.text.splitlines()]
    assert [entry["run"]["recordId"] for entry in whole] == [f"r{n}" for n in range(200)]
    assert whole[7] == served.get(f"{BASE}/runs/{whole[7]['run']['uuid']}").json()
    order = {"outputNodeSlug": "call", "batchUuid": batch["uuid"], "statuses": ["success"]}
    url = served.post(f"{BASE}/runs/download-outputs", json=order).json()["url"]
    rows = list(csv.DictReader(io.StringIO(requests.get(url).text)))
    assert [row["runUuid"] for row in rows] == [entry["run"]["uuid"] for entry in whole]
    assert json.loads(rows[0]["output"])["said"] == "a \"b\",\nc"
    for wrong in (url[:-1] + ("A" if url[-1] != "A" else "B"), url.replace("call", "start"), url.replace("expires=", "expires=9"),
                  url.split("&signature")[0]):
        answer = requests.get(wrong)
        assert (answer.status_code, answer.json()["reason"]) == (400, "invalidLink")
    served.kill9()
    served.start()
    assert requests.get(url).status_code == 200, "a link outlives the process"


def test_records_are_their_newest_runs(served):
    made = workflow(served)
    deploy(served, made["uuid"], nodes=call_graph(say="old"))
    data = {"kind": "records", "records": [{"id": f"r{n}"} for n in range(4)] + [{"none": 1}]}
    poll(served, served.post(f"{BASE}/batches", json={"workflowUuid": made["uuid"], "data": data}).json()["batch"]["uuid"])
    deploy(served, made["uuid"], nodes=call_graph(say="new"))
    data = {"kind": "records", "records": [{"id": "r1", "title": "one"}]}
    poll(served, served.post(f"{BASE}/batches", json={"workflowUuid": made["uuid"], "data": data}).json()["batch"]["uuid"])
    of = {"workflowUuid": made["uuid"]}
    records = served.get(f"{BASE}/records/list", params=of).json()["records"]
    assert sorted(record["id"] for record in records) == ["r0", "r1", "r2", "r3"]
    assert records[0]["id"] == "r1" and records[0]["title"] == "one", "the newest comes first"
    assert served.get(f"{BASE}/records/count", params=of).json() == {"count": 4}
    assert served.get(f"{BASE}/records/count", params={**of, "ids": "r1,r2"}).json() == {"count": 2}
    order = {**of, "outputNodeSlug": "call", "format": "json"}
    url = served.post(f"{BASE}/records/download-outputs", json=order).json()["url"]
    assert {entry["id"]: entry["output"]["said"] for entry in requests.get(url).json()} == {
        "r0": "old", "r1": "new", "r2": "old", "r3": "old"}
    metrics = served.get(f"{BASE}/records/get-metrics", params=of).json()["recordMetrics"]
    assert sum(entry["totalExecutionsCount"] for entry in metrics) == 4 * 3
    assert served.post(f"{BASE}/records/cancel", json={}).status_code == 400
    assert served.post(f"{BASE}/records/cancel", json={"ids": ["r1"]}).json() == {}
    assert served.get(f"{BASE}/records/count", params={**of, "ids": ""}).json() == {"count": 0}
    assert served.get(f"{BASE}/records/list", params=of).json()["records"] == records, "what has ended stays"


def test_the_newest_run_of_a_record_is_chosen_before_its_status(served):
    made = workflow(served)["uuid"]
    for more, status in [({"say": "x"}, "success"), ({"say": "x", "fails": 9, "fallback": False}, "error")]:
        fallback = more.pop("fallback", True)
        graph = call_graph(**more)
        if not fallback:
            graph[1] = {**graph[1], "fallbackOnFailure": False}
            del graph[1]["fallbackChildUuid"]
        deploy(served, made, nodes=graph)
        data = {"kind": "records", "records": [{"id": "r"}]}
        batch = served.post(f"{BASE}/batches", json={"workflowUuid": made, "data": data}).json()["batch"]
        poll(served, batch["uuid"])
        assert [run["status"] for run in runs(served, batch["uuid"])] == [status]
    for statuses, count in [("success", 0), ("error", 1), ("success,error", 1)]:
        asked = {"workflowUuid": made, "statuses": statuses}
        assert served.get(f"{BASE}/records/count", params=asked).json() == {"count": count}
    asked = {"workflowUuid": made, "statuses": "success"}
    assert served.get(f"{BASE}/runs/count", params=asked).json() == {"count": 1}


def test_an_empty_choice_cancels_nothing_and_choices_narrow_each_other(served):
    made = create(served, call_graph(sleep=0.5), [{"id": f"r{n}"} for n in range(1000)])["uuid"]
    other = create(served, SHORT, [{}])["uuid"]
    poll(served, other)
    for path, body in [
        ("records", {"ids": []}), ("runs", {"ids": []}), ("runs", {"uuids": []}), ("runs", {"statuses": []}),
        ("records", {"recordId": "r1", "ids": []}), ("runs", {"batchUuid": made, "uuids": []}),
    ]:
        assert served.post(f"{BASE}/{path}/cancel", json=body).json() == {}
    cancelled = {"batchUuid": made, "statuses": "cancelled,cancelling"}
    assert served.get(f"{BASE}/runs/count", params=cancelled).json() == {"count": 0}
    told = [run["uuid"] for run in runs(served, made)]
    two = {"batchUuid": made, "uuids": f"{told[1].upper()},{told[3]},{uuid.uuid4()},none"}
    assert served.get(f"{BASE}/runs/count", params=two).json() == {"count": 2}
    assert [run["uuid"] for run in served.get(f"{BASE}/runs/list", params=two).json()["runs"]] == [told[1], told[3]]
    assert served.get(f"{BASE}/runs/count", params={"batchUuid": other, "uuids": told[1]}).json() == {"count": 0}
    # The last runs of the batch have not begun.
    assert served.post(f"{BASE}/runs/cancel", json={"batchUuid": other, "uuids": told[-2:]}).json() == {}
    assert served.post(f"{BASE}/runs/cancel", json={"batchUuid": made, "uuids": told[-1:]}).json() == {}
    assert served.post(f"{BASE}/records/cancel", json={"ids": ["r997"]}).json() == {}
    ended = [run["recordId"] for run in runs(served, made) if run["status"] in ("cancelled", "cancelling")]
    assert ended == ["r997", "r999"]
    served.post(f"{BASE}/batches/{made}/cancel")
    poll(served, made)


def test_quotes_with_marks_stay_within_their_quotes(served):
    text = "a\"\u0301,b'\u0301) OR TRUE --"
    batch = poll(served, create(served, call_graph(say=text), [{"id": text}])["uuid"])
    order = {"outputNodeSlug": "start", "batchUuid": batch["uuid"]}
    url = served.post(f"{BASE}/records/download-outputs", json=order).json()["url"]
    (row,) = csv.DictReader(io.StringIO(requests.get(url).content.decode()))
    assert row["id"] == text and json.loads(row["output"]) == {"id": text}
    order.update(outputNodeSlug="none", format="json")
    assert requests.get(served.post(f"{BASE}/runs/download-outputs", json=order).json()["url"]).json() == []


def test_a_link_ends_with_its_project(tmp_path):
    admin = {"X-Admin-Key": "the-admin-key-of-this-test"}
    environment = {"TIDEMARK_ADMIN_KEY": admin["X-Admin-Key"]}
    server = Server(tmp_path / "data", environment=lambda: environment, options=["--auth", "required"])
    server.start()
    try:
        project = server.post("/admin/projects", headers=admin, json={"name": "Acme", "slug": "acme"})
        assert project.status_code == 201, project.text
        made = server.post("/admin/projects/acme/api-keys", headers=admin, json={"name": "k"})
        assert made.status_code == 201, made.text
        server.session.headers["X-API-Key"] = made.json()["api_key"]
        batch = poll(server, create(server, SHORT, [{"n": 1}])["uuid"])["uuid"]
        order = {"outputNodeSlug": "start", "batchUuid": batch, "format": "json"}
        url = server.post(f"{BASE}/runs/download-outputs", json=order).json()["url"]
        assert [entry["output"] for entry in requests.get(url).json()] == [{"n": 1}]
        assert server.request(
            "PATCH", "/admin/projects/acme", headers=admin, json={"is_active": False}).status_code == 200
        answer = requests.get(url)
        assert (answer.status_code, answer.json()["reason"]) == (403, "permissionDenied")
    finally:
        server.close()


@pytest.fixture
def receiver():
    running = Receiver()
    yield running
    running.close()


GRAPH_END = node("end", "end")
SHORT = [node("start", "start", [GRAPH_END]), GRAPH_END]


def attempts(server, batch_uuid):
    story = server.get("/v0/pipelines/workflows/explain", params={"batch": batch_uuid}).json()
    return [event for event in story["timeline"] if str(event.get("status")).startswith("callback_")]


def settled(server, batch_uuid, timeout=30.0):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        told = attempts(server, batch_uuid)
        if told and told[-1]["status"] != "callback_pending":
            return told
        time.sleep(0.05)
    raise AssertionError(f"the webhook is not through: {told}")


def test_a_batch_tells_of_its_end_with_its_own_signature(served, receiver):
    secret = "whsec_c2VjcmV0IG9mIHRoZSBiYXRjaA=="
    made = create(served, SHORT, [{}, {}], webhookUrl=f"{receiver.base}/fail/2", webhookSecret=secret)
    calls = receiver.wait("/fail/2", 3)
    batch = poll(served, made["uuid"])
    for _, fields, body, _ in calls:
        assert Headers(fields)["webhook-id"] == made["uuid"]
        assert check_signature(secret, fields, body) == {"batch": batch}
    told = settled(served, made["uuid"])
    assert [event["status"] for event in told] == ["callback_pending"] * 3 + ["callback_delivered"]
    assert [event["detail"]["status"] for event in told[1:]] == [500, 500, 200]
    assert served.get(f"{BASE}/batches/{made['uuid']}").json()["batch"] == batch, "the end is not changed by it"
    rows = served.query("workflows", f"SELECT body FROM records WHERE subject = '{made['uuid']}'")
    assert rows and not any("c2VjcmV0" in row["body"] for row in rows), "the secret lies open in the log"
    assert "c2VjcmV0" not in served.log_text() and secret not in json.dumps(batch)


def test_webhooks_survive_kill_9_and_end(served, receiver):
    made = create(served, SHORT, [{}], webhookUrl=f"{receiver.base}/fail/3")
    empty = create(served, SHORT, [], webhookUrl=f"{receiver.base}/ok")
    gone = create(served, SHORT, [{}], webhookUrl=f"{receiver.base}/status/410")
    receiver.wait("/fail/3", 1)
    served.kill9()
    served.start()
    assert {event["status"] for event in settled(served, made["uuid"])} == {"callback_pending", "callback_delivered"}
    assert 4 <= len(receiver.calls("/fail/3")) <= 5
    assert settled(served, empty["uuid"])[-1]["status"] == "callback_delivered"
    assert settled(served, gone["uuid"])[-1]["status"] == "callback_failed"
    body = json.loads(receiver.calls("/ok")[0][2])["batch"]
    assert (body["status"], body["runsCount"]) == ("skipped", 0)
    before = len(receiver.got)
    served.kill9()
    served.start()
    poll(served, made["uuid"])
    time.sleep(0.5)
    assert len(receiver.got) == before, "what is through is sent again"


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "ftp://a/b", "http://user@host/", ""])
def test_webhook_targets_that_are_refused(served, url):
    answer = served.post(f"{BASE}/batches", json={
        "nodes": SHORT, "data": {"kind": "records", "records": [{}]}, "webhookUrl": url})
    assert (answer.status_code, answer.json()["reason"]) == (400, "invalidPayload")


@pytest.mark.parametrize("body, status, reason", [
    ({}, 400, "nodesNotFound"),
    ({"nodes": []}, 400, "startNodeNotFound"),
    ({"releaseUuid": str(uuid.uuid4())}, 404, "releaseNotFound"),
    ({"nodes": "x", "data": {"kind": "records"}}, 400, None),
    ([], 400, "invalidPayload"),
])
def test_refusals_say_why(served, body, status, reason):
    answer = served.post(f"{BASE}/batches", json=body)
    assert answer.status_code == status and answer.json()["errorMessage"]
    assert reason is None or answer.json()["reason"] == reason


def test_unknown_and_malformed_ids(served):
    assert served.get(f"{BASE}/batches/{uuid.uuid4()}").json()["reason"] == "batchNotFound"
    assert served.get(f"{BASE}/batches/nonsense").status_code == 400
    assert served.get(f"{BASE}/runs/{uuid.uuid4()}").status_code == 404
    graph = call_graph()
    for kind, reason in [("segment", "invalidDataKind"), ("nonsense", "invalidDataKind")]:
        answer = served.post(f"{BASE}/batches", json={"nodes": graph, "data": {"kind": kind}})
        assert answer.status_code == 400 and answer.json()["reason"] == reason
    verdict = served.post(f"{BASE}/nodes/validate", json={"nodes": graph[1:]}).json()
    assert verdict["outcome"] == "notValid"
