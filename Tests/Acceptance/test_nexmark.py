"""Guards issue 3's Nexmark: each query, fed in random steps, ends with DuckDB's answer over the files that `tidemark nexmark` writes of the same seed.

TIDEMARK_SEED sets the seed of data and steps. The engine runs in NexmarkBench, without a server."""

import json
import os
import pathlib
import subprocess
import sys
import time

import duckdb
import pytest

from harness import BINARY, ROOT

sys.path.insert(0, str(ROOT / "bench" / "nexmark"))
import queries  # noqa: E402

SEED = int(os.environ.get("TIDEMARK_SEED", str(int(time.time()))))
BENCH = pathlib.Path(os.environ.get("NEXMARK_BENCH", BINARY.parent / "NexmarkBench"))
EVENTS = 100_000
# Two events a second: 14 hours, so that days, hours and windows differ.
RATE = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Data, dumps of all views, and what the bench said of each."""
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("nexmark")
    options = ["--events", str(EVENTS), "--seed", str(SEED), "--rate", str(RATE)]
    subprocess.run([str(BINARY), "nexmark", "--out", str(folder), *options], check=True, stdout=subprocess.DEVNULL)
    run = subprocess.run(
        [str(BENCH), "all", "--sql", str(ROOT / "bench" / "nexmark" / "sql"), "--dump", str(folder / "views"), "--step-rows", "1500",
         "--random-steps", str(SEED), *options],
        check=True, stdout=subprocess.PIPE, text=True)
    (folder / "lines").write_text(run.stdout)
    return folder


@pytest.fixture(scope="module")
def oracle(folder):
    connection = duckdb.connect()
    for table in queries.COLUMNS:
        connection.execute(f"CREATE TABLE {table} AS SELECT * FROM {queries.source(table, folder / f'{table}.ndjson')}")
    connection.execute(f"CREATE TABLE side_input AS {queries.SIDE_INPUT}")
    return connection


def difference(oracle, ours, theirs):
    """Rows that only one of two bags has."""
    return oracle.execute(
        f"SELECT 'ours', * FROM (SELECT * FROM {ours} EXCEPT ALL SELECT * FROM {theirs}) UNION ALL "
        f"SELECT 'theirs', * FROM (SELECT * FROM {theirs} EXCEPT ALL SELECT * FROM {ours}) LIMIT 4").fetchall()


def test_generator_and_files_agree(oracle):
    """The files hold the 1:3:46 of the events."""
    counts = [oracle.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in queries.COLUMNS]
    assert counts == [EVENTS // 50, EVENTS // 50 * 3, EVENTS // 50 * 46]


@pytest.mark.parametrize("query", list(queries.DUCKDB))
def test_view_equals_duckdb(query, folder, oracle):
    facts = [json.loads(line) for line in (folder / "lines").read_text().splitlines()]
    mine = [fact for fact in facts if fact["query"] == query]
    assert mine and "error" not in mine[0], mine
    assert mine[0]["steps"] >= 3, "the data come in steps"
    oracle.execute(f"CREATE OR REPLACE TABLE theirs AS {queries.DUCKDB[query]}")
    described = oracle.execute("SELECT * FROM theirs LIMIT 0").description
    names = [f"c{index}" for index in range(len(described))]
    types = ", ".join(f"'{name}': '{column[1]}'" for name, column in zip(names, described))
    oracle.execute(f"CREATE OR REPLACE TABLE theirs AS SELECT * FROM theirs AS t({', '.join(names)})")
    oracle.execute(
        f"CREATE OR REPLACE TABLE ours AS SELECT * FROM read_csv('{folder / 'views' / (query + '.csv')}', header = false, delim = ',', "
        f"quote = '\"', nullstr = '', allow_quoted_nulls = false, auto_detect = false, columns = {{{types}}})")
    assert oracle.execute("SELECT count(*) FROM theirs").fetchone()[0] > 0, "the query has an answer"
    if query not in queries.CHOICES:
        assert difference(oracle, "ours", "theirs") == [], f"seed {SEED}"
        return
    certain, candidates = queries.CHOICES[query]
    columns = ", ".join(names[index] for index in certain)
    assert difference(oracle, f"(SELECT {columns} FROM ours)", f"(SELECT {columns} FROM theirs)") == [], f"seed {SEED}"
    oracle.execute(f"CREATE OR REPLACE TABLE candidates AS {candidates}")
    leading = ", ".join(names[:len(oracle.execute("SELECT * FROM candidates LIMIT 0").description)])
    assert oracle.execute(f"SELECT {leading} FROM ours EXCEPT ALL SELECT * FROM candidates LIMIT 4").fetchall() == [], f"seed {SEED}"
