"""What is to be true of all objects together: at any moment in SQL, and of every dialect when all has come to its end."""

import json
import time
from collections import Counter

from dialects import truth
from dialects.items import ROUTE

SNAPSHOT = """
SELECT 'progress' AS source, group_id, status, items FROM progress
UNION ALL SELECT 'subjects', group_id, status, COUNT(*) FROM subjects
WHERE kind = 'item' AND group_id IS NOT NULL GROUP BY group_id, status
"""
OPEN = """
SELECT subject, kind, dialect, status FROM subjects WHERE kind IS NOT NULL AND (status IN (
  'pending', 'batched', 'processing', 'cancelling', 'callback_pending', 'created', 'running', 'paused')
  OR (status = 'completed' AND kind = 'item' AND dialect = 'cargo'))
"""


def check_snapshot(caller, registry):
    """One query sees one step: two views of one table must agree in it."""
    rows = caller.rows(SNAPSHOT)
    if rows is None:
        return
    sources = {"progress": Counter(), "subjects": Counter()}
    for row in rows:
        sources[row["source"]][row["group_id"], row["status"]] += row["items"]
    registry.expect(
        sources["progress"] == sources["subjects"], "views agree in one query", "progress and subjects",
        differ=[str(entry) for entry in (sources["progress"] - sources["subjects"]).items()])


def check_lists(caller, registry, chance):
    """A list by status shows nothing of another status."""
    status = chance.choice(["pending", "processing", "callback_delivered", "failed", "callback_pending"])
    body = caller.read(f"/cargo?status={status}&limit=50")
    if body is not None:
        registry.expect(
            all(entry["status"] == status for entry in body["cargo"]), "a list shows what is asked", f"cargo {status}",
            body=body)
    status = chance.choice(["running", "paused", "completed", "cancelled"])
    body = caller.read(f"/v1/batches?status={status}&page_size=50")
    if body is not None:
        registry.expect(
            all(entry["status"] == status for entry in body["data"]["batches"]), "a list shows what is asked",
            f"batches {status}", body=[(entry["batch_id"], entry["status"]) for entry in body["data"]["batches"]])
    status = chance.choice(["running", "success", "cancelled"])
    body = caller.read(f"/v1/orchestration/batches/list?statuses={status}&limit=20")
    if body is not None:
        registry.expect(
            all(entry["status"] == status for entry in body["batches"]), "a list shows what is asked",
            f"orchestration {status}", body=[(entry["uuid"], entry["status"]) for entry in body["batches"]])


def wait_for_ends(caller, registry, seconds):
    """Resumes what is paused; everything ends."""
    deadline = time.monotonic() + seconds
    while True:
        rows = caller.rows(OPEN)
        if rows == []:
            return
        for row in rows or []:
            if row["status"] == "paused":
                registry.add_group(row["subject"], "batches").ask("running")
                caller.call("PUT", f"/v1/batches/{row['subject']}/state", json={"state": "running"})
        if time.monotonic() > deadline:
            for row in (rows or [])[:5]:
                registry.violate(
                    "all comes to an end", row["subject"], row=row, open=len(rows),
                    explain=caller.read(f"{ROUTE}/explain", params={"subject": row["subject"]}))
            return
        time.sleep(0.1)


def adopt(caller, registry):
    """What SQL knows and no client was told of: at most one for each request that got no answer, with its items."""
    rows = caller.rows("SELECT subject, kind, dialect, group_id FROM subjects WHERE kind IS NOT NULL")
    strangers = Counter()
    for row in sorted(rows, key=lambda row: row["kind"]):
        if row["kind"] == "group":
            if row["subject"] not in registry.groups:
                if row["dialect"] != "cargo":
                    strangers[row["dialect"]] += 1
                registry.add_group(row["subject"], row["dialect"]).ask("cancelled")
        elif row["subject"] not in registry.items:
            if row["group_id"] is None or row["dialect"] == "cargo":
                strangers[row["dialect"]] += 1
            registry.item(row["subject"], row["dialect"], group=row["group_id"])
    for dialect, count in strangers.items():
        registry.expect(
            count <= registry.unanswered.get(dialect, 0), "nothing is there twice or by itself", dialect, count=count,
            unanswered=registry.unanswered)
    known = {row["subject"] for row in rows}
    for own in list(registry.items) + list(registry.groups):
        registry.expect(own in known, "what was acknowledged exists", own)


def check_totals(caller, registry):
    """Every dialect's lists count what SQL counts, by status."""
    sql = Counter()
    for row in caller.rows(
            "SELECT kind, dialect, status, COUNT(*) AS n FROM subjects WHERE kind IS NOT NULL "
            "GROUP BY kind, dialect, status"):
        sql[row["kind"], row["dialect"], row["status"]] = row["n"]
    cargo, cursor = Counter(), "0"
    while cursor is not None:
        page = caller.read(f"/cargo?limit=1000&cursor={cursor}")
        cargo.update(entry["status"] for entry in page["cargo"])
        cursor = page["next_cursor"]
    expected = Counter()
    for (kind, dialect, status), count in sql.items():
        if (kind, dialect) == ("item", "cargo"):
            expected[truth.cargo_word(status)] += count
    registry.expect(cargo == expected, "totals agree", "cargo", list=cargo, sql=expected)
    batches, more, number = Counter(), True, 1
    while more:
        data = caller.read(f"/v1/batches?page_size=100&page={number}")["data"]
        batches.update(entry["status"] for entry in data["batches"])
        more, number = data["pagination"]["has_more"], number + 1
    expected = Counter()
    for (kind, dialect, status), count in sql.items():
        if (kind, dialect) == ("group", "batches"):
            expected[truth.GROUP_JOB_WORDS.get(status, status)] += count
    registry.expect(batches == expected, "totals agree", "batches", list=batches, sql=expected)
    told = caller.read("/v1/orchestration/batches/list?limit=1000")["batches"]
    expected = Counter()
    for (kind, dialect, status), count in sql.items():
        if (kind, dialect) == ("group", "orchestration"):
            expected[truth.GROUP_RUN_WORDS[status]] += count
    registry.expect(
        Counter(entry["status"] for entry in told) == expected, "totals agree", "orchestration batches", sql=expected,
        list=Counter(entry["status"] for entry in told))
    runs = caller.read("/v1/orchestration/runs/count")["count"]
    expected = sum(count for (kind, dialect, _), count in sql.items() if (kind, dialect) == ("item", "orchestration"))
    registry.expect(runs == expected, "totals agree", "runs", count=runs, sql=expected)
    check_progress(caller, registry)
    return sql


