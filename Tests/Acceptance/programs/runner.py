"""Runs one case on both sides and says where they part."""

from .case import Contents, records
from .compare import difference
from .driver import Refused
from .oracle import OracleRefused


class Failure(Exception):
    """`kind` is what a smaller case must fail with as well."""

    def __init__(self, kind, view, step, message):
        super().__init__(message)
        self.kind = kind
        self.view = view
        self.step = step


def run(case, driver, oracle, raw=False, sparse=False):
    """Throws Failure, OracleRefused when DuckDB cannot run it, Refused of kind `compile` when we cannot.

    `sparse` asks DuckDB, which takes most of the time, only after the last step, and our own ad-hoc query after each."""
    oracle.load(case)
    driver.load(case.program(), raw, case.memory)
    contents = Contents(case.tables)
    reads_clock = any("NOW()" in v.ours for v in case.views)
    for number, step in enumerate(case.steps):
        is_last = number == len(case.steps) - 1
        queries = [v for v in case.views if v.adhoc and v.kind != "LOCAL" and (sparse or is_last) and not raw]
        try:
            failed = take(case, step, driver, contents, oracle, queries)
        except Refused as refused:
            if refused.kind == "evaluation" and is_out_of_range(case, driver, oracle):
                return
            raise Failure(refused.kind, None, number, str(refused)) from refused
        if reads_clock:
            oracle.tell_time(driver.now)
        for view in case.views:
            if view.kind == "LOCAL":
                continue
            ours = driver.contents[view.name]
            if contents.owed:
                continue
            wrong = [(row, weight) for row, weight in ours.items() if weight < 0]
            if wrong:
                raise Failure("weight", view.name, number, f"{view.name} has rows of negative weight: {wrong[:5]}")
            found = None if sparse and not is_last else difference(ours, oracle.rows(view, driver.types[view.name]))
            if found:
                raise Failure("difference", view.name, number, tell(view, number, found))
        if failed and not contents.owed:
            view, refused = failed[0]
            raise Failure(f"adhoc {refused.kind}", view.name, number, str(refused))


def is_out_of_range(case, driver, oracle):
    """Whether DuckDB, too, has a number in a view that its type cannot hold: both refuse, and the case ends."""
    for view in case.views:
        try:
            if view.kind != "LOCAL":
                oracle.rows(view, driver.types[view.name])
        except OracleRefused as refused:
            if "Out of Range Error" in str(refused):
                return True
    return False


def take(case, step, driver, contents, oracle, queries):
    """Ad-hoc queries that failed, after a step of changes."""
    if step == [None]:
        driver.restart()
        return []
    if step and step[0][1] == "checkpoint":
        driver.checkpoint()
        return []
    if any(change[1] == "poison" for change in step):
        fail(case, step, driver)
        return []
    for change in step:
        contents.apply(change)
    for table, lines in records(step, case.tables).items():
        driver.change(table, lines)
    oracle.fill(contents, {c[0] for c in step})
    return driver.step(queries)


def fail(case, step, driver):
    """A step that must fail."""
    for table, lines in records(step, case.tables).items():
        driver.change(table, lines)
    try:
        driver.step()
    except Refused as refused:
        if refused.kind != "evaluation":
            raise
    else:
        raise Refused("poison", "a step went through that divides by zero")


def tell(view, step, found):
    only_ours, only_theirs = found
    lines = [f"view {view.name} after step {step}: {len(only_ours)} rows only here, {len(only_theirs)} only in DuckDB's answer"]
    lines += [f"  here   {row}" for row in sorted(only_ours, key=repr)[:12]]
    lines += [f"  DuckDB {row}" for row in sorted(only_theirs, key=repr)[:12]]
    return "\n".join(lines)


def failure_of(case, driver, oracle, raw=False, sparse=False):
    """The failure, a refusal of either side, or None."""
    try:
        run(case, driver, oracle, raw, sparse)
    except (Failure, Refused, OracleRefused) as found:
        return found
    return None
