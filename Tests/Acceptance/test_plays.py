"""Guards segments, batches of what has changed in them, schedules, files of records and the retry of a batch's webhook:
every change gets one run, also when the server is killed, and what cannot be is refused by name."""

import concurrent.futures
import datetime
import json
import random
import time
import uuid

import pytest
import requests

from cargo_receiver import Receiver
from harness import Server
from test_orchestration import BASE, SHORT, create, deploy, node, poll, runs, settled, workflow

SEGMENTS = "/v1/segmentation/segments"
SHOP = """
CREATE TABLE companies (domain VARCHAR NOT NULL PRIMARY KEY, name VARCHAR, size INT, seen TIMESTAMP, born DATE)
  WITH ('materialized' = 'true');
CREATE MATERIALIZED VIEW keyless AS SELECT name FROM companies;
"""
ALL = {"conjonction": "and", "groups": []}


@pytest.fixture
def served(tmp_path):
    configuration = tmp_path / "server.json"
    configuration.write_text(json.dumps({"cargo": {"callback_delays_secs": [0, 0.3, 0.3], "callback_timeout_secs": 2}}))
    server = Server(tmp_path / "data", options=["--config", str(configuration)])
    server.start()
    yield server
    server.close()


@pytest.fixture
def shop(served):
    served.up("shop", SHOP)
    return served


def push(server, *changes):
    """Each is a row to insert or the id of one to delete."""
    lines = [{"delete": {"domain": change}} if isinstance(change, str) else {"insert": change} for change in changes]
    answer = server.ingest("shop", "companies", lines, update_format="insert_delete")
    assert answer.status_code == 200, answer.text
    server.wait("shop", answer.json()["token"])


def company(number, **more):
    return {"domain": f"d{number}", "name": f"n{number}", "size": number * 100, "seen": None, "born": None, **more}


def where(*conditions, conjonction="and"):
    return {"conjonction": "and", "groups": [{"conjonction": conjonction, "conditions": list(conditions)}]}


def condition(kind, column, operator, **values):
    return {"kind": kind, "columnSlug": column, "operator": operator, **values}


BIG = where(condition("number", "size", "greaterThan", value=150))


