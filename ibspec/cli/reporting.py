"""Errors for people, and the exit codes."""

import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec

import typer

from ibspec.cli.saying import complain

INTERRUPTED = 130
FAILED = 3

Arguments = ParamSpec("Arguments")


def reported(command: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Turn what a command raises into one readable message and the exit code of docs/guide.md.

    2: something to change in the spec or the arguments; 3: the run or the machine failed;
    130: interrupted. Set IBSPEC_TRACEBACK=1 to see where an unexpected error came from.
    """

    @functools.wraps(command)
    def careful(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:
            message, code = _explain(error)
            complain(message)
            raise typer.Exit(code) from None

    return careful


def _explain(error: BaseException) -> tuple[str, int]:
    if isinstance(error, KeyboardInterrupt):
        return "; ".join(["interrupted", *getattr(error, "__notes__", [])]), INTERRUPTED
    # Not imported here: that would bring torch, perhaps just after an interruption in the middle of it.
    errors = sys.modules.get("ibspec.core.errors")
    if errors is not None and isinstance(error, errors.IbspecError):
        return str(error), error.exit_code
    match error:
        case MemoryError():
            return "out of memory; lower measure.probe.size, training.batch_size or the layers", FAILED
        case OSError():
            return f"the system refused: {error}", FAILED
        case _:
            if os.environ.get("IBSPEC_TRACEBACK"):
                traceback.print_exception(error)
            return f"an error in ibspec itself, {type(error).__name__}: {error}", FAILED


__all__ = ["FAILED", "INTERRUPTED", "complain", "reported"]
