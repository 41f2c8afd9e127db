"""What the contracts say of one and the same history in each dialect (api/one-core.md), written down once more and apart
from the server. A history is the list of status events that `explain` tells: [{"status", "at", "detail"}], oldest first."""

import datetime

WORKED = {"completed", "failed", "cancelled", "skipped", "callback_pending", "callback_delivered", "callback_failed"}
ENDED_GROUPS = {"completed", "failed", "cancelled", "skipped"}

# What may follow what. A status may also follow itself: the event then tells more of it.
CARGO = {
    "pending": {"batched", "failed", "cancelled"},
    "batched": {"processing", "pending", "failed", "cancelled"},
    "processing": {"completed", "failed", "cancelled"},
    "completed": {"callback_pending"},
    "callback_pending": {"callback_delivered", "callback_failed"},
    # By an explicit retry.
    "callback_delivered": {"callback_pending"}, "callback_failed": {"callback_pending"},
    "failed": set(), "cancelled": set(),
}
RUN = {
    "pending": {"processing", "cancelled", "failed"},
    "processing": {"completed", "failed", "cancelled", "cancelling"},
    "cancelling": {"cancelled", "failed"},
    "completed": set(), "failed": set(), "cancelled": set(),
}
JOB = {
    "pending": {"processing", "skipped", "failed", "cancelled"},
    # Back only to be skipped: the call before a crash was not the only one of this content.
    "processing": {"completed", "failed", "cancelled", "pending"},
    "completed": set(), "failed": set(), "cancelled": set(), "skipped": set(),
}
GROUP = {
    "created": {"running", "paused", "cancelling", "skipped"},
    "running": {"paused", "cancelling", "completed", "failed", "cancelled"},
    "paused": {"running", "cancelling"},
    "cancelling": {"cancelled", "failed"},
    "completed": set(), "failed": set(), "cancelled": set(), "skipped": set(),
}
LADDERS = {"cargo": CARGO, "orchestration": RUN, "batches": JOB, "group": GROUP}

CARGO_WORDS = {"cancelling": "processing", "skipped": "completed", "cancelled": "failed"}
RUN_WORDS = {"pending": "pending", "batched": "pending", "processing": "running", "cancelling": "cancelling"}
GROUP_RUN_WORDS = {
    "created": "pending", "running": "running", "paused": "running", "cancelling": "cancelling",
    "completed": "success", "failed": "error", "cancelled": "cancelled", "skipped": "skipped",
}
GROUP_JOB_WORDS = {"cancelling": "running", "skipped": "completed"}
# A job's word beside a run's.
RUN_OF_JOB = {
    "pending": {"pending"}, "processing": {"running", "cancelling"}, "completed": {"success"}, "skipped": {"success"},
    "failed": {"error"}, "cancelled": {"cancelled"},
}


def micros(text):
    """Of an RFC 3339 text."""
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - datetime.datetime.fromtimestamp(0, datetime.timezone.utc)) // datetime.timedelta(microseconds=1)


def end(history):
    """The event that ended the work; None while it goes on."""
    return next((event for event in history if event["status"] in WORKED), None)


def is_good(history):
    ended = end(history)
    if ended is None:
        return None
    if ended["status"] == "completed":
        return not (isinstance(ended["detail"], dict) and ended["detail"].get("success") is False)
    return ended["status"] == "skipped"


def is_closed(history, dialect):
    last = history[-1]["status"]
    if last == "completed":
        return dialect != "cargo"
    return last in {"callback_delivered", "callback_failed", "failed", "cancelled", "skipped"}


def cargo_word(status):
    return CARGO_WORDS.get(status, status)


def cargo_history(history):
    told = []
    for event in history:
        word = cargo_word(event["status"])
        if not told or told[-1]["status"] != word:
            told.append({"status": word, "at": event["at"]})
    return told


def run_word(history):
    last = history[-1]["status"]
    if last in RUN_WORDS:
        return RUN_WORDS[last]
    if last == "cancelled":
        return "cancelled"
    return "success" if is_good(history) else "error"


def job_word(history):
    statuses = [event["status"] for event in history]
    if end(history) is None:
        return "pending" if statuses[-1] in ("pending", "batched") else "processing"
    for word in ("skipped", "cancelled"):
        if word in statuses:
            return word
    return "completed" if is_good(history) else "failed"


def group_run_word(history):
    phases = [event["detail"].get("phase") for event in history
              if event["status"] == "created" and isinstance(event["detail"], dict)]
    if history[-1]["status"] == "created" and phases and phases[-1]:
        return phases[-1]
    return GROUP_RUN_WORDS[history[-1]["status"]]


def group_job_word(history):
    last = history[-1]["status"]
    return GROUP_JOB_WORDS.get(last, last)


def executions(history):
    """[(slug, status)] of a run, each execution in its last version."""
    told = []
    for event in history:
        execution = event["detail"].get("execution") if isinstance(event["detail"], dict) else None
        if execution is None:
            continue
        entry = (execution["nodeSlug"], execution["status"])
        if execution["index"] == len(told):
            told.append(entry)
        else:
            told[execution["index"]] = entry
    return told


def message(history):
    """Why the work failed, as all dialects tell it."""
    ended = end(history)
    detail = ended["detail"] if ended and isinstance(ended["detail"], dict) else {}
    error = detail.get("error")
    return error.get("message") if isinstance(error, dict) else None


def misstep(history, ladder):
    """The first step that the life cycle does not know; None when there is none."""
    statuses = [event["status"] for event in history]
    for before, after in zip(statuses, statuses[1:]):
        if after != before and after not in LADDERS[ladder][before]:
            return f"{before} -> {after}"
    for before, after in zip(history, history[1:]):
        if before["at"] > after["at"] and micros(before["at"]) > micros(after["at"]):
            return f"time goes back at {after['status']}"
    if ladder == "batches":
        for place in range(2, len(statuses)):
            if statuses[place - 2:place] == ["processing", "pending"] and statuses[place] != "skipped":
                return "processing -> pending -> " + statuses[place]
    return None


def turns(history, before, after):
    """How often a status came right after another."""
    statuses = [event["status"] for event in history]
    return sum(1 for pair in zip(statuses, statuses[1:]) if pair[0] in before and pair[1] == after)
