"""Goal: every route lets in exactly whom it should, projects never see each other, and no key or secret is told.

Method: a server with authentication, two projects with a pipeline of the same name, and every route of routes.txt (a unit
test proves it complete) with every kind of bad key; then the server's log, at its most talkative, is searched for secrets.
"""

import concurrent.futures
import datetime
import json
import pathlib
import re
import socket
import stat
import subprocess
import time

import pytest
import requests
from harness import BINARY, Server, free_port

ADMIN = "the-admin-key-of-the-acceptance-tests"
ROUTES = [
    tuple(line.split()) for line in (pathlib.Path(__file__).parent / "routes.txt").read_text().splitlines() if line
]
SQL = "CREATE TABLE t (k INT, v BIGINT); CREATE MATERIALIZED VIEW s AS SELECT k, SUM(v) AS total FROM t GROUP BY k;"
UNKNOWN = "convoy_sk_" + "0" * 32
NO_ID = "00000000-0000-7000-8000-000000000000"

# What a path names; of a pipeline that both projects have under this name.
PARTS = {
    "pipeline": "shared", "table": "t", "view": "s", "relation": "s", "connector": "c", "action": "start",
    "event": "latest", "letter": "1-0", "webhook": NO_ID, "key": "none", "slug": "acme", "id": NO_ID,
    "uuid": "00000000-0000-4000-8000-000000000000",
}
# Queries and bodies without which a route does not come to look at its pipeline.
QUERIES = {
    "completion_status": {"token": "x"}, "completion_events": {"token": "x"}, "why": {"token": "x"},
    "explain": {"token": "x"}, "query": {"sql": "SELECT 1", "format": "json"}, "ingress/t": {"format": "json"},
    "egress/s": {"format": "json"}, "completion_token": {},
}
BODIES = {
    "completion_status": {"tokens": ["x"]}, "completion_webhooks": {"url": "http://203.0.113.1/", "tokens": ["x"]},
    "diff": None, "backups": {"name": "!"}, "validate_program": {"program_code": "x"},
}


def filled(pattern, **parts):
    return re.sub(r"\{(\w+)\}", lambda match: {**PARTS, **parts}[match.group(1)], pattern)


class Access:
    """The server with its keys."""

    def __init__(self, folder, *arguments):
        self.secrets = [ADMIN]
        self.bodies = []
        self.server = Server(
            folder / "data", environment=lambda: {"TIDEMARK_ADMIN_KEY": ADMIN},
            options=["--auth", "required", *arguments])

    def call(self, method, path, key=None, headers=None, **options):
        headers = dict(headers or {})
        if key is not None:
            headers["X-API-Key"] = key
        options.setdefault("timeout", 20)
        answer = requests.request(method, self.server.base + path, headers=headers, stream=True, **options)
        if "event-stream" not in answer.headers.get("Content-Type", "") and answer.status_code >= 400:
            self.bodies.append(answer.text)
        return answer

    def admin(self, method, path, **options):
        return self.call(method, path, headers={"X-Admin-Key": ADMIN}, **options)

    def project(self, slug, **fields):
        answer = self.admin("POST", "/admin/projects", json={"name": slug.title(), "slug": slug, **fields})
        assert answer.status_code == 201, answer.text
        self.secrets.append(answer.json()["webhook_secret"])
        return answer.json()

    def make_key(self, slug, name="key", **fields):
        answer = self.admin("POST", f"/admin/projects/{slug}/api-keys", json={"name": name, **fields})
        assert answer.status_code == 201, answer.text
        self.secrets.append(answer.json()["api_key"])
        return answer.json()

    def key(self, slug, name="key", **fields):
        return self.make_key(slug, name, **fields)["api_key"]

    def up(self, key, name, sql=SQL):
        answer = self.call("POST", "/v0/pipelines", key, json={"name": name, "program_code": sql})
        assert answer.status_code == 201, answer.text
        assert self.call("POST", f"/v0/pipelines/{name}/start", key).status_code == 202
        deadline = time.monotonic() + 30
        while self.call("GET", f"/v0/pipelines/{name}", key).json()["deployment_status"] != "Running":
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def push(self, key, name, rows):
        return self.call(
            "POST", f"/v0/pipelines/{name}/ingress/t?format=json&update_format=raw", key,
            data="\n".join(json.dumps(row) for row in rows))

    def rows(self, key, name, token, sql="SELECT * FROM s"):
        answer = self.call("GET", f"/v0/pipelines/{name}/query", key, params={"sql": sql, "format": "json", "after": token})
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines() if line]


