"""Guards the cargo dialect: its life cycle in order, its callbacks, its errors, and all of it over kill -9."""

import json
import random
import re
import stat
import threading
import time

import pytest
import requests

from cargo_receiver import Headers, Receiver, check_signature
from harness import Server

ENDS = {"callback_delivered", "callback_failed", "failed"}
FULL = ["pending", "batched", "processing", "completed", "callback_pending"]
WAYS = [
    FULL + ["callback_delivered"], FULL + ["callback_failed"], ["pending", "batched", "processing", "failed"],
    ["pending", "failed"], ["pending", "batched", "failed"],
]
# A provider whose answers come only while the pipeline runs.
ANSWERS = """
CREATE TABLE asked (item_id VARCHAR NOT NULL PRIMARY KEY, input VARCHAR) WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW told AS SELECT item_id, 'seen' AS verdict FROM asked;
"""
SETTINGS = {
    "cargo": {
        "batch_age_secs": 0.3, "provider_retry_secs": 0.2, "provider_tries_max": 100,
        "callback_delays_secs": [0, 0.2, 0.2, 0.2, 0.2], "callback_timeout_secs": 2,
    },
    "providers": {
        "slow": {
            "kind": "sql", "pipeline": "answers", "table": "asked", "view": "told", "models": ["slow-1"],
            "timeout_secs": 5,
        },
    },
}


def cargo_server(directory, settings=SETTINGS):
    path = directory / "cargo.json"
    path.write_text(json.dumps(settings))
    return Server(directory / "data", options=["--config", str(path)])


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    running = cargo_server(tmp_path_factory.mktemp("cargo")).start()
    yield running
    alive = running.process.poll() is None
    running.close()
    assert alive, "the server trapped: " + running.log_text()[-3000:]


@pytest.fixture(scope="module")
def receiver():
    running = Receiver()
    yield running
    running.close()


def body(url, model="echo", **params):
    messages = [{"role": "user", "content": "Hi"}]
    return {"params": {"model": model, "messages": messages, **params}, "callback_url": url}


def load(server, url, model="echo", **params):
    answer = server.post("/cargo/load", json=body(url, model, **params))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert set(told) == {"cargo_id", "status", "message"} and told["status"] == "success"
    assert told["message"] == "Cargo loaded successfully" and re.fullmatch(r"crg_[0-9a-z]+", told["cargo_id"])
    return told["cargo_id"]


def track(server, cargo):
    answer = server.get(f"/cargo/{cargo}/tracking")
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(server, cargo, wanted, timeout=60.0):
    deadline = time.monotonic() + timeout
    wanted = {wanted} if isinstance(wanted, str) else wanted
    while (told := track(server, cargo))["status"] not in wanted:
        assert time.monotonic() < deadline, (told, wanted)
        time.sleep(0.01)
    return told


def history(server, cargo):
    told = server.get(f"/cargo/{cargo}").json()["history"]
    assert [event["at"] for event in told] == sorted(event["at"] for event in told)
    return [event["status"] for event in told]


# The page of the reference, but for its base URL and its indentation, which the stored page lost.
EXAMPLE = '''
import httpx
import time

def wait_for_completion(cargo_id: str, timeout: int = 3600) -> dict:
    """Poll until cargo is processed or timeout."""
    start = time.time()
    terminal_statuses = {"callback_delivered", "callback_failed", "failed"}

    while time.time() - start < timeout:
        response = httpx.get(
            f"http://localhost:8000/cargo/{cargo_id}/tracking"
        )
        data = response.json()
        if data["status"] in terminal_statuses:
            return data
        time.sleep(30)  # Poll every 30 seconds
    raise TimeoutError(f"Cargo {cargo_id} not completed in {timeout}s")
'''


