"""`python -m tests.mutants --sample 400 --seed 1`: how many of so many faults do the tests notice?"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from random import Random

for threads in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(threads, "1")  # before torch is imported: children share the machine between them

from tests.mutants.choosing import Timings  # noqa: E402
from tests.mutants.forking import warm  # noqa: E402
from tests.mutants.imports import Imports  # noqa: E402
from tests.mutants.judging import Judges  # noqa: E402
from tests.mutants.making import sample  # noqa: E402
from tests.mutants.reporting import entry, is_killed, write  # noqa: E402

AREAS = {
    "estimators": ("ibspec/estimators",),
    "analysis": ("ibspec/analysis", "ibspec/dynamics"),
    "schedules": ("ibspec/schedules",),
    "claims": ("ibspec/claims",),
    "verification": ("verification",),
}
"""Whose faults are tried: what computes, and what judges it. The sample has as many from each."""

FOLDERS = ("ibspec", "tests", "verification")


def main() -> int:
    """Exit status 0 where at least nine faults in ten were noticed."""
    options = _options()
    begun = time.monotonic()
    root = options.root.resolve()
    imports = Imports(root, tuple(options.folders))
    areas = {"chosen": options.only} if options.only else AREAS
    mutants, counts = [], {}
    for number, (area, rooms) in enumerate(areas.items()):
        places = [root / room for room in rooms]
        modules = {n: p for n, p in imports.paths.items() if any(q == p or q in p.parents for q in places)}
        share = (options.sample + number) // len(areas)
        drawn, counts[area] = sample(modules, share, options.seed)
        mutants += drawn
    Random(options.seed).shuffle(mutants)  # a run that is stopped has seen something of every area
    _say(begun, f"{len(mutants)} mutants of {counts}")
    entries: list[dict[str, object]] = []
    if options.again:
        before = {one["key"]: one for one in json.loads(options.again.read_text())["mutants"]}
        settled = {mutant.key for mutant in mutants if is_killed(before.get(mutant.key, {"verdict": ""}))}
        entries = [before[mutant.key] for mutant in mutants if mutant.key in settled]
        mutants = [mutant for mutant in mutants if mutant.key not in settled]
    timings = Timings(options.report / "mutants-timings.json", root)
    warm(imports.strangers)
    facts = {"seed": options.seed, "sample": options.sample, "possible": counts, "broken": timings.broken}
    judges = Judges(imports, timings, options.jobs, lambda line: _say(begun, line))
    trying = time.monotonic()
    for number, judged in enumerate(judges.judge(mutants), 1):
        entries.append(entry(judged))
        rest = (time.monotonic() - trying) / number * (len(mutants) - number) / 60
        which = f"{judged.mutant.module}:{judged.mutant.line} {judged.verdict} {judged.seconds:.1f} s"
        _say(
            begun,
            f"{number}/{len(mutants)} {which}; {sum(map(is_killed, entries))} noticed, {rest:.0f} min left",
        )
        write(options.report, facts, entries)  # so that a run that is stopped can go on: --again
    print(write(options.report, facts, entries))
    return 0 if 10 * sum(map(is_killed, entries)) >= 9 * len(entries) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=400, help="mutants to try")
    parser.add_argument("--seed", type=int, default=1, help="which sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="mutants tried at a time")
    parser.add_argument(
        "--report", type=Path, default=Path("reports"), help="folder for the report and the timings"
    )
    parser.add_argument(
        "--again", type=Path, help="an earlier mutants.json: try only what it did not see noticed"
    )
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the tree")
    parser.add_argument(
        "--only", nargs="+", help="folders or files whose faults are tried, instead of all areas"
    )
    parser.add_argument(
        "--folders", nargs="+", default=FOLDERS, help="folders of the tree with the code and its tests"
    )
    return parser.parse_args()


def _say(begun: float, line: str) -> None:
    print(f"[{(time.monotonic() - begun) / 60:5.1f} min] {line}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