def segment(server, filters=BIG, model="shop.companies", **more):
    answer = server.post(SEGMENTS, json={"name": "Big ones", "modelUuid": model, "filter": filters, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["segment"]


def play(server, **more):
    made = workflow(server, "play", **more)
    deploy(server, made["uuid"], nodes=SHORT)
    return made["uuid"]


def batch_of(server, play_uuid, data, path="batches"):
    return server.post(f"{BASE}/{path}", json={"workflowUuid": play_uuid, "data": data})


def told(server, play_uuid):
    """Kinds and ids of the changes of one batch."""
    answer = batch_of(server, play_uuid, {"kind": "change"})
    assert answer.status_code == 200, answer.text
    return changes_of(server, answer.json()["batch"]["uuid"])


def changes_of(server, batch_uuid):
    poll(server, batch_uuid)
    data = [server.get(f"{BASE}/runs/{run['uuid']}").json()["runContext"]["start"] for run in runs(server, batch_uuid)]
    return [(entry["_changeKind"], entry["_id"]) for entry in data]


def waiting():
    """A graph whose runs go on for hours."""
    end = node("end", "end")
    delay = node("wait", "delay", [end], config={"minutes": 600})
    return [node("start", "start", [delay]), delay, end]


def refusal(answer):
    assert answer.json()["errorMessage"], answer.text
    return answer.status_code, answer.json()["reason"]


# Segments


def test_a_segment_is_kept_changed_and_taken_by_plays(shop):
    push(shop, *(company(n) for n in range(5)))
    made = segment(shop, trackingColumnSlugs=["size"])
    assert list(made) == ["uuid", "workspaceUuid", "name", "modelUuid", "filter", "trackingColumnSlugs", "createdAt", "updatedAt"]
    assert (made["name"], made["modelUuid"], made["filter"]) == ("Big ones", "shop.companies", BIG)
    other = segment(shop, ALL)
    shop.kill9()
    shop.start()
    shop.wait_status("shop", "Running")
    assert shop.get(f"{SEGMENTS}/{made['uuid'].upper()}").json()["segment"] == made
    assert shop.get(f"{SEGMENTS}/list").json()["segments"] == [other, made]
    assert shop.get(f"{SEGMENTS}/list", params={"limit": 1, "offset": 1}).json()["segments"] == [made]
    owner = play(shop)
    data = {"kind": "segment", "segmentUuid": made["uuid"]}
    seen = batch_of(shop, owner, data, "batches/preview").json()
    assert (seen["count"], [record["_id"] for record in seen["records"]]) == (3, ["d2", "d3", "d4"])
    batch = batch_of(shop, owner, data).json()["batch"]
    assert batch["data"] == data
    assert poll(shop, batch["uuid"])["runsCount"] == 3
    assert [run["recordId"] for run in runs(shop, batch["uuid"])] == ["d2", "d3", "d4"]
    narrow = where(condition("number", "size", "greaterThan", value=350))
    answer = shop.request("PUT", f"{SEGMENTS}/{made['uuid']}", json={"filter": narrow, "trackingColumnSlugs": None})
    changed = answer.json()["segment"]
    assert changed["filter"] == narrow and changed["name"] == "Big ones" and changed["trackingColumnSlugs"] is None
    assert changed["updatedAt"] > made["updatedAt"] and changed["createdAt"] == made["createdAt"]
    assert batch_of(shop, owner, data, "batches/preview").json()["count"] == 1
    assert shop.request("DELETE", f"{SEGMENTS}/{made['uuid']}").json() == {}
    for answer in [
        shop.get(f"{SEGMENTS}/{made['uuid']}"), shop.request("DELETE", f"{SEGMENTS}/{made['uuid']}"),
        shop.request("PUT", f"{SEGMENTS}/{made['uuid']}", json={"name": "x"}), batch_of(shop, owner, data),
    ]:
        assert refusal(answer) == (404, "segmentNotFound")
    assert shop.get(f"{SEGMENTS}/list").json()["segments"] == [other]


@pytest.mark.parametrize("body, status, reason", [
    ({"modelUuid": "shop.none"}, 404, "modelNotFound"),
    ({"filter": {"conjunction": "and", "groups": []}}, 400, "invalidPayload"),
    ({"filter": where(condition("number", "nothing", "is", value=1))}, 400, "invalidPayload"),
    ({"trackingColumnSlugs": ["nothing"]}, 400, "invalidPayload"),
    ({"trackingColumnSlugs": "size"}, 400, "invalidPayload"),
    ({"name": ""}, 400, "invalidPayload"),
    ({"limit": 5}, 400, "invalidPayload"),
])
def test_segments_that_are_refused(shop, body, status, reason):
    good = {"name": "s", "modelUuid": "shop.companies", "filter": ALL}
    assert refusal(shop.post(SEGMENTS, json={**good, **body})) == (status, reason)
    made = segment(shop)
    assert refusal(shop.request("PUT", f"{SEGMENTS}/{made['uuid']}", json=body)) == (status, reason)
    assert shop.get(f"{SEGMENTS}/{made['uuid']}").json()["segment"] == made


def test_segments_of_another_project_are_not_found(tmp_path):
    admin = {"X-Admin-Key": "the-admin-key-of-this-test"}
    server = Server(
        tmp_path / "data", environment=lambda: {"TIDEMARK_ADMIN_KEY": admin["X-Admin-Key"]}, options=["--auth", "required"])
    server.start()
    try:
        keys = []
        for slug in ("acme", "other"):
            assert server.post("/admin/projects", headers=admin, json={"name": slug, "slug": slug}).status_code == 201
            keys.append(server.post(f"/admin/projects/{slug}/api-keys", headers=admin, json={"name": "k"}).json()["api_key"])
        server.session.headers["X-API-Key"] = keys[0]
        server.up("shop", SHOP)
        made = segment(server)["uuid"]
        server.session.headers["X-API-Key"] = keys[1]
        for method, body in [("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)]:
            assert refusal(server.request(method, f"{SEGMENTS}/{made}", json=body)) == (404, "segmentNotFound")
        assert server.get(f"{SEGMENTS}/list").json() == {"segments": []}
        answer = server.post(f"{BASE}/workflows", json={"name": "p", "kind": "play", "segmentUuid": made})
        assert refusal(answer) == (404, "segmentNotFound")
    finally:
        server.close()


# Filters


def test_filters_of_texts_numbers_and_dates(shop):
    now = datetime.datetime.now(datetime.timezone.utc)
    ages = [datetime.timedelta(days=1), datetime.timedelta(days=20), datetime.timedelta(days=100), datetime.timedelta(days=500)]
    push(shop, *(
        company(n, name=name, seen=(now - age).strftime("%Y-%m-%d %H:%M:%S"), born=f"2025-0{n + 1}-15")
        for n, (name, age) in enumerate(zip(["Acme Corp", "acme inc", "Zed Corp", "O'Neil"], ages))), company(9))
    owner = play(shop)

    def chosen(*conditions):
        answer = batch_of(
            shop, owner, {"kind": "filter", "modelUuid": "shop.companies", "filter": where(*conditions)}, "batches/preview")
        assert answer.status_code == 200, answer.text
        return "".join(record["_id"] for record in answer.json()["records"])

    assert chosen(condition("string", "name", "startsWith", values="Acme")) == "d0"
    assert chosen(condition("string", "name", "startsWith", values=["Acme", "Z"])) == "d0d2"
    assert chosen(condition("string", "name", "endsWith", values="Corp")) == "d0d2"
    assert chosen(condition("string", "name", "endsWith", values="'Neil")) == "d3"
    assert chosen(condition("string", "name", "contains", values="cme")) == "d0d1"
    assert chosen(condition("number", "size", "between", firstValue=100, lastValue=300)) == "d1d2d3"

    def born(operator, **values):
        return chosen(condition("date", "born", operator, **values))

    assert born("is", value="2025-02-15") == "d1"
    assert born("isNot", value="2025-02-15") == "d0d2d3d9"
    assert born("greaterThan", value="2025-02-15") == "d2d3"
    assert born("greaterThanOrEqual", value="2025-02-15") == "d1d2d3"
    assert born("lowerThan", value="2025-02-15T00:00:00Z") == "d0"
    assert born("lowerThanOrEqual", value="2025-02-15") == "d0d1"
    assert born("between", firstValue="2025-02-15", lastValue="2025-03-15") == "d1d2"
    assert born("isNull") == "d9" and born("isNotNull") == "d0d1d2d3"
    day = (now - ages[1]).strftime("%Y-%m-%d")
    assert chosen(condition("date", "seen", "is", value=day)) == "d1"
    assert chosen(condition("date", "seen", "between", firstValue=day, lastValue=day)) == "d1"
    assert chosen(condition("date", "seen", "lowerThan", value="3 months")) == "d2d3"
    assert chosen(condition("date", "seen", "lowerThan", value="1 year")) == "d3"
    assert chosen(condition("date", "seen", "greaterThan", value="3 weeks")) == "d0d1"
    assert chosen(condition("date", "seen", "greaterThan", value="36 hours")) == "d0"
    for wrong in [
        condition("date", "born", "is", value="x"), condition("date", "born", "is"), condition("date", "born", "is", value=5),
        condition("date", "born", "is", value="2025-02-30"), condition("date", "born", "lowerThan", value="6 moons"),
        condition("date", "born", "between", firstValue="2025-01-01"), condition("date", "name", "is", value="2025-01-01"),
        condition("date", "born", "startsWith", value="2"), condition("number", "size", "between", firstValue=1),
        condition("number", "size", "startsWith", value=1), condition("string", "name", "startsWith"),
        condition("date", "born", "is", value="2025-01-01' OR TRUE --"),
    ]:
        answer = batch_of(
            shop, owner, {"kind": "filter", "modelUuid": "shop.companies", "filter": where(wrong)}, "batches/preview")
        assert refusal(answer) == (400, "invalidPayload"), wrong


# Changes


def test_a_play_is_told_of_every_change_once(shop):
    push(shop, *(company(n) for n in range(5)))
    owner = play(shop, segmentUuid=segment(shop)["uuid"])
    assert told(shop, owner) == [("added", "d2"), ("added", "d3"), ("added", "d4")]
    assert told(shop, owner) == []
    push(shop, company(1, size=1000), "d2", company(3, name="other"), company(0, size=3))
    preview = batch_of(shop, owner, {"kind": "change"}, "batches/preview").json()
    assert (preview["count"], [entry["_changeKind"] for entry in preview["records"]]) == (3, ["removed", "added", "updated"])
    shop.kill9()
    shop.start()
    shop.wait_status("shop", "Running")
    assert told(shop, owner) == [("removed", "d2"), ("added", "d1"), ("updated", "d3")]
    push(shop, company(3, name="other"))
    assert told(shop, owner) == [], "what is written again is no change"
    other = play(shop, segmentUuid=segment(shop)["uuid"], changeKinds=["updated"])
    assert told(shop, other) == []
    push(shop, company(4, name="new"), company(7))
    assert told(shop, other) == [("updated", "d4")]
    assert told(shop, owner) == [("updated", "d4"), ("added", "d7")]


def test_only_tracked_columns_make_an_update(shop):
    push(shop, company(2), company(3))
    owner = play(shop, segmentUuid=segment(shop, trackingColumnSlugs=["size"])["uuid"])
    assert len(told(shop, owner)) == 2
    push(shop, company(2, name="x"), company(3, size=301))
    assert told(shop, owner) == [("updated", "d3")]
    uuid_of_segment = shop.get(f"{BASE}/workflows/{owner}").json()["workflow"]["segmentUuid"]
    shop.request("PUT", f"{SEGMENTS}/{uuid_of_segment}", json={"trackingColumnSlugs": None})
    assert told(shop, owner) == [], "another basis is no change"
    push(shop, company(2, name="y"))
    assert told(shop, owner) == [("updated", "d2")]
    shop.request("PUT", f"{SEGMENTS}/{uuid_of_segment}", json={"filter": where(condition("number", "size", "is", value=301))})
    assert told(shop, owner) == [("removed", "d2")]


def test_changes_while_the_server_is_killed(shop):
    """What batches told, one after the other, is the segment: a retried request neither loses nor repeats a change."""
    owner = play(shop, segmentUuid=segment(shop, ALL)["uuid"])
    batches, rows = [], {}
    for turn in range(8):
        for _ in range(10):
            number = random.randrange(12)
            if number in rows and random.random() < 0.3:
                push(shop, f"d{number}")
                del rows[number]
            else:
                rows[number] = company(number, name=str(random.randrange(4)))
                push(shop, rows[number])
        try:
            shop.post(f"{BASE}/batches", json={"workflowUuid": owner, "data": {"kind": "change"}}, timeout=(1, 0.002 * turn + 0.001))
        except OSError:
            pass
        time.sleep(random.random() * 0.05)
        shop.kill9()
        shop.start()
        shop.wait_status("shop", "Running")
    answer = batch_of(shop, owner, {"kind": "change"})
    assert answer.status_code == 200, answer.text
    poll(shop, answer.json()["batch"]["uuid"])
    for batch in reversed(shop.get(f"{BASE}/batches/list", params={"workflowUuids": owner}).json()["batches"]):
        batches.append(changes_of(shop, batch["uuid"]))
    known = set()
    for kind, record in (change for batch in batches for change in batch):
        assert (record in known) == (kind != "added"), (kind, record, batches)
        known = known - {record} if kind == "removed" else known | {record}
    assert known == {f"d{number}" for number in rows}


def test_a_record_with_a_run_waits_when_the_play_says_so(shop):
    push(shop, company(2))
    made = workflow(shop, "play", segmentUuid=segment(shop)["uuid"], runCreationRule="noConcurrency")["uuid"]
    deploy(shop, made, nodes=waiting())

    def batch():
        answer = batch_of(shop, made, {"kind": "change"})
        assert answer.status_code == 200, answer.text
        return answer.json()["batch"]["uuid"]

    first = batch()
    push(shop, company(2, name="x"), company(3))
    second = batch()
    assert [run["recordId"] for run in runs(shop, second)] == ["d3"]
    for one in (first, second):
        assert shop.post(f"{BASE}/batches/{one}/cancel").status_code == 200
        poll(shop, one)
    assert [run["recordId"] for run in runs(shop, batch())] == ["d2"]


def test_plays_that_cannot_be_told(shop):
    bare = play(shop)
    assert refusal(batch_of(shop, bare, {"kind": "change"})) == (400, "invalidPayload")
    keyless = play(shop, segmentUuid=segment(shop, ALL, model="shop.keyless")["uuid"])
    assert refusal(batch_of(shop, keyless, {"kind": "change"})) == (400, "invalidPayload")
    gone = segment(shop)["uuid"]
    owner = play(shop, segmentUuid=gone)
    shop.request("DELETE", f"{SEGMENTS}/{gone}")
    assert refusal(batch_of(shop, owner, {"kind": "change"})) == (404, "segmentNotFound")
    tool = workflow(shop, "tool")["uuid"]
    deploy(shop, tool, nodes=SHORT)
    for kind in ("change", "segment"):
        assert refusal(batch_of(shop, tool, {"kind": kind})) == (400, "invalidDataKind")
    assert refusal(batch_of(shop, owner, {"kind": "segment"})) == (400, "invalidPayload")
    assert refusal(batch_of(shop, owner, {"kind": "segment", "segmentUuid": "x"})) == (400, "invalidUuid")
    shop.stop_pipeline("shop")
    other = play(shop, segmentUuid=segment(shop)["uuid"])
    assert refusal(batch_of(shop, other, {"kind": "change"})) == (503, "unavailable")


# Schedules


def batches_of(server, owner):
    return server.get(f"{BASE}/batches/list", params={"workflowUuids": owner}).json()["batches"]


def until(test, timeout=20.0):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_a_schedule_makes_batches_of_changes_also_after_a_restart(shop):
    push(shop, company(2))
    made = workflow(
        shop, "play", segmentUuid=segment(shop)["uuid"], schedule={"type": "interval", "seconds": 1}, isEnabled=True)
    assert (made["schedule"], made["isEnabled"]) == ({"type": "interval", "seconds": 1}, True)
    assert (made["changeKinds"], made["runCreationRule"]) == (["added", "updated", "removed"], "always")
    owner = made["uuid"]
    time.sleep(1.5)
    assert batches_of(shop, owner) == [], "it has no release yet"
    deploy(shop, owner, nodes=SHORT)
    (first,) = until(lambda: batches_of(shop, owner))
    assert first["data"] == {"kind": "change"} and changes_of(shop, first["uuid"]) == [("added", "d2")]
    time.sleep(2.5)
    assert len(batches_of(shop, owner)) == 1, "where nothing has changed there is no batch"
    push(shop, company(3))
    second = until(lambda: len(batches_of(shop, owner)) == 2 and batches_of(shop, owner))[0]
    assert changes_of(shop, second["uuid"]) == [("added", "d3")]
    shop.request("PUT", f"{BASE}/workflows/{owner}", json={"isEnabled": False})
    time.sleep(0.3)
    push(shop, company(4))
    time.sleep(1.5)
    assert len(batches_of(shop, owner)) == 2, "the schedule rests"
    answer = shop.request("PUT", f"{BASE}/workflows/{owner}", json={"isEnabled": True, "schedule": {"type": "interval", "seconds": 3}})
    assert answer.json()["workflow"]["schedule"]["seconds"] == 3
    shop.kill9()
    time.sleep(7)
    shop.start()
    # Its pipelines come up in any order, and nobody asks for the work.
    third = until(lambda: len(batches_of(shop, owner)) >= 3 and batches_of(shop, owner))
    assert changes_of(shop, third[0]["uuid"]) == [("added", "d4")]
    time.sleep(1.5)
    assert len(batches_of(shop, owner)) == 3, "two times were missed, one batch made"


CRONS = """* * * * *|*/5 * * * *|0 * * * *|30 6 * * *|0 6 * * 1|0 6 * * mon-fri|15,45 9-17 * * 1-5|0 0 1 * *|0 0 1 1 *|59 23 31 12 *
0 12 13 * 5|0 12 * * 7|0 12 * * 0|0 0 29 2 *|*/7 3-21/4 * * *|13 5 */3 * 2-4|59 23 28-31 2,4 *|0 0 1 * 0,6|50/5 * * * *|0 22-23 * * sat
5,10 0 1 JAN-mar/2 *|0 0 31 * *|0 */6 15 */2 *|1-3,57-59 0 * * *|0 0 * dec *|30 4 1-7 * sun|0 8 1,15 * wed|*/20 */8 * 6-8 *|7 7 7 7 *|0 0 30 4,6,9,11 *"""
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()


def numbers(field, least, most, names=()):
    """What one field of a cron expression takes."""
    found = set()
    for part in field.lower().split(","):
        span, _, step = part.partition("/")
        ends = [names.index(end) + least if end in names else end for end in span.split("-")]
        if span == "*":
            first, last = least, most
        elif len(ends) == 2:
            first, last = int(ends[0]), int(ends[1])
        else:
            first = int(ends[0])
            last = most if step else first
        found |= set(range(first, last + 1, int(step or 1)))
    return found


def next_time(cron, after):
    """The first minute behind this moment that a cron expression takes: looked for minute by minute."""
    minute, hour, day, month, weekday = cron.split()
    minutes, hours, months = numbers(minute, 0, 59), numbers(hour, 0, 23), numbers(month, 1, 12, MONTHS)
    days, weekdays = numbers(day, 1, 31), {number % 7 for number in numbers(weekday, 0, 7, DAYS)}
    both = not day.startswith("*") and not weekday.startswith("*")
    time = after.replace(second=0, microsecond=0)
    while True:
        time += datetime.timedelta(minutes=1)
        if time.minute not in minutes or time.hour not in hours or time.month not in months:
            continue
        takes, takes_weekday = time.day in days, time.isoweekday() % 7 in weekdays
        if (takes or takes_weekday) if both else (takes and takes_weekday):
            return time


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_cron_times_are_those_of_the_calendar(shop):
    """The time that the live scheduler waits for is the one that a search minute by minute finds, also after a restart."""
    crons = [cron for line in CRONS.splitlines() for cron in line.split("|")]
    assert len(crons) == 30
    made = segment(shop)["uuid"]
    owners = {}
    for cron in crons:
        owners[cron] = workflow(shop, "play", segmentUuid=made, schedule={"type": "cron", "cron": cron})

    def told(owner):
        return until(lambda: shop.get(f"{BASE}/workflows/{owner['uuid']}").json()["workflow"]["nextRunAt"])

    expected = {cron: next_time(cron, moment(owner["updatedAt"])) for cron, owner in owners.items()}
    for cron in crons:
        time = moment(told(owners[cron]))
        if expected[cron] > datetime.datetime.now(datetime.timezone.utc):
            assert time == expected[cron], cron
        else:
            # It came meanwhile, and the play was refused for want of a release: the next one is told.
            assert time >= expected[cron] and time == next_time(cron, time - datetime.timedelta(minutes=1)), cron
    far = [cron for cron in crons if expected[cron] - moment(owners[cron]["updatedAt"]) > datetime.timedelta(hours=1)]
    shop.kill9()
    shop.start()
    shop.wait_status("workflows", "Running")
    assert len(far) > 15
    for cron in far:
        assert moment(told(owners[cron])) == expected[cron], cron
    resting = shop.request("PUT", f"{BASE}/workflows/{owners[far[0]]['uuid']}", json={"isEnabled": False}).json()["workflow"]
    assert resting["nextRunAt"] is None and resting["postponedReason"] is None


def test_a_play_runs_at_its_cron_time(shop):
    push(shop, company(2))
    owner = play(shop, segmentUuid=segment(shop)["uuid"], schedule={"type": "cron", "cron": "* * * * *"})
    made = shop.get(f"{BASE}/workflows/{owner}").json()["workflow"]
    (first,) = until(lambda: batches_of(shop, owner), timeout=120)
    assert changes_of(shop, first["uuid"]) == [("added", "d2")]
    assert moment(first["createdAt"]) >= next_time("* * * * *", moment(made["createdAt"]))


# Quotas


@pytest.fixture
def limited(tmp_path):
    """A server with keys, and what sets the limits of the project whose key its session has."""
    admin = {"X-Admin-Key": "the-admin-key-of-this-test"}
    server = Server(
        tmp_path / "data", environment=lambda: {"TIDEMARK_ADMIN_KEY": admin["X-Admin-Key"]}, options=["--auth", "required"])
    server.start()
    assert server.post("/admin/projects", headers=admin, json={"name": "acme", "slug": "acme"}).status_code == 201
    key = server.post("/admin/projects/acme/api-keys", headers=admin, json={"name": "k"}).json()["api_key"]
    server.session.headers["X-API-Key"] = key
    server.up("shop", SHOP)

    def limit(**project):
        answer = server.request(
            "PATCH", "/admin/projects/acme", headers=admin, json={"settings": {"rate_limits": {"project": project}}})
        assert answer.status_code == 200, answer.text

    yield server, limit
    server.close()


@pytest.mark.parametrize("count", [2, 5], ids=["fits into a window", "fits into none"])
def test_a_batch_that_a_quota_has_no_room_for_is_made_later(limited, count):
    server, limit = limited
    push(server, *(company(n) for n in range(count)))
    chosen = segment(server, ALL)["uuid"]
    owner = play(server, segmentUuid=chosen)
    limit(records=3, window_secs=8)
    # Two of three records are used.
    assert server.request("PUT", f"{SEGMENTS}/{chosen}", json={"name": "other"}).status_code == 200
    answer = server.request("PUT", f"{BASE}/workflows/{owner}", json={"schedule": {"type": "interval", "seconds": 1}})
    assert answer.status_code == 200, answer.text

    def postponed():
        shown = server.get(f"{BASE}/workflows/{owner}").json()["workflow"]
        return shown if shown["postponedReason"] else None

    shown = until(postponed)
    assert "quota of 3 records in 8 s" in shown["postponedReason"] and moment(shown["nextRunAt"]) > moment(shown["updatedAt"])
    assert len(batches_of(server, owner)) == (0 if count == 2 else 1)

    def told():
        changes = [changes_of(server, batch["uuid"]) for batch in reversed(batches_of(server, owner))]
        return changes if sum(map(len, changes)) >= count else None

    changes = until(told, timeout=60)
    assert max(map(len, changes)) <= 3
    assert [change for batch in changes for change in batch] == [("added", f"d{n}") for n in range(count)], "each once"
    limit(records=1000, window_secs=8)
    until(lambda: server.get(f"{BASE}/workflows/{owner}").json()["workflow"]["postponedReason"] is None, timeout=60)


def test_the_bytes_of_scheduled_batches_count(limited):
    server, limit = limited
    push(server, *(company(n, name="x" * 300) for n in range(4)))
    owner = play(server, segmentUuid=segment(server, ALL)["uuid"])
    limit(bytes=1000, window_secs=6)
    assert server.request(
        "PUT", f"{BASE}/workflows/{owner}", json={"schedule": {"type": "interval", "seconds": 1}}).status_code == 200
    until(lambda: server.get(f"{BASE}/workflows/{owner}").json()["workflow"]["postponedReason"])
    until(lambda: sum(len(changes_of(server, batch["uuid"])) for batch in batches_of(server, owner)) == 4, timeout=60)
    assert len(batches_of(server, owner)) > 1, "no window has room for all of them"


def test_fetches_by_links_count(limited):
    server, limit = limited
    made = server.post(f"{BASE}/runs/download-outputs", json={"outputNodeSlug": "end", "format": "json"})
    assert made.status_code == 200, made.text
    limit(requests=3, window_secs=3600)
    codes = [requests.get(made.json()["url"]).status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]


def test_plays_are_changed_and_refused_what_they_cannot_have(shop):
    made = segment(shop)["uuid"]
    owner = play(shop, segmentUuid=made, schedule={"type": "cron", "cron": "0 6 * * 1"}, healthThreshold=50)
    body = shop.get(f"{BASE}/workflows/{owner}").json()["workflow"]
    assert (body["schedule"], body["healthThreshold"]) == ({"type": "cron", "cron": "0 6 * * 1"}, 50)
    answer = shop.request("PUT", f"{BASE}/workflows/{owner}", json={
        "name": "other", "description": "d", "changeKinds": ["removed"], "runCreationRule": "noConcurrency", "schedule": None,
        "healthThreshold": None})
    changed = answer.json()["workflow"]
    assert (changed["name"], changed["description"], changed["changeKinds"]) == ("other", "d", ["removed"])
    assert (changed["runCreationRule"], changed["schedule"], changed["healthThreshold"]) == ("noConcurrency", None, None)
    assert changed["segmentUuid"] == made and changed["deployedRelease"] == body["deployedRelease"]
    shop.kill9()
    shop.start()
    assert until(lambda: shop.get(f"{BASE}/workflows/{owner}").json().get("workflow")) == changed
    for wrong in [
        {"schedule": "0 6 * * 1"}, {"schedule": {"type": "cron", "cron": "0 6 * *"}}, {"schedule": {"type": "interval", "seconds": 0}},
        {"changeKinds": []}, {"changeKinds": ["changed"]}, {"runCreationRule": "never"}, {"isEnabled": "yes"}, {"segmentUuid": 5},
        {"name": None}, {"nodes": []}, {"kind": "tool"}, {"folder": "x"},
    ]:
        assert refusal(shop.request("PUT", f"{BASE}/workflows/{owner}", json=wrong)) == (400, "invalidPayload"), wrong
    assert refusal(shop.request("PUT", f"{BASE}/workflows/{owner}", json={"segmentUuid": "x"})) == (400, "invalidUuid")
    missing = {"segmentUuid": str(uuid.uuid4())}
    assert refusal(shop.request("PUT", f"{BASE}/workflows/{owner}", json=missing)) == (404, "segmentNotFound")
    assert refusal(shop.request("PUT", f"{BASE}/workflows/{uuid.uuid4()}", json={})) == (404, "workflowNotFound")
    tool = workflow(shop, "tool")
    assert refusal(shop.request("PUT", f"{BASE}/workflows/{tool['uuid']}", json={"isEnabled": True})) == (400, "invalidPayload")
    assert [tool[name] for name in ("segmentUuid", "changeKinds", "runCreationRule", "schedule", "isEnabled")] == [None] * 5
    assert shop.get(f"{BASE}/workflows/{owner}").json()["workflow"] == changed


# Files


def upload(server, data, content_type, **parameters):
    return server.post(f"{BASE}/files", data=data, headers={"content-type": content_type}, params=parameters)


def test_files_of_every_form_are_batches(served):
    rows = [{"domain": "a.com", "note": "says \"hi\",\nand é"}, {"domain": "b.com", "note": None}, {"domain": "c.com", "note": ""}]
    text = 'domain,note\r\na.com,"says ""hi"",\nand é"\r\n\r\nb.com,\r\nc.com,""'
    lines = "\n".join(json.dumps(row) for row in rows) + "\n\n"
    files = [
        upload(served, "\ufeff".encode() + text.encode(), "text/csv; charset=utf-8", name="my companies.csv"),
        upload(served, lines.encode(), "application/x-ndjson"),
        upload(served, json.dumps(rows).encode(), "application/json"),
        served.post(f"{BASE}/files", files={"file": ("list.csv", text.encode())}),
        served.post(f"{BASE}/files", files={"file": ("list.jsonl", lines.encode(), "application/octet-stream")}),
    ]
    for answer in files:
        assert answer.status_code == 200, answer.text
        assert answer.json()["recordsCount"] == 3
    assert files[0].json()["name"] == "my companies.csv" and files[0].json()["contentType"] == "text/csv"
    served.kill9()
    served.start()
    for answer in files:
        data = {"kind": "file", "s3Filename": answer.json()["s3Filename"]}
        made = served.post(f"{BASE}/batches", json={"nodes": SHORT, "data": data})
        assert made.status_code == 200, made.text
        batch = made.json()["batch"]
        assert batch["data"] == data and poll(served, batch["uuid"])["runsCount"] == 3
        given = [served.get(f"{BASE}/runs/{run['uuid']}").json()["runContext"]["start"] for run in runs(served, batch["uuid"])]
        assert given == rows
    preview = served.post(f"{BASE}/batches/preview", json={"data": data}).json()
    assert (preview["count"], preview["records"]) == (3, rows)


@pytest.mark.parametrize("data, content_type, status, told", [
    (b"a,b\n1,2\n1,2,3\n", "text/csv", 400, "line 3 has 3 fields"),
    (b"a,a\n1,2\n", "text/csv", 400, "header"),
    (b"a,\n1,2\n", "text/csv", 400, "header"),
    (b"", "text/csv", 400, "empty"),
    (b"a\n\"x\n\ny", "text/csv", 400, "line 2: a quoted field does not end"),
    (b"a\n\"x\"y\n", "text/csv", 400, "text behind"),
    (b"a\n\xff\n", "text/csv", 400, "UTF-8"),
    (b"{}\n{\n", "application/x-ndjson", 400, "line 2 is not JSON"),
    (b"{}", "application/json", 400, "must be a list"),
    (b"[", "application/json", 400, "not JSON"),
    (b"x", "image/png", 400, "must be CSV"),
    (b"x", "application/octet-stream", 400, "must be CSV"),
    (b"a\n" + b"x\n" * 100_001, "text/csv", 413, "more than 100000 records"),
    (b"a," + b"b" * 60_000 + b"\n" + b"1,2\n" * 2_000, "text/csv", 413, "too much room"),
    (b"x" * (33 << 20), "text/csv", 413, "at most"),
    (b"--x\r\n\r\n", "multipart/form-data; boundary=x", 400, "Content-Disposition"),
    (b"--x--\r\n", "multipart/form-data; boundary=x", 400, "no part"),
    (b"", "multipart/form-data", 400, "boundary"),
], ids=range(18))
def test_files_that_are_refused(served, data, content_type, status, told):
    answer = upload(served, data, content_type)
    reason = "invalidPayload" if status == 400 else "payloadTooLarge"
    assert refusal(answer) == (status, reason) and told in answer.json()["errorMessage"], answer.text


def test_unknown_files(served):
    name = upload(served, b"a\n1\n", "text/csv").json()["s3Filename"]
    for other in (name + "x", str(uuid.uuid4()), "", "../x"):
        answer = served.post(f"{BASE}/batches", json={"nodes": SHORT, "data": {"kind": "file", "s3Filename": other}})
        assert refusal(answer) == (404, "fileNotFound")
    answer = served.post(f"{BASE}/batches", json={"nodes": SHORT, "data": {"kind": "file"}})
    assert refusal(answer) == (400, "invalidPayload")


def test_batches_of_records_share_their_memory(tmp_path):
    """With room for less than one of them, batches and files of any size are made, one after the other."""
    configuration = tmp_path / "server.json"
    configuration.write_text(json.dumps({"work": {"batch_memory_bytes": 1 << 20}}))
    server = Server(tmp_path / "data", options=["--config", str(configuration)])
    server.start()
    try:
        server.up("shop", SHOP)
        push(server, *(company(n, name="x" * 4000) for n in range(600)))
        chosen = segment(server, ALL)["uuid"]
        plays = [play(server, segmentUuid=chosen) for _ in range(3)]
        lines = "\n".join(json.dumps({"n": n, "text": "y" * 1000}) for n in range(2500)).encode()
        wishes = [lambda one=one: batch_of(server, one, {"kind": "change"}).json()["batch"]["uuid"] for one in plays]
        wishes += [lambda one=one: batch_of(server, one, {"kind": "segment", "segmentUuid": chosen}).json()["batch"]["uuid"] for one in plays]
        wishes += 3 * [lambda: upload(server, lines, "application/x-ndjson").json()["s3Filename"]]
        with concurrent.futures.ThreadPoolExecutor(len(wishes)) as pool:
            made = [future.result() for future in [pool.submit(wish) for wish in wishes]]
        for batch in made[:6]:
            assert poll(server, batch)["runsCount"] == 600
        for name in made[6:]:
            answer = server.post(f"{BASE}/batches", json={"nodes": SHORT, "data": {"kind": "file", "s3Filename": name}})
            assert answer.status_code == 200 and poll(server, answer.json()["batch"]["uuid"])["runsCount"] == 2500
    finally:
        server.close()


# Webhooks


def test_a_webhook_is_tried_again_when_asked(served):
    receiver = Receiver()
    try:
        def again(uuid_of_batch):
            return served.post(f"{BASE}/batches/{uuid_of_batch}/webhook/retry")

        silent = create(served, SHORT, [{}])["uuid"]
        poll(served, silent)
        assert refusal(again(silent)) == (409, "noWebhook")
        assert refusal(again(str(uuid.uuid4()))) == (404, "batchNotFound")
        made = create(served, SHORT, [{}], webhookUrl=f"{receiver.base}/fail/4")["uuid"]
        batch = poll(served, made)
        assert [event["status"] for event in settled(served, made)][-1] == "callback_failed"
        assert again(made).json() == {}
        receiver.wait("/fail/4", 5)
        story = until(lambda: settled(served, made)[-1]["status"] == "callback_delivered" and settled(served, made))
        assert [event["detail"].get("attempt") for event in story if event["detail"]] == [1, 2, 3, None, 1, 2]
        assert served.get(f"{BASE}/batches/{made}").json()["batch"] == batch, "the end is not changed by it"
        bodies = {body for _, _, body, _ in receiver.calls("/fail/4")}
        assert len(bodies) == 1
        served.kill9()
        served.start()
        assert until(lambda: again(made).status_code == 200)
        receiver.wait("/fail/4", 6)
        slow = create(served, SHORT, [{}], webhookUrl=f"{receiver.base}/fail/9")["uuid"]
        receiver.wait("/fail/9", 1)
        assert refusal(again(slow)) == (409, "webhookUnderWay")
        endless = create(served, waiting(), [{}], webhookUrl=f"{receiver.base}/ok")["uuid"]
        assert refusal(again(endless)) == (409, "batchNotFinished")
    finally:
        receiver.close()
