"""Many cases in several processes; tells what failed, cut down."""

import collections
import dataclasses
import json
import multiprocessing
import time
import traceback

from . import generate
from .driver import Driver, Refused
from .minimise import Minimiser
from .oracle import Oracle, OracleRefused
from .runner import Failure, failure_of

FAILURES_MAX = 5
TEXT_MAX = 6000


@dataclasses.dataclass
class Report:
    programs: int = 0
    views: int = 0
    steps: int = 0
    ours_refused: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    theirs_refused: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    failures: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.programs += other.programs
        self.views += other.views
        self.steps += other.steps
        self.ours_refused += other.ours_refused
        self.theirs_refused += other.theirs_refused
        self.failures += other.failures

    def __str__(self):
        lines = [f"{self.programs} programs, {self.views} views, {self.steps} steps, "
                 f"refused {sum(self.ours_refused.values())} here, {sum(self.theirs_refused.values())} by DuckDB, "
                 f"{len(self.failures)} failures"]
        for title, counter in (("here", self.ours_refused), ("DuckDB", self.theirs_refused)):
            lines += [f"  refused ({title}) {count}x: {message}" for message, count in counter.most_common(12)]
        return "\n".join(lines)


def examine(seed, driver, oracle, report, minimise_seconds, sparse=False):
    """One seed. A refused view is dropped with those that read it, and the rest runs."""
    case = generate.case(seed)
    report.programs += 1
    found = failure_of(case, driver, oracle, sparse=sparse)
    for _ in range(len(case.views)):
        if not isinstance(found, (Refused, OracleRefused)) or len(case.views) < 2:
            break
        note(found, report, seed)
        case.views.pop()
        case = generate.sorted_out(case)
        found = failure_of(case, driver, oracle, sparse=sparse)
    report.views += len(case.views)
    report.steps += len(case.steps)
    if isinstance(found, (Refused, OracleRefused)):
        note(found, report, seed)
        if isinstance(found, Refused) and found.kind != "compile":
            report.failures.append(f"seed {seed}: {found}\n{case.program()}")
    elif found is not None:
        report.failures.append(told(seed, case, found, driver, oracle, minimise_seconds))


def note(found, report, seed):
    if isinstance(found, Refused):
        lines = str(found).split("\n")
        report.ours_refused[f"{lines[0][:150]} (seed {seed})" if "Not yet" not in lines[0] else lines[0][:150]] += 1
    else:
        report.theirs_refused[str(found).split("\n")[0].split(": ", 1)[-1][:150]] += 1


def told(seed, case, found, driver, oracle, minimise_seconds):
    """The report of a failure: seed, SQL, rows, both answers, and what kind of error it may be."""
    small = Minimiser(driver, oracle, found.kind, minimise_seconds).run(case)
    again = failure_of(small, driver, oracle) or found
    hints = []
    raw = failure_of(small, driver, oracle, raw=True)
    hints.append("without rewrites: " + ("the same" if isinstance(raw, Failure) else "right"))
    one = generate.sorted_out(small.but(steps=[[c for s in small.steps for c in s if c and c[1] not in ("checkpoint", "poison")]]))
    hints.append("all in one step: " + ("the same" if isinstance(failure_of(one, driver, oracle), Failure) else "right"))
    parts = [f"seed {seed}: {found.kind}; {'; '.join(hints)}", small.program()]
    parts += [f"-- DuckDB {v.name}: {v.theirs}" for v in small.views if v.theirs != v.ours]
    parts += [f"-- step {i}: {s}"[:TEXT_MAX] for i, s in enumerate(small.steps)]
    data = json.dumps(json.loads(small.to_json()), ensure_ascii=False)
    if len(data) > TEXT_MAX:
        data = f"is too long to show; replay it with --seed {seed} --programs 1"
    return "\n".join([*parts, str(again), f"case: {data}"])


def _work(first, stride, programs, seconds, minimise_seconds, sparse, results):
    driver, oracle, report = Driver(), Oracle(), Report()
    started = time.monotonic()
    seed = first
    while report.programs < programs and time.monotonic() - started < seconds and len(report.failures) < FAILURES_MAX:
        known = len(report.failures)
        try:
            examine(seed, driver, oracle, report, minimise_seconds, sparse)
        except Exception:
            report.failures.append(f"seed {seed}: the harness failed\n{traceback.format_exc()}")
        # At once, too: a campaign that is ended from outside has told what it found.
        for failure in report.failures[known:]:
            print(failure, flush=True)
        seed += stride
    driver.close()
    results.put(report)


def run(seed, programs, seconds, processes=2, minimise_seconds=20.0, sparse=False):
    """Seeds from `seed` on, dealt to the processes."""
    results = multiprocessing.Queue()
    workers = [
        multiprocessing.Process(
            target=_work, args=(seed + i, processes, (programs + processes - 1 - i) // processes, seconds, minimise_seconds, sparse, results))
        for i in range(processes)]
    for worker in workers:
        worker.start()
    report = Report()
    for _ in workers:
        report.add(results.get())
    for worker in workers:
        worker.join()
    return report
