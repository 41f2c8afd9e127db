"""python -m programs --seed 1 --programs 10000 --seconds 600: runs by hand; --show prints the case of a seed."""

import argparse
import time

from . import campaign, generate

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=int(time.time()))
parser.add_argument("--programs", type=int, default=1000)
parser.add_argument("--seconds", type=float, default=1e9)
parser.add_argument("--processes", type=int, default=2)
parser.add_argument("--minimise", type=float, default=20.0)
parser.add_argument("--sparse", action="store_true", help="DuckDB only after the last step")
parser.add_argument("--show", action="store_true")
options = parser.parse_args()
if options.show:
    case = generate.case(options.seed)
    print(case.program())
    for view in case.views:
        print(f"-- DuckDB {view.name}: {view.theirs}")
    for number, step in enumerate(case.steps):
        print(f"-- step {number}: {step}")
else:
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    report = campaign.run(options.seed, options.programs, options.seconds, options.processes, options.minimise, options.sparse)
    print(report)
    print(f"{time.monotonic() - started:.1f} s")
    raise SystemExit(1 if report.failures else 0)
