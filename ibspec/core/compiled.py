"""Functions that are compiled when they are first called."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function of numbers and NumPy arrays to machine code, on its first call.

    The code is kept on disk beside the module (or, where that cannot be written, in the user's cache), so
    only the first call on a machine waits. Compiled functions let other threads run meanwhile. Arithmetic
    is IEEE's: nothing is reordered, so the same input gives the same bits.
    """
    return cast(F, _renewed(numba.njit(cache=True, nogil=True, error_model="numpy")(function)))


def compiled_loosely(*liberties: str) -> Callable[[F], F]:
    """As `compiled`, with LLVM's fast-math liberties that are named, such as `reassoc` and `contract`.

    The same input still gives the same bits on one machine; another processor may sum in another order.
    """

    def compile_it(function: F) -> F:
        compiler = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=set(liberties))
        return cast(F, _renewed(compiler(function)))

    return compile_it


def _renewed(dispatcher: Any) -> Any:
    """Renew kept code when any file beside the function's own changes.

    numba looks at the function's own file only, and would go on using what it compiled of functions that
    this one calls. It offers no way to say so; where it keeps its books elsewhere than in the version that
    we know, nothing is kept.
    """
    books: Any = getattr(getattr(dispatcher, "_cache", None), "_cache_file", None)
    if books is not None and hasattr(books, "_source_stamp"):
        books._source_stamp = _stamp(Path(dispatcher.py_func.__code__.co_filename).parent)
        return dispatcher
    options = {name: value for name, value in dispatcher.targetoptions.items() if name != "nopython"}
    return numba.njit(**options)(dispatcher.py_func)


@lru_cache
def _stamp(room: Path) -> tuple[tuple[str, float, int], ...]:
    files = [(file.name, file.stat()) for file in sorted(room.glob("*.py"))]
    return tuple((name, status.st_mtime, status.st_size) for name, status in files)