def check_callbacks(caller, registry, world, crashes):
    """At least once under one id, of the body that the result has; and none of what owes none."""
    rows = caller.rows("SELECT subject, status FROM subjects WHERE kind = 'item' AND dialect = 'cargo'")
    for row in rows:
        cargo, status = row["subject"], row["status"]
        calls = world.callbacks.get(cargo, [])
        if status in ("failed", "cancelled"):
            registry.expect(not calls, "what has failed is not called back", cargo, status=status, calls=len(calls))
            continue
        good = sum(1 for call in calls if 200 <= call[3] < 300)
        retries = registry.items[cargo].asked.get("retry", 0)
        registry.expect(
            (good > 0 or status != "callback_delivered") and len(calls) > 0, "called back at least once", cargo,
            status=status, calls=[str(call[:2]) for call in calls])
        registry.expect(good <= 1 + crashes + retries, "called back no more than needed", cargo, good=good, retries=retries)
        names = {
            tuple(call[1].get(name) for name in ("webhook-id", "idempotency-key", "x-convoy-cargo-id")) for call in calls}
        registry.expect(names <= {(cargo, cargo, cargo)}, "called back under one id", cargo, names=[str(n) for n in names])
        for seen in {call[4] for call in calls} - {None}:
            registry.expect(
                seen in ("callback_pending", "callback_delivered", "callback_failed"), "called back in state order",
                cargo, seen=seen)
        bodies = {call[2] for call in calls}
        result = caller.read(f"/cargo/{cargo}/result")
        registry.expect(
            len(bodies) == 1 and json.loads(next(iter(bodies))) == result, "the callback is the result", cargo, result=result,
            bodies=[str(body) for body in bodies])


def check_progress(caller, registry):
    """Counters of all groups, as the lists of two dialects show them, are those of SQL."""
    sql = {}
    for row in caller.rows("SELECT group_id, status, items FROM progress"):
        entry = sql.setdefault(row["group_id"], [0, 0])
        entry[0] += row["items"]
        entry[1] += row["items"] if row["status"] in truth.WORKED else 0
    told = caller.read("/v1/batches?page_size=1000")["data"]["batches"]
    counted = {entry["batch_id"]: [
        entry["progress"]["total"], entry["progress"]["completed"] + entry["progress"]["failed"]] for entry in told}
    told = caller.read("/v1/orchestration/batches/list?limit=1000")["batches"]
    counted.update({entry["uuid"]: [entry["runsCount"], entry["executedRunsCount"]] for entry in told})
    for own, entry in counted.items():
        registry.expect(entry == sql.get(own, [0, 0]), "totals agree", own, list=entry, sql=sql.get(own))


def check_outputs(caller, registry, world, groups):
    """An answer that a dialect shows is one that the provider gave for that item; and it is the same in both."""
    for known in groups:
        results = caller.read(f"/v1/batches/{known.id}/results?page_size=1000")["data"]["job_results"]
        for job in results:
            output = job.get("result") if isinstance(job.get("result"), dict) else {}
            if "creditsUsedCount" in output and known.dialect != "orchestration":
                registry.expect(
                    output["nonce"] in world.outputs.get(job["job_id"], ()), "an output was given", job["job_id"], job=job)
        for job in results[:3] if known.dialect == "cargo" else []:
            body = caller.read(f"/cargo/{job['job_id']}/result")
            error = (job.get("error") or {}).get("message")
            registry.expect(
                body["response"] == job.get("result") and body["error"] == error, "results are the same", job["job_id"],
                job=job, cargo=body)


def check_native(registry, clients):
    """Everything that was acknowledged is complete, and visible in both pipelines."""
    for client in clients:
        deadline = time.monotonic() + 20
        for lot in client.lots:
            while not client.status("native", client.tokens[lot]):
                if not registry.expect(time.monotonic() < deadline, "all comes to an end", f"lot {lot}"):
                    return
                time.sleep(0.02)
            client.check_lot(lot)
        copied = sum(client.lots[lot][0] for lot in client.copies)
        for lot, token in client.copies.items():
            while not client.status("second", token):
                if not registry.expect(time.monotonic() < deadline, "all comes to an end", f"copy {lot}"):
                    return
                time.sleep(0.02)
        first, last = client.number * 1_000_000, (client.number + 1) * 1_000_000
        rows = client.caller.rows(f"SELECT SUM(n) AS n FROM copies WHERE lot > {first} AND lot < {last}", "second")
        unsure = sum(count for lot, (count, _) in client.lots.items() if lot not in client.copies)
        n = rows[0]["n"] or 0
        registry.expect(copied <= n <= copied + unsure, "copies add up", client.name, sql=rows, copied=copied)
