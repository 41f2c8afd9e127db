"""Observes one group, a batch of any dialect or a batch job of cargo, through every dialect: one by one each body must add
up, and between two reads that say that nothing has changed all of them must be equal."""

from collections import Counter

from dialects import truth
from dialects.items import ROUTE, Moments, extend, history, observe_token

EXECUTIONS = ["pending", "running", "success", "error", "cancelled"]


def look(caller, registry, known, chance, is_calm):
    with known.lock:
        acknowledged = dict(known.acknowledged)
    first = batch(caller, known, chance)
    before = history(caller, known, "batch")
    if first is None or before is None:
        return
    reads = {
        "batch": f"/v1/orchestration/batches/{known.uuid}", "why": f"{ROUTE}/why?batch={known.id}",
        "results": f"/v1/batches/{known.id}/results?page_size=1000",
        "runs": f"/v1/orchestration/runs/list?limit=1000&batchUuid={known.uuid}",
        "count": f"/v1/orchestration/runs/count?batchUuid={known.uuid}",
        "metrics": f"/v1/orchestration/runs/get-metrics?batchUuid={known.uuid}",
    }
    names = list(reads)
    chance.shuffle(names)
    told = {name: caller.read(reads[name]) for name in names}
    after = history(caller, known, "subject")
    last = batch(caller, known, chance)
    if after is None or last is None or None in told.values():
        return
    if not extend(registry, known, before, after, "group"):
        return
    check_causes(registry, known, acknowledged, before, after)
    moments = Moments(registry, known, before, after)
    check_status(moments, known, told)
    known.history = after
    check_alone(registry, known, first[1], told)
    check_alone(registry, known, last[1], told)
    check_growth(registry, known, first, last)
    if first[0] == last[0]:
        check_equal(registry, known, first[1], told)
    else:
        check_between(registry, known, first[1], told, last[1])
    for run in told["runs"]["runs"]:
        own = next((job["job_id"] for job in last[1]["job_details"] if run["uuid"].replace("-", "") in
                    job["job_id"].replace("-", "")), None)
        if own:
            registry.item(own, known.dialect, group=known.id)
    observe_progress(caller, registry, known, chance, is_calm)
    observe_token(caller, registry, known)


def batch(caller, known, chance):
    """(what changes with every change, the body) of its status in the batch dialect."""
    own = known.id if chance.random() < 0.5 else known.uuid
    answer = caller.call("GET", f"/v1/batches/{own}?include_job_details=true")
    if answer is None or not caller.registry.expect(
            answer.status_code == 200, "what was acknowledged exists", known.id, answer=answer.text):
        return None
    body = answer.json()
    body = caller.tamper("/v1/batches/", body) if caller.tamper else body
    return answer.headers["ETag"].rsplit("-", 1)[0], body["data"]


def check_causes(registry, known, acknowledged, before, after):
    asked, statuses = known.asked, [event["status"] for event in after]
    if known.dialect != "cargo":
        began = [event for event in after if event["status"] in ("cancelling", "cancelled")]
        by_time = bool(began) and isinstance(began[0]["detail"], dict) and began[0]["detail"].get("as") == "failed"
        registry.expect(
            not began or by_time or asked.get("cancelled", 0) > 0, "a cancellation was asked for", known.id, history=after)
    others = set(statuses) - {"paused"}
    registry.expect(
        truth.turns(after, others, "paused") <= asked.get("paused", 0), "a pause was asked for", known.id, history=after,
        asked=asked)
    # One that has nothing left to hold back ends by itself.
    resumes = sum(
        1 for place in range(len(after) - 1) if [event["status"] for event in after[place:place + 2]] == ["paused", "running"]
        and [event["status"] for event in after[place + 2:place + 3]] != ["completed"])
    registry.expect(resumes <= asked.get("running", 0), "a resumption was asked for", known.id, history=after, asked=asked)
    registry.expect(
        not acknowledged.get("cancelled") or before[-1]["status"] == "cancelled", "what was acknowledged happened", known.id,
        acknowledged=acknowledged, history=before)
    registry.expect(
        not acknowledged.get("cancelling") or {"cancelling", "cancelled"} & {event["status"] for event in before},
        "what was acknowledged happened", known.id, acknowledged=acknowledged, history=before)