@pytest.fixture(scope="module")
def access(tmp_path_factory):
    access = Access(tmp_path_factory.mktemp("access"), "--log-level", "trace")
    access.server.start()
    for slug in ("acme", "other", "off"):
        access.project(slug)
    access.full = {slug: access.key(slug, "full") for slug in ("acme", "other", "off")}
    access.of_scope = {
        scope: access.key("acme", f"only-{scope}", scopes=[scope]) for scope in ("ingest", "read", "admin")}
    access.other_reader = access.key("other", "reader", scopes=["read"])
    access.expired = access.key("acme", "expired", expires_at="2020-01-01T00:00:00Z")
    revoked = access.make_key("acme", "revoked")
    assert access.admin("DELETE", f"/admin/projects/acme/api-keys/{revoked['id']}").status_code == 204
    access.revoked = revoked["api_key"]
    assert access.admin("PATCH", "/admin/projects/off", json={"is_active": False}).status_code == 200
    access.up(access.full["acme"], "shared")
    cargo = access.call("POST", "/cargo/load", access.full["acme"], json={
        "params": {"model": "echo", "messages": [{"role": "user", "content": "hello"}]},
        "callback_url": "https://receiver.invalid/x"})
    assert cargo.status_code == 200, cargo.text
    batch = access.call("POST", "/v1/batches", access.full["acme"], files={"file": ("a.txt", b"hello")})
    assert batch.status_code == 202, batch.text
    access.own = {"cargo_id": cargo.json()["cargo_id"], "batch": batch.json()["data"]["batch_id"]}
    access.uuids = orchestration(access)
    yield access
    alive = access.server.process.poll() is None
    access.server.close()
    assert alive, "the server trapped: " + access.server.log_text()[-3000:]


