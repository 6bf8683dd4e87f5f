"""Real processes on damaged files and odd arguments: exit code 0, 2 or 3, one message, never a traceback.

Most are forked off a process that has imported the package (see forking.py); some are started from nothing.
"""

import json
import os
import queue
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.amount import PROCESSES, SEED
from tests.fuzz.documents import EXTREMES, WORDS, known_specs, places
from tests.fuzz.mutations import mutated
from tests.fuzz.run_directories import READ_BY, copy_run
from tests.spec.documents import TINY

SECONDS = 60
"""Until a process counts as hanging; the slowest takes a few."""

FROM_NOTHING = 4

WORKERS = 2

ALLOWED = {0, 2, 3}

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Case:
    """Arguments, and the directory that holds the files they name."""

    directory: Path
    arguments: list[str]


class Server:
    """A process that has imported the package, and forks."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.forking"],
            cwd=ROOT,
            env=environment(place),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stdin is not None
        self.answers, self.questions = self.process.stdout, self.process.stdin

    def ask(self, case: Case) -> tuple[int, str, str]:
        out, err = case.directory / "stdout", case.directory / "stderr"
        question = {"directory": str(case.directory), "arguments": case.arguments, "seconds": SECONDS}
        self.questions.write(json.dumps(question | {"out": str(out), "err": str(err)}) + "\n")
        self.questions.flush()
        answer = json.loads(self.answers.readline())
        return answer["code"], read(out), read(err)

    def end(self) -> None:
        self.questions.close()
        self.process.wait(10)


def read(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def environment(place: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("IBSPEC")}
    one = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return kept | one | {"XDG_CACHE_HOME": str(place / "cache"), "PYTHONPATH": str(ROOT), "no_proxy": "*"}


def start_from_nothing(case: Case, place: Path) -> tuple[int, str, str]:
    ended = subprocess.run(
        [sys.executable, "-m", "ibspec", *case.arguments],
        cwd=case.directory,
        env=environment(place),
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )
    return ended.returncode, ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace")


def judge(case: Case, code: int, out: str, err: str) -> None:
    said = f"{case.arguments!r:.600} in {case.directory}: exit code {code}\n{out[-500:]}\n{err[-2000:]}"
    allowed = ALLOWED | {1} if case.arguments[:1] == ["verify"] else ALLOWED
    assert code in allowed, said
    assert "Traceback" not in out + err, said
    assert "error in ibspec itself" not in err, said
    assert (code == 0) or err.strip(), said
    assert all(letter in "\n\t" or letter.isprintable() for letter in out + err), said
    assert len(err) < 20_000, said


class Maker:
    """Draws cases and writes their files."""

    def __init__(self, run: Path, place: Path) -> None:
        self.run, self.place, self.rng, self.count = run, place, random.Random(f"{SEED} processes"), 0
        self.sound = sorted(path.name for path in run.iterdir() if path.is_file())

    def make(self) -> Case:
        self.count += 1
        directory = self.place / f"{self.count:04d}"
        directory.mkdir()
        kind = self.rng.choices(
            (self.of_spec, self.of_run, self.of_list, self.of_arguments), weights=(10, 6, 2, 3)
        )[0]
        return Case(directory, kind(directory))

    def of_spec(self, directory: Path) -> list[str]:
        """validate, plan or run on a damaged spec, or on a sound one with odd overrides."""
        rng = self.rng
        document = json.loads(json.dumps(TINY if rng.random() < 0.8 else rng.choice(known_specs())))
        content = json.dumps(document, indent=1).encode()
        overrides: list[str] = []
        match rng.randrange(4):
            case 0:
                content = mutated(content, rng)
            case 1:
                overrides = self._overrides(document)
            case _:
                content = self._changed(document)
        (directory / "spec.json").write_bytes(content)
        command = rng.choices(("validate", "plan", "run"), weights=(10, 2, 1))[0]
        words = [command, "spec.json", *(word for each in overrides for word in ("--set", each))]
        if command == "run":
            # What is valid runs to its end; the figures are tried by `plot`.
            words += ["--quiet", "--set", 'figures=["loss"]', "--set", "training.epochs=1"]
        return words

    def _changed(self, document: dict[str, Any]) -> bytes:
        path = self.rng.choice(places(document)[1:])
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = self.rng.choice([each for each in (*EXTREMES, *WORDS, [], {}) if is_short(each)])
        return json.dumps(document).encode()

    def _overrides(self, document: dict[str, Any]) -> list[str]:
        path = ".".join(str(step) for step in self.rng.choice(places(document)[1:]))
        value = self.rng.choice([*EXTREMES, *WORDS, "", "x=y"])
        shown = json.dumps(value) if is_short(value) and not isinstance(value, str) else str(value)[:1000]
        return [f"{path}={shown}".replace("\0", "").encode("utf-8", "replace").decode()]

    def of_run(self, directory: Path) -> list[str]:
        """plot or verify on a run with a damaged file."""
        copy = copy_run(self.run, directory / "runs" / "tiny" / "one")
        name = self.rng.choice([*READ_BY, *self.sound])
        file = copy / name
        if file.exists():
            content = file.read_bytes()
            if name.endswith(".json") and self.rng.random() < 0.5:
                file.write_bytes(self._changed(json.loads(content)))
            else:
                file.write_bytes(mutated(content or b"x", self.rng))
        command = self.rng.choice(("plot", "verify", "list"))
        if command == "list":
            return ["list", "runs"]
        return [command, "runs/tiny/one", *(("--figure", "loss") if command == "plot" else ())]

    def of_list(self, directory: Path) -> list[str]:
        (directory / "specs").mkdir()
        for name in ("one.json", "two.json"):
            content = json.dumps({**TINY, "about": self.rng.choice(["fine", *WORDS])}).encode()
            (directory / "specs" / name).write_bytes(mutated(content, self.rng))
        return ["list", self.rng.choice(("specs", "specs", "runs", "figures", "x"))]

    def of_arguments(self, directory: Path) -> list[str]:
        """Words in any order, few of which make sense together."""
        (directory / "spec.json").write_text(json.dumps(TINY))
        known = ["validate", "plan", "plot", "verify", "list", "spec.json", "--set", "--device", "--data-dir"]
        odd = [word for word in WORDS if len(word) < 1000 and "\0" not in word and word.isascii()]
        words = [self.rng.choice(known[:5]), *(self.rng.choice([*known, *odd]) for _ in range(3))]
        # Without a RUN, verify is pytest on this directory's own verification/.
        return ["verify", ".", *words[1:]] if words[0] == "verify" else words


def is_short(value: Any) -> bool:
    return not (isinstance(value, int) and abs(value) > 10**100)


@pytest.fixture(scope="module")
def servers(tmp_path_factory) -> Iterator["queue.Queue[Server]"]:
    free: queue.Queue[Server] = queue.Queue()
    started = [Server(tmp_path_factory.mktemp("server")) for _ in range(WORKERS)]
    for server in started:
        assert server.answers.readline() == "ready\n"
        free.put(server)
    yield free
    for server in started:
        server.end()


def test_processes_end_as_they_should(servers, made_run, tmp_path):
    maker = Maker(made_run, tmp_path)
    making = threading.Lock()
    codes: dict[str, set[int]] = {}
    failures: list[str] = []

    def try_one(index: int) -> None:
        with making:
            case = maker.make()
        if index < FROM_NOTHING:
            code, out, err = start_from_nothing(case, tmp_path)
        else:
            server = servers.get()
            try:
                code, out, err = server.ask(case)
            finally:
                servers.put(server)
        try:
            judge(case, code, out, err)
        except AssertionError as error:
            failures.append(str(error).split("\nassert")[0])
        codes.setdefault(case.arguments[0], set()).add(code)

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in [pool.submit(try_one, index) for index in range(PROCESSES)]:
            done.result()
    assert not failures, f"seed {SEED}, {len(failures)} failures:\n" + "\n".join(failures[:8])
    assert codes["validate"] >= {0, 2}, codes
    assert {"validate", "plan", "run", "plot", "verify", "list"} <= codes.keys()
