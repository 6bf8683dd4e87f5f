"""Runs `python -m ibspec` in real processes that need not import everything again.

One process imports the package and waits; for each line of JSON on its standard input it forks. The child has
its own directory, arguments, files for output and limits, and runs the package as `python -m ibspec` does:
`runpy` on its `__main__`, with the exit code that Python gives. What it does not try again is the import.
"""

import contextlib
import json
import os
import resource
import runpy
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOM = 4 * 2**30
"""Bytes of address space beyond what the imports take."""


def main() -> None:
    import ibspec.cli.drawing
    import ibspec.cli.listing
    import ibspec.cli.running
    import ibspec.cli.showing
    import ibspec.cli.verifying
    import ibspec.report
    import ibspec.verify  # noqa: F401

    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_ask(json.loads(line))), flush=True)


def _ask(case: dict[str, Any]) -> dict[str, Any]:
    child = os.fork()
    if child == 0:
        try:
            code = _be(case)
        except BaseException:
            code = 99
        os._exit(code)
    start = time.monotonic()
    watch = os.pidfd_open(child)
    is_over = bool(select.select([watch], [], [], case["seconds"])[0])
    os.close(watch)
    if not is_over:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status) if is_over else -1000
    return {"code": code, "seconds": time.monotonic() - start}


def _be(case: dict[str, Any]) -> int:
    os.chdir(case["directory"])
    for number, name in ((1, case["out"]), (2, case["err"])):
        handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(handle, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(n, mode) for n, mode in ((0, "r"), (1, "w"), (2, "w")))
    sys.stderr.reconfigure(errors="backslashreplace")
    size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, size + ROOM))
    sys.argv = ["ibspec", *case["arguments"]]
    code: Any = 0
    try:
        runpy.run_module("ibspec", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = end.code
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    return code if isinstance(code, int) else 0 if code is None else 1


if __name__ == "__main__":
    main()