def orchestration(access):
    """A batch, a run, a workflow, a release and a segment, by what their paths begin with."""
    def post(path, body):
        answer = access.call("POST", f"/v1/orchestration/{path}", access.full["acme"], json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    end = {"uuid": "00000000-0000-4000-8000-000000000002", "slug": "end", "kind": "native", "actionSlug": "end"}
    start = {
        **end, "uuid": "00000000-0000-4000-8000-000000000001", "slug": "start", "actionSlug": "start",
        "childrenUuids": [end["uuid"]]}
    workflow = post("workflows", {"name": "w", "kind": "tool", "nodes": [start, end]})["workflow"]["uuid"]
    release = post("releases/deployDraft", {"workflowUuid": workflow})["release"]["uuid"]
    data = {"kind": "records", "records": [{}]}
    return {
        "batches": post("batches", {"workflowUuid": workflow, "data": data})["batch"]["uuid"],
        "runs": post("runs", {"workflowUuid": workflow})["run"]["uuid"], "workflows": workflow, "releases": release,
        "segments": segment(access)}


def segment(access):
    answer = access.call("POST", "/v1/segmentation/segments", access.full["acme"], json={
        "name": "s", "modelUuid": "shared.s", "filter": {"conjonction": "and", "groups": []}})
    assert answer.status_code == 200, answer.text
    return answer.json()["segment"]["uuid"]


def options_of(method, path):
    tail = path.split("/shared/")[-1].split("/none/")[-1].split("/v0/")[-1]
    options = {"params": QUERIES.get(tail, {})}
    if method in ("POST", "PUT", "PATCH"):
        options["data"] = json.dumps(BODIES.get(tail, {}))
    return options


def statuses(access, method, pattern, need):
    """What each kind of caller gets, and what it must get."""
    own = dict(access.own)
    if "{uuid}" in pattern:
        own["uuid"] = access.uuids[pattern.split("/")[3]]
    path = filled(pattern, **own)
    if (method, pattern) == ("DELETE", "/v1/segmentation/segments/{uuid}"):
        # One for each caller: who may, deletes it.
        call = lambda key, path=None, **more: access.call(  # noqa: E731
            method, path or filled(pattern, uuid=segment(access)), key, **more).status_code
    else:
        call = lambda key, path=path, **more: access.call(method, path, key, **options_of(method, path), **more).status_code  # noqa: E731
    if need == "open":
        return {"no key": (call(None), "let in"), "wrong key": (call(UNKNOWN), "let in")}
    if need == "adminKey":
        header = lambda value: call(None, headers={"X-Admin-Key": value})  # noqa: E731
        return {
            "no key": (call(None), 401), "API key": (call(access.full["acme"]), 401),
            "API key as admin key": (header(access.full["acme"]), 401), "wrong key": (header(ADMIN + "x"), 401),
            "admin key as API key": (call(ADMIN), 401), "empty": (header(""), 401),
        }
    found = {
        "no key": (call(None), 401), "wrong key": (call(UNKNOWN), 401), "malformed": (call("x"), 401),
        "empty": (call(""), 401), "expired": (call(access.expired), 401), "revoked": (call(access.revoked), 401),
        "basic": (call(None, headers={"Authorization": "Basic eDp5"}), 401),
        "bearer": (call(None, headers={"Authorization": f"Bearer {UNKNOWN}"}), 401),
        "admin header": (call(None, headers={"X-Admin-Key": ADMIN}), 401),
        "inactive": (call(access.full["off"]), 403),
    }
    for scope, key in access.of_scope.items():
        if scope == need:
            if "{pipeline}" in pattern and method != "PUT" and "right scope" not in found:
                got = call(key, filled(pattern, pipeline="none"))
                # Some look at their body first.
                found["right scope"] = (got, got if got == 400 else 404)
            elif pattern == "/v0/backups":
                # They hold every project's data: for the default project only.
                found["right scope"] = (call(key), 403)
            else:
                found["right scope"] = (call(key), "let in")
        elif "{key}" in pattern:
            found[f"no such key, only {scope}"] = (call(key), 404)
        else:
            found[f"only {scope}"] = (call(key), 403)
    if "{cargo_id}" in pattern or "{batch}" in pattern or "{uuid}" in pattern:
        found["other project"] = (call(access.full["other"]), 404)
        found["other project, wrong scope"] = (call(access.other_reader), 404)
    if "{pipeline}" in pattern and method != "PUT":
        nobodys = call(access.full["other"], filled(pattern, pipeline="nobody-has-this"))
        got = call(access.full["other"])
        # Some look at their body first, whatever the name.
        found["other project"] = (got, 400 if got == nobodys == 400 else 404)
        # Told what a name that nobody has is told: some routes look at their parameters before the pipeline.
        for who, key in [("inner name", access.full["other"]), ("inner name of the default project", ADMIN)]:
            nobodys = call(key, filled(pattern, pipeline="nobody-has-this"))
            assert nobodys in (400, 404), (who, nobodys)
            found[who] = (call(key, filled(pattern, pipeline="acme~shared")), nobodys)
    return found


@pytest.mark.parametrize("method,pattern,need,dialect", ROUTES, ids=[" ".join(route[:2]) for route in ROUTES])
def test_every_route(access, method, pattern, need, dialect):
    found = statuses(access, method, pattern, need)
    wrong = {
        who: (got, wanted) for who, (got, wanted) in found.items()
        if (got in (401, 403) or got >= 500 and got not in (501, 503) if wanted == "let in" else got != wanted)}
    assert not wrong, wrong
    assert access.call("GET", "/v0/pipelines/shared", access.full["acme"]).json()["deployment_status"] == "Running"


def test_error_bodies_are_those_of_the_dialect(access):
    answer = access.call("GET", "/v0/pipelines")
    assert answer.json() == {
        "message": "API key required. Include X-API-Key header.", "error_code": "InvalidApiKey", "details": {}}
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for key, text in [
        ("x", "Invalid API key format."), (UNKNOWN, "Invalid API key."), (access.revoked, "Invalid API key."),
        (access.expired, "API key has expired."),
    ]:
        assert access.call("GET", "/v0/pipelines", key).json()["message"] == text
    answer = access.call("GET", "/admin/projects")
    assert answer.json() == {"detail": "Admin API key required. Include X-Admin-Key header."}
    assert answer.headers["WWW-Authenticate"] == "AdminApiKey"


def test_projects_do_not_see_each_other(access):
    mine, theirs = access.full["acme"], access.full["other"]
    access.up(theirs, "twin", SQL.replace("SUM(v)", "COUNT(*)"))
    access.up(mine, "twin")
    for key, total in ((mine, 40), (theirs, 2)):
        token = access.push(key, "twin", [{"k": 1, "v": 20}, {"k": 1, "v": 20}]).json()["token"]
        assert access.rows(key, "twin", token) == [{"k": 1, "total": total}]
        other = theirs if key == mine else mine
        answer = access.call("GET", "/v0/pipelines/twin/completion_status", other, params={"token": token})
        assert answer.status_code == 400 and answer.json()["error_code"] == "InvalidParam"
    def names(key):
        # The work of the other dialects has a pipeline of its own.
        all_names = sorted(p["name"] for p in access.call("GET", "/v0/pipelines", key).json())
        return [name for name in all_names if name in ("shared", "twin") or "~" in name]

    assert names(mine) == ["shared", "twin"] and names(theirs) == ["twin"] and names(ADMIN) == []
    for path in ("", "/stats", "/metrics", "/logs", "/events"):
        with access.call("GET", f"/v0/pipelines/twin{path}", mine) as answer:
            text = next(answer.iter_content(1 << 20)).decode()
            assert answer.status_code == 200 and "~" not in text and "acme" not in text, path
    answer = access.call("POST", "/v0/pipelines", mine, json={"name": "twin", "program_code": ""})
    assert answer.status_code == 409 and answer.json()["message"] == "a pipeline named 'twin' already exists"
    for name in ("acme~x", "~x", "other~twin"):
        for key in (mine, ADMIN):
            answer = access.call("POST", "/v0/pipelines", key, json={"name": name, "program_code": ""})
            assert (answer.status_code, answer.json()["error_code"]) == (400, "NameDoesNotMatchPattern")
    assert access.call("PATCH", "/v0/pipelines/twin", mine, json={"name": "other~x"}).status_code == 400
    answer = access.call("POST", "/v0/pipelines/twin/stop?force=true", theirs)
    assert answer.status_code == 202
    deadline = time.monotonic() + 20
    while access.call("GET", "/v0/pipelines/twin", theirs).json()["deployment_status"] != "Stopped":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    answer = access.push(theirs, "twin", [{"k": 1, "v": 1}])
    assert answer.status_code == 503 and "~" not in answer.text and "twin" in answer.text
    assert access.call("GET", "/v0/pipelines/twin", mine).json()["deployment_status"] == "Running"


def test_a_put_creates_in_ones_own_project(access):
    body = {"name": "put", "program_code": SQL}
    assert access.call("PUT", "/v0/pipelines/put", access.full["acme"], json=body).status_code == 201
    answer = access.call("PUT", "/v0/pipelines/put", access.full["other"], json=body)
    assert answer.status_code == 201 and answer.json()["name"] == "put"
    assert access.call("DELETE", "/v0/pipelines/put", access.full["other"]).status_code == 200
    assert access.call("GET", "/v0/pipelines/put", access.full["acme"]).status_code == 200


def test_revocation_and_expiry_hold_at_once(access):
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).isoformat()
    short = access.key("acme", "short", expires_at=soon)
    made = access.make_key("acme", "brief")
    poll = "/v0/pipelines/shared/completion_status?token=x"
    for path, before in ((poll, 400), ("/v0/config", 200)):
        assert access.call("GET", path, made["api_key"]).status_code == before
    assert access.call("GET", poll, short).status_code == 400
    access.admin("DELETE", f"/admin/projects/acme/api-keys/{made['id']}")
    for path in (poll, "/v0/config"):
        assert access.call("GET", path, made["api_key"]).status_code == 401
    time.sleep(2.1)
    assert access.call("GET", poll, short).status_code == 401