def check_status(moments, known, told):
    # In any order: each by itself.
    begin = moments.at

    def expect(rule, value, says):
        moments.at = begin
        moments.expect(rule, value, says)

    def end_of(history):
        ended = next((event for event in history if event["status"] in truth.ENDED_GROUPS), None)
        return ended["at"] if ended else None
    orchestration = told["batch"]["batch"]
    expect(
        "orchestration batch agrees", (orchestration["status"], orchestration["finishedAt"], orchestration["createdAt"]),
        lambda history: (truth.group_run_word(history), end_of(history), history[0]["at"]))
    expect("results agree", told["results"]["data"]["batch_summary"]["status"], truth.group_job_word)
    work = told["why"]["work"]
    expect(
        "why agrees", (work["status"], told["why"]["status"], bool(told["why"]["reasons"]), work["id"]),
        lambda history: (
            history[-1]["status"], "complete" if end_of(history) else "inprogress", not end_of(history), known.id))


def check_alone(registry, known, data, told):
    """Each body by itself."""
    progress, jobs = data["progress"], Counter(job["status"] for job in data["job_details"])
    registry.expect(
        progress["completed"] + progress["failed"] + progress["pending"] + progress["processing"] == progress["total"],
        "counters add up", known.id, body=data)
    registry.expect(
        (progress["completed"], progress["failed"], progress["pending"], progress["processing"], progress["total"],
         progress["skipped"], progress["cancelled"]) == (
            jobs["completed"] + jobs["skipped"], jobs["failed"] + jobs["cancelled"], jobs["pending"], jobs["processing"],
            sum(jobs.values()), jobs["skipped"], jobs["cancelled"]),
        "job details are those that are counted", known.id, progress=progress, jobs=jobs, body=data)
    registry.expect(
        sum(error["count"] for error in data.get("error_summary", [])) == progress["failed"],
        "the error summary counts what failed", known.id, body=data)
    total = progress["total"]
    share = progress["completed"] / total * 100 if total else 0
    registry.expect(abs(data["progress"]["percentage"] - share) < 0.01, "the percentage is right", known.id, body=progress)
    if data["status"] in truth.ENDED_GROUPS:
        registry.expect(
            progress["pending"] + progress["processing"] == 0 and data["timing"]["completed_at"] is not None,
            "what has ended has nothing open", known.id, body=data)
    results, batch_ = told["results"]["data"], told["batch"]["batch"]
    completion, words = results["batch_summary"]["completion"], Counter(job["status"] for job in results["job_results"])
    registry.expect(
        (completion["total_items"], completion["successful"], completion["failed"], completion["skipped"]) == (
            sum(words.values()), words["succeeded"], words["failed"] + words["cancelled"], words["skipped"]),
        "results are those that are counted", known.id, completion=completion, words=words, body=results)
    ended, failed = batch_["executedRunsCount"], batch_["failedRunsCount"]
    registry.expect(0 <= failed <= ended <= batch_["runsCount"], "counters add up", known.id, body=batch_)
    if batch_["finishedAt"]:
        registry.expect(ended == batch_["runsCount"], "what has ended has nothing open", known.id, body=batch_)
    good = (ended - failed) / ended * 100 if ended else 100
    registry.expect(
        batch_["runsStatus"] == ("healthy" if good >= 80 else "unhealthy"), "health agrees", known.id, body=batch_)
    for entry in told["metrics"]["runMetrics"]:
        parts = sum(entry[f"{status}ExecutionsCount"] for status in EXECUTIONS)
        registry.expect(parts == entry["totalExecutionsCount"], "counters add up", known.id, body=entry)


def check_growth(registry, known, first, last):
    """What has ended stays so: from read to read, over crashes too."""
    for tag, data in (first, last):
        progress = data["progress"]
        ended = progress["completed"] + progress["failed"]
        if known.dialect != "cargo":
            registry.expect(
                ended >= known.ended and progress["failed"] >= known.failed, "counters do not go back", known.id, body=data,
                before=(known.ended, known.failed))
        known.ended, known.failed = ended, progress["failed"]
        if known.total is not None:
            registry.expect(progress["total"] == known.total, "the total stays", known.id, body=data, total=known.total)