def test_life_cycle_in_order(served, receiver):
    cargo = load(served, f"{receiver.base}/ok/life", temperature=0.5)
    first = track(served, cargo)
    assert set(first) == {"cargo_id", "status", "status_description", "created_at", "updated_at"}
    assert first["cargo_id"] == cargo
    # The answer of the connection's own handler, and that of the routes behind it (which a preference asks for).
    for _ in range(20):
        hot, behind = (served.get(f"/cargo/{cargo}/tracking", headers=given) for given in ({}, {"Prefer": "nothing"}))
        assert "x-request-id" not in hot.headers and "x-request-id" in behind.headers
        assert set(hot.json()) == set(behind.json()) and hot.headers["content-type"] == behind.headers["content-type"]
        if hot.json() == behind.json():
            break
    else:
        raise AssertionError((hot.text, behind.text))
    until(served, cargo, "callback_delivered")
    assert history(served, cargo) == FULL + ["callback_delivered"]
    detail = served.get(f"/cargo/{cargo}").json()
    assert detail["callback"]["state"] == "delivered" and len(detail["callback"]["attempts"]) == 1
    _, headers, sent, _ = receiver.wait("/ok/life", 1)[0]
    told = check_signature((served.data_dir / "webhook.secret").read_text(), headers, sent)
    headers = Headers(headers)
    assert headers["content-type"] == "application/json"
    assert headers["x-convoy-cargo-id"] == headers["idempotency-key"] == headers["webhook-id"] == cargo
    assert set(told) == {"cargo_id", "success", "response", "error", "error_message", "created_at"}
    assert told["cargo_id"] == cargo and told["success"] is True and told["error"] is None
    assert told["response"]["temperature"] == 0.5 and told["response"]["max_tokens"] == 1024
    assert served.get(f"/cargo/{cargo}/result").json() == told
    assert stat.S_IMODE((served.data_dir / "webhook.secret").stat().st_mode) == 0o600
    # One truth: the token of its record, why and explain, and SQL.
    for name in ["why", "explain"]:
        answer = served.get(detail["links"][name])
        assert answer.status_code == 200 and answer.json()["status"] == "complete", answer.text
    deadline = time.monotonic() + 20
    while (rows := served.query("workflows", f"SELECT status FROM subjects WHERE subject = '{cargo}'")) != [
        {"status": "callback_delivered"}
    ]:
        assert time.monotonic() < deadline, rows
        time.sleep(0.05)


def test_a_load_is_answered_alike_by_both_its_routes(served, receiver):
    """The connection's own handler and the routes behind it, which a preference asks for: they make the same cargo."""
    seen = []
    for number, (given, is_hot) in enumerate([({}, True), ({"Prefer": "nothing"}, False)] * 3):
        url = f"{receiver.base}/ok/alike{number}"
        answer = served.post("/cargo/load", json=body(url), headers=given)
        assert answer.status_code == 200 and ("x-request-id" not in answer.headers) == is_hot
        cargo = answer.json()["cargo_id"]
        until(served, cargo, "callback_delivered")
        detail = served.get(f"/cargo/{cargo}").json()
        sent = json.loads(receiver.wait(f"/ok/alike{number}", 1)[0][2])
        for told in (detail, sent):
            told.update({name: "x" for name in told if name in ("cargo_id", "created_at", "updated_at", "token", "links",
                                                                "history", "group", "callback")})
        seen.append((set(answer.json()), answer.headers["content-type"], detail, sent))
    assert all(one == seen[0] for one in seen)
    # What is wrong is said by the routes behind, also of a body that is too large to be looked at in front.
    for bad in ({}, body(f"{receiver.base}/ok/x", model="none"), body("nowhere"), body("x" * 9000)):
        answers = [served.post("/cargo/load", json=bad, headers=given) for given in ({}, {"Prefer": "nothing"})]
        assert answers[0].status_code == answers[1].status_code in (400, 422) and answers[0].text == answers[1].text
    large = served.post("/cargo/load", json=body(f"{receiver.base}/ok/large", system="x" * 20_000))
    assert large.status_code == 200 and "x-request-id" in large.headers


def test_the_polling_example_of_the_reference(served, receiver, monkeypatch):
    pytest.importorskip("httpx")
    cargo = load(served, f"{receiver.base}/ok/example")
    names = {}
    exec(EXAMPLE.replace("http://localhost:8000", served.base), names)
    wait = time.sleep
    monkeypatch.setattr(time, "sleep", lambda seconds: wait(0.05))
    assert names["wait_for_completion"](cargo, 60)["status"] == "callback_delivered"