def test_api_keys_of_a_project(access):
    owner = access.full["other"]
    answer = access.call("POST", "/v0/api_keys", owner, json={"name": "pusher", "scopes": ["ingest"]})
    assert answer.status_code == 201
    key = answer.json()["api_key"]
    access.secrets.append(key)
    assert re.fullmatch("convoy_sk_[0-9A-Za-z]{32}", key)
    listed = access.call("GET", "/v0/api_keys", owner)
    assert sorted(entry["name"] for entry in listed.json()) == ["full", "pusher", "reader"] and key not in listed.text
    assert access.call("GET", "/v0/pipelines", key).status_code == 403
    assert access.call("GET", "/v0/api_keys/pusher", access.full["acme"]).status_code == 404
    assert access.call("DELETE", "/v0/api_keys/pusher", access.full["acme"]).status_code == 404
    assert access.call("DELETE", "/v0/api_keys/pusher", owner).status_code == 200
    assert access.call("GET", "/v0/pipelines", key).status_code == 401
    session = access.call("GET", "/v0/config/session", owner).json()
    assert session["tenant_name"] == "other"
    assert access.call("GET", "/v0/config/authentication").json() != {}


def test_only_the_default_project_backs_up(access):
    assert access.call("POST", "/v0/backups", access.full["acme"], json={"name": "b"}).status_code == 403
    answer = access.call("POST", "/v0/backups", ADMIN, json={"name": "b"})
    assert answer.status_code == 201
    assert (pathlib.Path(answer.json()["path"]) / "access").is_dir()


