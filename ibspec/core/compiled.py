"""Functions that are compiled when they are first called."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function of numbers and NumPy arrays to machine code, on its first call.

    The code is kept on disk beside the module (or, where that cannot be written, in the user's cache), so
    only the first call on a machine waits. Compiled functions let other threads run meanwhile. Arithmetic
    is IEEE's: nothing is reordered, so the same input gives the same bits.
    """
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


def compiled_loosely(*liberties: str) -> Callable[[F], F]:
    """As `compiled`, with LLVM's fast-math liberties that are named, such as `reassoc` and `contract`.

    The same input still gives the same bits on one machine; another processor may sum in another order.
    """

    def compile_it(function: F) -> F:
        compiler = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=set(liberties))
        return cast(F, compiler(function))

    return compile_it