def test_a_batch_is_made_by_number(tmp_path, receiver):
    settings = {"cargo": {"batch_items_max": 10, "batch_age_secs": 3600}}
    server = cargo_server(tmp_path, settings).start()
    try:
        cargos = [load(server, f"{receiver.base}/ok/number") for _ in range(13)]
        for cargo in cargos[:10]:
            until(server, cargo, "callback_delivered")
        groups = {server.get(f"/cargo/{cargo}").json()["group"] for cargo in cargos[:10]}
        assert len(groups) == 1
        assert [track(server, cargo)["status"] for cargo in cargos[10:]] == ["pending"] * 3
        for cargo in cargos[10:]:
            answer = server.request("DELETE", f"/cargo/{cargo}")
            assert answer.status_code == 200 and answer.json()["status"] == "failed", answer.text
            assert server.request("DELETE", f"/cargo/{cargo}").status_code == 200
            told = server.get(f"/cargo/{cargo}/result").json()
            assert told["success"] is False and "cancelled" in told["error"]
    finally:
        server.close()


def test_errors_have_the_form_of_the_contract(served, receiver):
    url = f"{receiver.base}/ok/errors"

    def problem(given):
        answer = served.post("/cargo/load", **given)
        assert answer.status_code == 422, answer.text
        detail = answer.json()["detail"]
        assert all(set(entry) == {"loc", "msg", "type"} for entry in detail)
        return {(".".join(map(str, entry["loc"])), entry["type"]) for entry in detail}

    assert problem({"json": {}}) == {("body.params", "missing"), ("body.callback_url", "missing")}
    assert problem({"data": b"{"}) == {("body.1", "json_invalid")}
    assert problem({"json": []}) == {("body", "model_attributes_type")}
    assert problem({"json": {"params": {"model": 1}, "callback_url": 2}}) == {
        ("body.params.model", "string_type"), ("body.params.messages", "missing"),
        ("body.callback_url", "string_type"),
    }
    assert problem({"json": body(url, temperature=2, top_p=-1, top_k=-1, max_tokens="x", stop_sequences="x")}) == {
        ("body.params.temperature", "less_than_equal"), ("body.params.top_p", "greater_than_equal"),
        ("body.params.top_k", "greater_than_equal"), ("body.params.max_tokens", "int_type"),
        ("body.params.stop_sequences", "list_type"),
    }
    assert problem({"json": {"params": {"model": "echo", "messages": [{"role": "user"}, 3]}, "callback_url": url}}) == {
        ("body.params.messages.0.content", "missing"), ("body.params.messages.1", "model_attributes_type"),
    }
    for wrong in ["ftp://x/", "nothing", "http://", "http://u:p@x/", "http://x/" + "a" * 2048, "http://x:0/"]:
        assert problem({"json": body(wrong)}) == {("body.callback_url", "value_error")}, wrong
    for private in ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://[fd00::1]/", "http://0.0.0.0/x"]:
        assert problem({"json": body(private)}) == {("body.callback_url", "value_error")}, private
    answer = served.post("/cargo/load", json=body(url, "gpt-x"))
    assert answer.status_code == 400
    detail = answer.json()["detail"]
    assert detail["error"] == "invalid_model" and "gpt-x" in detail["message"]
    assert set(detail["supported_models"]) == {"echo", "slow-1"}
    for path in ["/cargo/crg_unknown/tracking", "/cargo/x", "/cargo/crg_unknown/result", "/cargo/" + "x" * 3000]:
        answer = served.get(path)
        assert (answer.status_code, answer.json()) == (404, {"detail": "Cargo not found"}), path
    assert served.request("DELETE", "/cargo/x").status_code == 404
    assert served.post("/cargo/x/callback/retry").status_code == 404
    for query in ["limit=x", "limit=0", "status=done", "skip=-1"]:
        assert served.get(f"/cargo?{query}").status_code == 422, query