def test_quotas(access):
    access.project("small", settings={"rate_limits": {
        "key": {"requests": 3, "window_secs": 3600}, "project": {"records": 4, "bytes": 100000}}})
    owner, second, third = (access.key("small", name) for name in ("a", "b", "c"))
    answer = access.call("POST", "/v0/pipelines", owner, json={"name": "q", "program_code": SQL})
    assert answer.headers["X-RateLimit-Limit"] == "3" and answer.headers["X-RateLimit-Remaining"] == "2"
    assert abs(int(answer.headers["X-RateLimit-Reset"]) - time.time() - 3600) < 30
    assert answer.headers["RateLimit-Policy"].startswith('"key-requests";q=3;w=3600')
    assert access.call("POST", "/v0/pipelines/q/start", owner).status_code == 202
    assert access.call("GET", "/v0/config", owner).headers["X-RateLimit-Remaining"] == "0"
    over = access.call("GET", "/v0/config", owner)
    assert over.status_code == 429 and over.json()["error_code"] == "RateLimitExceeded"
    assert 3500 < int(over.headers["Retry-After"]) <= 3600
    poll = access.call("GET", "/v0/pipelines/q/completion_status?token=x", owner)
    assert poll.status_code == 429, "the hot route keeps the quota too"
    deadline = time.monotonic() + 20
    while True:
        pushed = access.push(second, "q", [{"k": 1, "v": 1}] * 4)
        if pushed.status_code == 200 or time.monotonic() > deadline:
            break
        second = access.key("small", "again")
        time.sleep(0.1)
    assert pushed.status_code == 200, pushed.text
    assert '"project-records";r=0' in pushed.headers["RateLimit"]
    more = access.push(third, "q", [{"k": 1, "v": 1}])
    assert more.status_code == 429 and more.json()["details"]["unit"] == "records"
    big = access.call(
        "POST", "/v0/pipelines/q/ingress/t?format=json", access.key("small", "d"), data=b"x" * 200_000)
    assert big.status_code == 429


def test_many_at_once_keep_the_quota(access):
    access.project("busy", settings={"rate_limits": {"key": {"requests": 50}}})
    key = access.key("busy")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: access.call("GET", "/v0/config", key).status_code, range(80)))
    assert found.count(200) == 50 and found.count(429) == 30


def test_no_secret_is_told(access):
    """Runs last: everything that the server wrote and refused so far is searched."""
    for secret in access.secrets:
        for headers in ({"X-API-Key": secret + "x"}, {"Authorization": f"Bearer {secret}"}, {"X-Admin-Key": secret}):
            access.call("GET", f"/v0/pipelines/{secret}x" if len(secret) < 40 else "/v0/none", headers=headers)
            access.call("POST", "/v0/pipelines", headers=headers, data="{")
    log = access.server.log_text()
    assert len(log) > 10_000, "the log is talkative"
    told = [body for body in access.bodies for secret in access.secrets if secret in body]
    # A name in a path is told back to who sent it; nothing else is.
    assert not [body for body in told if "unknown pipeline name" not in body]
    paths = [line for line in log.splitlines() for secret in access.secrets if secret in line]
    assert not [line for line in paths if "/v0/pipelines/" not in line], paths[:3]
    data = access.server.data_dir
    for file in data.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            for secret in access.secrets:
                if secret.startswith("convoy_sk_") or secret == ADMIN:
                    assert secret.encode() not in content, file
    assert stat.S_IMODE((data / "webhook.secret").stat().st_mode) == 0o600


