"""Observes one item, a cargo, a run or a job, through every dialect that shows it.

Method: its history is read before and after all other reads. Each other answer must then be what its dialect says of the
history at one moment between the two, and these moments must not go back."""

from dialects import truth

ROUTE = "/v0/pipelines/workflows"


def history(caller, known, name):
    """The status events of `explain`; None when the server is away."""
    told = caller.read(f"{ROUTE}/explain", params={name: known.id})
    return None if told is None else [event for event in told["timeline"] if event["event"] == "status"]


class Moments:
    """Finds for each answer the earliest moment of the history that explains it."""

    def __init__(self, registry, known, before, after):
        self.registry, self.known, self.before, self.after = registry, known, before, after
        self.at = len(before)

    def expect(self, rule, told, says):
        for moment in range(self.at, len(self.after) + 1):
            if says(self.after[:moment]) == told:
                self.at = moment
                self.registry.checks += 1
                return True
        return self.registry.expect(
            False, rule, self.known.id, told=told, expected=says(self.after), before=self.before, after=self.after)


def extend(registry, known, before, after, ladder):
    """Histories only grow, by steps that the life cycle knows, and for a reason."""
    for shorter, longer in ((known.history, before), (before, after)):
        if not registry.expect(
                longer[:len(shorter)] == shorter, "what was told is not taken back", known.id, before=shorter, after=longer):
            return False
    misstep = truth.misstep(after, ladder)
    return registry.expect(
        misstep is None, "the life cycle in order", known.id, misstep=misstep, history=after, asked=known.asked)


def check_causes(registry, known, before, after):
    statuses = [event["status"] for event in after]
    group = registry.groups.get(known.group)
    cancels = known.asked.get("cancel", 0) + (group.asked.get("cancelled", 0) if group else 0)
    registry.expect(
        not {"cancelled", "cancelling"} & set(statuses) or cancels > 0, "a cancellation was asked for", known.id,
        history=after)
    ends = {"callback_delivered", "callback_failed"}
    retries = truth.turns(after, ends, "callback_pending")
    registry.expect(
        retries <= known.asked.get("retry", 0), "a terminal status changes by an explicit retry only", known.id,
        history=after, asked=known.asked)


def observe(caller, registry, known, chance, is_calm=False, by=None):
    """Several reads; gives up in silence when the server goes away meanwhile, or when another thread looks."""
    if known.watch.acquire(blocking=False):
        try:
            (by or look)(caller, registry, known, chance, is_calm)
        finally:
            known.watch.release()


def look(caller, registry, known, chance, is_calm):
    with known.lock:
        acknowledged = dict(known.acknowledged)
    before = history(caller, known, chance.choice(["subject", {"cargo": "cargo", "orchestration": "run"}.get(
        known.dialect, "job")]))
    if before is None:
        return
    answers = read_all(caller, known, chance, before)
    after = history(caller, known, "subject")
    if after is None or not extend(registry, known, before, after, known.dialect):
        return
    check_causes(registry, known, before, after)
    statuses = [event["status"] for event in before]
    registry.expect(
        not acknowledged.get("cancel") or known.dialect != "cargo" or statuses[-1] == "cancelled",
        "what was acknowledged happened", known.id, acknowledged=acknowledged, history=before)
    retries = truth.turns(before, {"callback_delivered", "callback_failed"}, "callback_pending")
    registry.expect(
        retries >= acknowledged.get("retry", 0), "what was acknowledged happened", known.id, acknowledged=acknowledged,
        history=before)
    moments = Moments(registry, known, before, after)
    for name, body in answers:
        if body is not None:
            CHECKS[name](moments, known, body)
    known.history = after
    observe_sql(caller, registry, known, after, is_calm)
    if chance.random() < 0.3 or is_calm:
        observe_token(caller, registry, known)


def read_all(caller, known, chance, before):
    """Each way to see it once, in any order, under its own id or that of another dialect."""
    own = known.id if chance.random() < 0.5 else known.uuid
    paths = {
        "tracking": f"/cargo/{own}/tracking", "cargo": f"/cargo/{own}", "run": f"/v1/orchestration/runs/{known.uuid}",
        "why": f"{ROUTE}/why?subject={known.id}",
    }
    if known.group:
        paths["job"] = f"/v1/batches/{known.group}?include_job_details=true"
    if truth.end(before):
        paths["result"] = f"/cargo/{own}/result"
    names = list(paths)
    chance.shuffle(names)
    return [(name, caller.read(paths[name])) for name in names]


def check_tracking(moments, known, body):
    def says(history):
        told = truth.cargo_history(history)
        return {
            "cargo_id": known.id, "status": told[-1]["status"], "created_at": history[0]["at"], "updated_at": told[-1]["at"],
        }
    moments.expect("tracking agrees", {name: body[name] for name in says(moments.before)}, says)


def check_cargo(moments, known, body):
    def says(history):
        return {
            "history": truth.cargo_history(history), "status": truth.cargo_word(history[-1]["status"]),
            "cancelled": any(event["status"] == "cancelled" for event in history), "dialect": known.dialect,
            "has_error": truth.is_good(history) is False,
        }
    told = {**{name: body[name] for name in ("history", "status", "cancelled", "dialect")},
            "has_error": body["error"] is not None}
    if not moments.expect("cargo agrees", told, says):
        return
    expected = truth.message(moments.after)
    if expected is not None and body["error"] is not None:
        moments.registry.expect(
            body["error"] == expected, "dialects tell the same error", known.id, cargo=body["error"], history=expected)
    if body["token"] and body["token"] not in known.tokens and known.group is None:
        known.tokens.append(body["token"])
    if known.dialect == "cargo" and body["group"]:
        known.group = body["group"]
        moments.registry.add_group(body["group"], "cargo")
    if body["callback"] and body["callback"]["state"] == "delivered":
        moments.registry.expect(
            any(attempt["status"] and 200 <= attempt["status"] < 300 for attempt in body["callback"]["attempts"]),
            "a delivered callback was answered", known.id, body=body)


