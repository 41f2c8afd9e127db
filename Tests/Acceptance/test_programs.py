"""Guards invariant 10 with an oracle over random programs: after every step each view equals DuckDB's answer over the same
contents, its snapshot is the sum of its deltas, a restart from a checkpoint changes nothing, and the ad-hoc query says the same.

Seeds TIDEMARK_DIFF_SEED ... TIDEMARK_DIFF_SEED + TIDEMARK_DIFF_PROGRAMS - 1 are run (default: 2000 programs from a fixed
seed; TIDEMARK_DIFF_SEED=random draws one), for at most TIDEMARK_DIFF_SECONDS. `python -m programs --seed N --programs 1` replays one, `--show` prints it. The
files of programs/regressions are cases that once failed, each named for its bug."""

import os
import pathlib
import random

import pytest

from programs import campaign
from programs.case import Case
from programs.driver import BINARY, Driver
from programs.oracle import Oracle
from programs.runner import run

PROGRAMS = int(os.environ.get("TIDEMARK_DIFF_PROGRAMS", "2000"))
SECONDS = float(os.environ.get("TIDEMARK_DIFF_SECONDS", "150" if "TIDEMARK_DIFF_PROGRAMS" not in os.environ else "1e9"))
SEED = os.environ.get("TIDEMARK_DIFF_SEED", "20261121")
SEED = random.SystemRandom().randrange(2**31) if SEED == "random" else int(SEED)
REGRESSIONS = sorted((pathlib.Path(__file__).parent / "programs" / "regressions").glob("*.json"))


@pytest.fixture(scope="module")
def sides():
    assert BINARY.exists(), f"{BINARY} is not there: swift build -c release --product CircuitDriver"
    driver = Driver()
    yield driver, Oracle()
    driver.close()


@pytest.mark.parametrize("path", REGRESSIONS, ids=[p.stem for p in REGRESSIONS])
def test_regression(path, sides):
    run(Case.from_json(path.read_text()), *sides)


def test_random_programs_equal_duckdb():
    print(f"seed {SEED}")
    report = campaign.run(SEED, PROGRAMS, SECONDS)
    print(report)
    assert not report.failures, f"seed {SEED}\n" + "\n\n".join(report.failures)
    # A grammar that is mostly refused would prove little.
    assert report.views > report.programs
    assert sum(report.ours_refused.values()) * 20 < report.programs, str(report)
    assert sum(report.theirs_refused.values()) * 20 < report.programs, str(report)


def test_a_wrong_answer_is_seen_and_cut_down(sides):
    """The harness itself: a view whose two texts differ fails, and little is left of it."""
    from programs.case import Table, View
    from programs.minimise import Minimiser
    from programs.runner import Failure, failure_of
    from programs.sqltypes import INTEGER

    table = Table("t", {"a": INTEGER, "b": INTEGER})
    views = [View("v", "SELECT a FROM t WHERE b > 1", "SELECT a FROM t WHERE b > 2"), View("w", "SELECT b FROM t", "SELECT b FROM t")]
    rows = [[("t", "insert", {"a": i, "b": i % 4})] for i in range(12)]
    case = Case([table], views, rows)
    found = failure_of(case, *sides)
    assert isinstance(found, Failure) and found.view == "v" and found.step == 2
    small = Minimiser(*sides, found.kind, 20).run(case)
    assert [v.name for v in small.views] == ["v"]
    assert sum(len(s) for s in small.steps) == 1