def test_keys_survive_a_crash(tmp_path):
    access = Access(tmp_path)
    server = access.server.start()
    try:
        access.project("acme")
        kept = access.key("acme", "kept")
        gone = access.make_key("acme", "gone")
        assert access.admin("DELETE", f"/admin/projects/acme/api-keys/{gone['id']}").status_code == 204
        access.up(kept, "p")
        token = access.push(kept, "p", [{"k": 1, "v": 5}]).json()["token"]
        server.kill9()
        server.start()
        assert access.call("GET", "/v0/config", gone["api_key"]).status_code == 401
        deadline = time.monotonic() + 30
        while True:
            answer = access.call(
                "GET", "/v0/pipelines/p/completion_status", kept, params={"token": token, "follow": "true"})
            if answer.status_code == 200:
                break
            assert answer.status_code in (202, 503) and time.monotonic() < deadline, answer.text
            time.sleep(0.05)
        assert access.rows(kept, "p", answer.json()["token"]) == [{"k": 1, "total": 5}]
        keys = access.admin("GET", "/admin/projects/acme/api-keys").json()["api_keys"]
        assert {key["name"]: key["is_active"] for key in keys} == {"kept": True, "gone": False}
        assert keys[1]["last_used_at"] is not None
        # Without authentication everybody is the default project, and sees no other.
        assert server.terminate() == 0
        server.options = []
        server.start()
        assert requests.get(server.base + "/v0/pipelines").json() == []
        assert requests.get(server.base + "/v0/pipelines/acme~p").status_code == 404
    finally:
        server.close()


def test_what_was_used_of_a_quota_survives_a_restart(tmp_path):
    configuration = tmp_path / "tidemark.json"
    configuration.write_text(json.dumps({"key_limits": {"requests": 10, "window_secs": 86_400}}))
    access = Access(tmp_path, "--config", str(configuration))
    server = access.server
    server.start()
    try:
        access.project("acme")
        key = access.key("acme")
        told = [access.call("GET", "/v0/config", key).headers["X-RateLimit-Remaining"] for _ in range(3)]
        assert told == ["9", "8", "7"]
        assert server.terminate() == 0
        server.start()
        answer = access.call("GET", "/v0/config", key)
        assert answer.headers["X-RateLimit-Remaining"] == "6"
        assert 86_000 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 86_401
    finally:
        server.close()


def test_an_open_address_needs_a_decision(tmp_path):
    def serve(*arguments):
        port = free_port()
        process = subprocess.Popen(
            [BINARY, "serve", "--host", "0.0.0.0", "--port", str(port), "--data-dir", str(tmp_path / "d"), *arguments],
            stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        running = process.poll() is None
        process.terminate()
        return running, process.communicate(timeout=20)[1]

    running, text = serve()
    assert not running and "--auth required" in text and "--auth none" in text
    assert serve("--auth", "none")[0]
    running, text = serve("--auth", "required")
    assert running and "nobody can get in" in text
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"auth": "none"}))
    assert serve("--config", str(config))[0]
    config.write_text(json.dumps({"auth": "maybe"}))
    running, text = serve("--config", str(config))
    assert not running and "'auth' must be one of none, required" in text


def test_limits_of_a_request_are_told_and_configurable(tmp_path):
    config = tmp_path / "limits.json"
    config.write_text(json.dumps(
        {"header_bytes_max": 8192, "url_bytes_max": 8192, "body_bytes_max": 2000, "json_depth_max": 5}))
    server = Server(tmp_path / "data", options=["--config", str(config)])
    try:
        server.start()
        answer = server.get("/v0/config", headers={"X-Long": "x" * 20_000})
        assert answer.status_code == 431 and "8192" in answer.json()["message"]
        assert server.get("/v0/config", headers={"X-Long": "x" * 4_000}).status_code == 200
        # Too long as a URL, and as the head that it is part of.
        assert server.get("/v0/config?x=" + "y" * 9_000).status_code in (414, 431)
        deep = {"name": "p", "program_code": "", "runtime_config": json.loads("[" * 9 + "]" * 9)}
        answer = server.post("/v0/pipelines", json=deep)
        assert answer.status_code == 400 and "nested more than 5 deep" in answer.json()["message"]
        answer = server.post("/v0/pipelines", json={"name": "p", "program_code": "-" * 3000})
        assert answer.status_code == 413 and answer.json()["error_code"] == "BodyTooLarge"
        for text in ({"json_depth_max": 1}, {"url_bytes_max": "x"}, {"key_limits": {"requests": -1}}):
            config.write_text(json.dumps(text))
            ended = subprocess.run(
                [BINARY, "serve", "--config", str(config), "--port", "0"], capture_output=True, text=True, timeout=20)
            assert ended.returncode == 1 and list(text)[0] in ended.stderr
    finally:
        server.close()