def check_run(moments, known, body):
    run = body["run"]

    def says(history):
        ended = truth.end(history)
        return {
            "uuid": known.uuid, "status": truth.run_word(history), "createdAt": history[0]["at"],
            "updatedAt": history[-1]["at"], "finishedAt": ended["at"] if ended else None,
            "executions": truth.executions(history), "errorMessage": truth.message(history),
        }
    told = {name: run[name] for name in says(moments.before)}
    told["executions"] = [(entry["nodeSlug"], entry["status"]) for entry in run["executions"]]
    moments.expect("run agrees", told, says)
    former, known.executions = known.executions, run["executions"]
    for old, new in zip(former, run["executions"]):
        if old["status"] not in ("pending", "running"):
            moments.registry.expect(old == new, "an ended execution stays", known.id, before=old, after=new)
    moments.registry.expect(
        len(run["executions"]) >= len(former), "an ended execution stays", known.id, before=former, after=run)


def check_job(moments, known, body):
    uuid = known.uuid.replace("-", "")
    job = next((job for job in body["data"]["job_details"] if job["job_id"].endswith(uuid)
                or job["job_id"] == known.uuid), None)
    if not moments.registry.expect(job is not None, "a group has its items", known.id, body=body["data"]):
        return

    def says(history):
        ended = truth.end(history)
        started = next((event["at"] for event in history if event["status"] == "processing"), None)
        return {
            "job_id": known.id, "status": truth.job_word(history), "completed_at": ended["at"] if ended else None,
            "started_at": started,
        }
    moments.expect("job agrees", {name: job[name] for name in says(moments.before)}, says)


def check_why(moments, known, body):
    def says(history):
        is_closed = truth.is_closed(history, known.dialect)
        return {
            "status": "complete" if is_closed else "inprogress", "work": history[-1]["status"], "updated": history[-1]["at"],
            "has_reasons": not is_closed, "id": known.id,
        }
    told = {
        "status": body["status"], "work": body["work"]["status"], "updated": body["work"]["updated_at"],
        "has_reasons": bool(body["reasons"]), "id": body["work"]["id"],
    }
    moments.expect("why agrees", told, says)


def check_result(moments, known, body):
    good = truth.is_good(moments.before)
    if "success" in body:
        moments.registry.expect(
            body["success"] == good and body["cargo_id"] == known.id and (body["error"] is None) == good,
            "result agrees", known.id, body=body, history=moments.before)


CHECKS = {
    "tracking": check_tracking, "cargo": check_cargo, "run": check_run, "job": check_job, "why": check_why,
    "result": check_result,
}


def observe_sql(caller, registry, known, told, is_calm):
    """SQL may be a moment behind, or ahead of what is shown; it tells of the same history and never goes back."""
    rows = caller.rows(
        "SELECT status, sequence, created_us, updated_us, group_id, dialect FROM subjects "
        f"WHERE subject = '{known.id}'")
    if rows is None:
        return
    if not rows:
        registry.expect(
            known.sequence < 0 and not known.is_visible and not is_calm, "what was visible in SQL stays", known.id,
            rows=rows)
        return
    row = rows[0]
    registry.expect(
        row["sequence"] >= known.sequence and row["dialect"] == known.dialect, "SQL does not go back", known.id, row=row,
        before=known.sequence)
    known.sequence = max(known.sequence, row["sequence"])
    for _ in range(50):
        if row["sequence"] < len(told):
            break
        told = history(caller, known, "subject")
        if told is None:
            return
    event = told[row["sequence"]] if row["sequence"] < len(told) else None
    registry.expect(
        event is not None and event["status"] == row["status"] and truth.micros(event["at"]) == row["updated_us"]
        and truth.micros(told[0]["at"]) == row["created_us"], "SQL agrees", known.id, row=row, history=told)
    if is_calm:
        registry.expect(row["sequence"] == len(told) - 1, "SQL comes to the end", known.id, row=row, history=told)


def observe_token(caller, registry, known):
    """200 only when what was made is visible; never lost."""
    for token in known.tokens:
        answer = caller.call(
            "GET", f"{ROUTE}/completion_status", params={"token": token, "follow": "true"})
        if answer is None:
            return
        if not registry.expect(
                answer.status_code in (200, 202), "a token is not lost", known.id, answer=answer.text, token=token):
            return
        if answer.status_code == 202:
            registry.expect(not known.is_visible, "complete stays complete", known.id, answer=answer.text)
            continue
        of = f"group_id = '{known.id}' OR subject = '{known.id}'" if known.is_group else f"subject = '{known.id}'"
        rows = caller.rows(f"SELECT COUNT(*) AS n FROM records WHERE sequence = 0 AND ({of})")
        if rows is None:
            return
        known.is_visible = True
        registry.expect(
            sum(row["n"] for row in rows) == 1 + (known.total or 0), "a complete token is visible", known.id, rows=rows, answer=answer.text,
            total=known.total)