def test_load_is_idempotent(served, receiver):
    sent = body(f"{receiver.base}/ok/idem")
    key = {"Idempotency-Key": "order 7"}
    answers = []

    def send():
        answers.append(requests.post(served.base + "/cargo/load", json=sent, headers=key, timeout=30))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    other = served.post("/cargo/load", json=body(f"{receiver.base}/ok/other"), headers=key)
    assert other.status_code == 422 and other.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]
    cargo = answers[0].json()["cargo_id"]
    until(served, cargo, "callback_delivered")
    assert len(receiver.calls("/ok/idem")) == 1
    again = served.post("/cargo/load", json=sent, headers=key)
    assert again.json()["cargo_id"] == cargo and again.headers["Idempotency-Replayed"] == "true"


def test_receivers_of_all_moods(served, receiver):
    base, began = receiver.base, time.monotonic()
    cargos = {path: load(served, f"{base}{path}") for path in [
        "/fail/2", "/fail/9", "/busy/1", "/redirect", "/hang/1", "/ok/beside", *[f"/status/{code}" for code in (
            400, 401, 403, 404, 405, 410, 422)],
    ]}
    ends = {path: "callback_failed" for path in cargos}
    ends.update({path: "callback_delivered" for path in ["/fail/2", "/busy/1", "/ok/beside"]})
    counts = {path: 1 for path in cargos}
    counts.update({"/fail/2": 3, "/fail/9": 5, "/busy/1": 2, "/redirect": 5, "/hang/1": 5, "/status/422": 5})
    for path in cargos:
        if path != "/hang/1":
            until(served, cargos[path], ends[path])
    # The receiver that hangs for 2 s an attempt has held up nobody.
    assert track(served, cargos["/hang/1"])["status"] == "callback_pending"
    until(served, cargos["/hang/1"], "callback_failed")
    receiver.released.set()
    for path, cargo in cargos.items():
        calls = receiver.calls(path)
        assert len(calls) == counts[path], path
        assert len({Headers(call[1])["webhook-id"] for call in calls}) == 1
        told = served.get(f"/cargo/{cargo}").json()
        assert told["callback"]["state"] == ends[path].removeprefix("callback_"), told
        attempts = told["callback"]["attempts"]
        assert [attempt["attempt"] for attempt in attempts] == list(range(1, counts[path] + 1)), path
        assert [event["status"] for event in told["history"]] == FULL + [ends[path]]
    busy = receiver.calls("/busy/1")
    assert 1.0 <= busy[1][3] - busy[0][3] < 10
    assert served.get(f"/cargo/{cargos['/redirect']}").json()["callback"]["attempts"][0]["status"] == 302
    # A retry that is asked for has counters of its own, and the result was never lost.
    cargo = cargos["/status/410"]
    answer = served.post(f"/cargo/{cargo}/callback/retry")
    assert answer.status_code == 202, answer.text
    until(served, cargo, "callback_failed")
    receiver.wait("/status/410", 2)
    assert history(served, cargo) == FULL + ["callback_failed", "callback_pending", "callback_failed"]
    attempts = served.get(f"/cargo/{cargo}").json()["callback"]["attempts"]
    assert [attempt["attempt"] for attempt in attempts] == [1, 1]
    assert served.get(f"/cargo/{cargo}/result").json()["success"] is True
    assert time.monotonic() - began < 60


def test_a_name_of_a_private_address_is_refused_when_it_is_called(tmp_path, receiver):
    settings = {**SETTINGS, "host": "127.0.0.1"}
    server = cargo_server(tmp_path, settings).start()
    try:
        # Loopback is allowed here; a name that leads to the unspecified address is not.
        cargo = load(server, "http://0x0a000001:1/x")
        until(server, cargo, "callback_failed")
        callback = server.get(f"/cargo/{cargo}").json()["callback"]
        assert len(callback["attempts"]) == 1 and "not allowed" in callback["attempts"][0]["error"]
    finally:
        server.close()


