"""Runs the command line in a process that is told when to die.

`python -m tests.faults.driver MOMENT ARGUMENTS...` is `ibspec ARGUMENTS...` with states written as often as
possible. MOMENT is `never`; `write:N`, which kills the process inside its N-th write, at one of four places
in turn: half of the bytes written, all written and not flushed, flushed and not renamed, just renamed; or
`disk:N`, from whose N-th write on the disk is full.
"""

import errno
import os
import signal
import sys
from pathlib import Path

from ibspec.core import atomic
from ibspec.results import PartWriter
from ibspec.runner import keeping


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _arm(kind: str, number: int) -> None:
    writes = 0
    write = atomic._write

    def counting(path: Path, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if kind == "disk" and writes >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if kind == "write" and writes == number:
            place = number % 4
            if place == 3:
                write(path, data)
                _die()
            temporary = path.parent / f".{path.name}.killed"
            with temporary.open("wb") as file:
                file.write(data[: len(data) // 2] if place == 0 else data)
                if place == 2:
                    file.flush()
                    os.fsync(file.fileno())
                _die()
        write(path, data)

    atomic._write = counting


def main() -> None:
    moment, *arguments = sys.argv[1:]
    keeping.SECONDS, keeping.SHARE = 0.05, 1.0
    PartWriter.__init__.__defaults__ = (0.05, ())
    if moment != "never":
        kind, number = moment.split(":")
        _arm(kind, int(number))
    sys.argv = ["ibspec", *arguments]
    from ibspec.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
