"""Answers that are wrong in one place: each must break the rule that is named beside it. With them the checks show that they
can fail."""

import copy

from dialects import groups, items, totals
from dialects.registry import Caller, Known, Registry


def change(path, edit):
    """A tamper that edits a copy of the bodies of one path."""
    def tamper(asked, body):
        if path not in asked:
            return body
        body = copy.deepcopy(body)
        edit(body)
        return body
    return tamper


def set_at(*way):
    *way, value = way

    def edit(body):
        for name in way[:-1]:
            body = body[name]
        body[way[-1]] = value(body[way[-1]]) if callable(value) else value
    return edit


def more(number):
    return number + 1


def bad_row(name, value):
    def edit(rows):
        for row in rows:
            if name in row:
                row[name] = value(row[name]) if callable(value) else value
    return edit


def other_end(body):
    """A terminal status that became another one."""
    events = [event for event in body["timeline"] if event["event"] == "status"]
    events[-1]["status"] = "cancelled" if events[-1]["status"] != "cancelled" else "failed"


def revival(body):
    body["timeline"].append({**body["timeline"][-1], "event": "status", "status": "processing"})


def forgetting(body):
    body["timeline"].pop()


# (rule, path, edit), for one item: a cargo that was called back.
CARGO = [
    ("tracking agrees", "/tracking", set_at("status", "processing")),
    ("tracking agrees", "/tracking", set_at("updated_at", "2001-01-01T00:00:00Z")),
    ("cargo agrees", "/cargo/", lambda body: body.get("history", [0]).pop()),
    ("run agrees", "/runs/", set_at("run", "status", "error")),
    ("run agrees", "/runs/", set_at("run", "finishedAt", None)),
    ("job agrees", "include_job_details", lambda body: [job.update(status="failed") for job in body["data"]["job_details"]]),
    ("a group has its items", "include_job_details", set_at("data", "job_details", [])),
    ("why agrees", "/why", set_at("work", "status", "callback_pending")),
    ("why agrees", "/why", set_at("status", "inprogress")),
    ("result agrees", "/result", set_at("success", lambda success: not success)),
    ("SQL agrees", "sql", bad_row("status", "processing")),
    ("SQL agrees", "sql", bad_row("updated_us", more)),
    ("what was visible in SQL stays", "sql", lambda rows: rows.clear()),
    ("a complete token is visible", "sql", bad_row("n", 0)),
    ("what was told is not taken back", "/explain", other_end),
    ("what was told is not taken back", "/explain", forgetting),
    ("the life cycle in order", "/explain", revival),
]
# For one run with executions.
RUN = [
    ("run agrees", "/runs/", lambda body: body["run"]["executions"][-1].update(status="error")),
    ("an ended execution stays", "/runs/", lambda body: body["run"]["executions"][0].update(title="another")),
    ("tracking agrees", "/tracking", set_at("status", "batched")),
]
# For one batch that is completed.
BATCH = [
    ("counters add up", "/v1/batches/", lambda body: body["data"]["progress"].update(
        pending=body["data"]["progress"]["pending"] + 1) if "progress" in body["data"] else None),
    ("the percentage is right", "/v1/batches/", lambda body: body["data"]["progress"].update(percentage=12.3)
     if "progress" in body["data"] else None),
    ("dialects count the same", "/orchestration/batches/", set_at("batch", "runsCount", more)),
    ("dialects count the same", "/runs/count", set_at("count", more)),
    ("orchestration batch agrees", "/orchestration/batches/", set_at("batch", "status", "running")),
    ("health agrees", "/orchestration/batches/", set_at(
        "batch", "runsStatus", lambda word: "healthy" if word == "unhealthy" else "unhealthy")),
    ("results are those that are counted", "/results", set_at("data", "batch_summary", "completion", "failed", more)),
    ("results agree", "/results", set_at("data", "batch_summary", "status", "running")),
    ("a run is its job", "/runs/list", lambda body: body["runs"][0].update(status="cancelled")),
    ("why agrees", "/why", set_at("work", "status", "running")),
    ("SQL comes to the end", "sql", bad_row("items", more)),
    ("a complete token is visible", "sql", bad_row("n", more)),
    ("what was told is not taken back", "/explain", other_end),
    ("the life cycle in order", "/explain", revival),
]


def told(base, known, seed, chance, tamper):
    """The rules that one look at an object finds broken, after an honest one."""
    registry = Registry(seed)
    twin = Known(known.id, known.dialect, known.is_group, known.group, known.total)
    twin.asked, twin.tokens = {"retry": 99, "cancel": 99, "cancelled": 99, "paused": 99, "running": 99}, list(known.tokens)
    look = groups.look if known.is_group else items.look
    look(Caller(base, registry), registry, twin, chance, True)
    assert not registry.violations, registry.report()
    look(Caller(base, registry, tamper), registry, twin, chance, True)
    return {rule for rule, _ in registry.violations}


def missed(base, known, lies, seed, chance):
    """The lies about this object that were not seen."""
    return [
        (rule, path) for rule, path, edit in lies
        if rule not in told(base, known, seed, chance, change(path, edit))
    ]


def missed_totals(base, registry, world, chance):
    """The same for what is said of all objects together."""
    misses = []

    def expect(rule, check):
        if rule not in {rule for rule, _ in check()}:
            misses.append(rule)

    def lie(path, edit, check):
        def run():
            fresh = Registry(registry.seed)
            fresh.items, fresh.groups = registry.items, registry.groups
            check(Caller(base, fresh, change(path, edit)), fresh)
            return fresh.violations
        return run

    def callbacks(edit):
        def run():
            fresh = Registry(registry.seed)
            fresh.items = registry.items
            kept, world.callbacks = world.callbacks, copy.deepcopy(world.callbacks)
            edit(world.callbacks)
            try:
                totals.check_callbacks(Caller(base, fresh), fresh, world, 0)
            finally:
                world.callbacks = kept
            return fresh.violations
        return run

    def spoil(place, value):
        def edit(calls):
            for cargo, list_ in calls.items():
                calls[cargo] = [call[:place] + (value(call[place]),) + call[place + 1:] for call in list_]
        return edit

    expect("totals agree", lie("/cargo?", lambda body: body["cargo"].pop(), totals.check_totals))
    expect("totals agree", lie("/v1/batches?", lambda body: body["data"]["batches"].pop(), totals.check_totals))
    expect("totals agree", lie("batches/list", lambda body: body["batches"].pop(), totals.check_totals))
    expect("totals agree", lie("runs/count", set_at("count", more), totals.check_totals))
    expect("views agree in one query", lie("sql", lambda rows: rows.pop(), totals.check_snapshot))
    expect("nothing is there twice or by itself", lie(
        "sql", lambda rows: rows.append({"subject": "crg_x", "kind": "item", "dialect": "cargo", "group_id": None}),
        lambda caller, fresh: (setattr(fresh, "items", dict(fresh.items)), totals.adopt(caller, fresh))))
    expect("what was acknowledged exists", lie("sql", lambda rows: rows.pop(), totals.adopt))
    expect("called back at least once", callbacks(lambda calls: calls.clear()))
    expect("called back under one id", callbacks(spoil(1, lambda fields: {**fields, "webhook-id": "another"})))
    expect("the callback is the result", callbacks(spoil(2, lambda body: body.replace(b"true", b"false"))))
    expect("called back in state order", callbacks(spoil(4, lambda seen: "processing")))
    expect("called back no more than needed", callbacks(
        lambda calls: [list_.extend(list_ * 120) for list_ in calls.values()]))
    return misses