def test_lists_models_and_health(served, receiver):
    cargo = load(served, f"{receiver.base}/ok/list")
    until(served, cargo, "callback_delivered")
    deadline = time.monotonic() + 20
    while cargo not in [entry["cargo_id"] for entry in served.get(
            "/cargo?status=callback_delivered&limit=5").json()["cargo"]]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    page = served.get("/cargo?limit=2").json()
    assert len(page["cargo"]) == 2 and page["next_cursor"] == "2"
    following = served.get(f"/cargo?limit=2&cursor={page['next_cursor']}").json()["cargo"]
    assert not {entry["cargo_id"] for entry in following} & {entry["cargo_id"] for entry in page["cargo"]}
    assert served.get("/cargo?model=nothing").json() == {"cargo": [], "next_cursor": None}
    assert served.get("/health").json() == {"status": "ok"}
    models = served.get("/models").json()
    assert set(models) == {"models", "current_provider", "current_region", "available_models"}
    assert models["available_models"] == ["echo", "slow-1"]
    assert set(models["models"][0]) == {
        "model_id", "description", "model_family", "available_for_anthropic", "available_for_bedrock",
        "bedrock_regions", "deprecated",
    }


def test_kill_9_in_every_status(tmp_path, receiver):
    settings = {**SETTINGS, "cargo": {**SETTINGS["cargo"], "batch_age_secs": 1, "provider_calls_max": 1}}
    server = cargo_server(tmp_path, settings).start()
    try:
        server.create("answers", ANSWERS)

        def crash():
            server.kill9()
            server.start()

        # Pending: the batch is not due yet.
        one = load(server, f"{receiver.base}/fail/3", "slow-1")
        assert track(server, one)["status"] == "pending"
        crash()
        assert track(server, one)["status"] == "pending"
        # Processing: the provider's pipeline is paused, so the call hangs and takes the only place.
        server.start_pipeline("answers", initial="paused")
        until(server, one, "processing")
        two = load(server, f"{receiver.base}/ok/two", "slow-1")
        until(server, two, "batched")
        crash()
        assert track(server, one)["status"] == "processing" and track(server, two)["status"] in ("batched", "processing")
        server.wait_status("answers", "Paused")
        assert server.post("/v0/pipelines/answers/resume").status_code == 202
        # Callback pending: attempts fail, and are not begun anew.
        until(server, one, "callback_pending")
        crash()
        for cargo in (one, two):
            until(server, cargo, "callback_delivered")
        crash()
        for cargo in (one, two):
            assert history(server, cargo) == FULL + ["callback_delivered"]
            calls = receiver.of(cargo)
            assert calls and len({Headers(call[1])["webhook-id"] for call in calls}) == 1
            assert json.loads(calls[-1][2])["response"] == {"verdict": "seen"}
        assert 4 <= len(receiver.of(one)) <= 6
    finally:
        server.close()


def test_kill_9_at_random_moments_loses_nothing(tmp_path):
    seed = random.randrange(1 << 30)
    print("seed", seed)
    chance, receiver = random.Random(seed), Receiver()
    settings = {**SETTINGS, "cargo": {**SETTINGS["cargo"], "batch_age_secs": 0.05, "batch_items_max": 20}}
    server = cargo_server(tmp_path, settings).start()
    loaded, rank = [], {status: number for number, status in enumerate(FULL)}
    seen = {}
    try:
        for life in range(8):
            end = time.monotonic() + chance.uniform(0.05, 1.2)
            while time.monotonic() < end:
                loaded.append(load(server, f"{receiver.base}/{chance.choice(['ok', 'fail/1'])}/r{len(loaded)}"))
                victim = chance.choice(loaded)
                status = track(server, victim)["status"]
                assert rank.get(status, 9) >= rank.get(seen.get(victim, "pending"), 9), (victim, seen[victim], status)
                seen[victim] = status
            server.kill9()
            server.start()
        for cargo in loaded:
            until(server, cargo, ENDS)
        for number, cargo in enumerate(loaded):
            assert history(server, cargo) == FULL + ["callback_delivered"], cargo
            calls = receiver.of(cargo)
            assert calls, f"{cargo} was not called back"
            assert len({(Headers(call[1])["webhook-id"], call[2]) for call in calls}) == 1
            assert json.loads(calls[0][2])["cargo_id"] == cargo
    finally:
        server.close()
        receiver.close()