def counts(data):
    progress = data["progress"]
    return progress["total"], progress["completed"] + progress["failed"], progress["failed"]


def check_equal(registry, known, data, told):
    batch_, completion = told["batch"]["batch"], told["results"]["data"]["batch_summary"]["completion"]
    runs = {run["uuid"].replace("-", ""): run for run in told["runs"]["runs"]}
    registry.expect(
        counts(data) == (batch_["runsCount"], batch_["executedRunsCount"], batch_["failedRunsCount"])
        and counts(data)[0] == told["count"]["count"] == len(runs) == completion["total_items"]
        and counts(data)[2] == completion["failed"] and data["progress"]["skipped"] == completion["skipped"],
        "dialects count the same", known.id, batch=data["progress"], orchestration=batch_, completion=completion,
        count=told["count"], runs=len(runs))
    results = {job["job_id"]: job for job in told["results"]["data"]["job_results"]}
    for job in data["job_details"]:
        run = runs.get(job["job_id"].rsplit("_", 1)[-1].removeprefix("job-").replace("-", ""))
        result = results.get(job["job_id"])
        registry.expect(
            run is not None and result is not None and run["status"] in truth.RUN_OF_JOB[job["status"]]
            and run["finishedAt"] == job["completed_at"] == result["completed_at"]
            and result["status"] == {"completed": "succeeded"}.get(job["status"], job["status"])
            and run["batchUuid"] == known.uuid and run["errorMessage"] == (job.get("error") or {}).get("message", None)
            or run is not None and job["status"] == "cancelled" and run["status"] == "cancelled",
            "a run is its job", known.id, job=job, run=run, result=result)
    registry.expect(
        batch_["creditsUsedCount"] == sum(entry["creditsUsedCount"] for run in runs.values() for entry in run["executions"]),
        "credits add up", known.id, batch=batch_, runs=list(runs.values()))
    executed = Counter(entry["status"] for run in runs.values() for entry in run["executions"])
    metered = Counter()
    for entry in told["metrics"]["runMetrics"]:
        for status in EXECUTIONS:
            metered[status] += entry[f"{status}ExecutionsCount"]
    registry.expect(+executed == +metered, "metrics count the executions", known.id, metrics=told["metrics"], runs=executed)


def check_between(registry, known, first, told, last):
    """Counters of what ends only grow, so what was read between two reads lies between them."""
    if known.dialect == "cargo":
        return
    batch_ = told["batch"]["batch"]
    for place, value in ((1, batch_["executedRunsCount"]), (2, batch_["failedRunsCount"])):
        registry.expect(
            counts(first)[place] <= value <= counts(last)[place], "dialects count the same", known.id,
            before=first["progress"], orchestration=batch_, after=last["progress"])


def observe_progress(caller, registry, known, chance, is_calm):
    rows = caller.rows(f"SELECT status, items FROM progress WHERE group_id = '{known.id}'")
    if rows is None:
        return
    ended = sum(row["items"] for row in rows if row["status"] in truth.WORKED)
    total = sum(row["items"] for row in rows)
    if known.dialect != "cargo":
        registry.expect(ended >= known.sql_ended, "SQL does not go back", known.id, rows=rows, before=known.sql_ended)
        known.sql_ended = ended
        registry.expect(
            total == known.total or known.total is None or not known.is_visible and total < known.total, "the total stays",
            known.id, rows=rows, total=known.total)
    data = batch(caller, known, chance)
    for _ in range(50):
        if data is None or counts(data[1])[1] >= ended:
            break
        data = batch(caller, known, chance)
    if data is not None and known.dialect != "cargo":
        registry.expect(counts(data[1])[1] >= ended, "SQL agrees", known.id, rows=rows, body=data[1]["progress"])
    if data is not None and is_calm:
        registry.expect(counts(data[1])[:2] == (total, ended), "SQL comes to the end", known.id, rows=rows, body=data[1])
