"""Compiled functions: kept on disk, and compiled anew when what they call has changed."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import ibspec.core.compiled as compiled_module
from ibspec.core.compiled import compiled, compiled_loosely

ABOVE = """
from ibspec.core.compiled import compiled
from made.below import share

@compiled
def twice(x):
    return 2 * share(x)
"""

BELOW = """
from ibspec.core.compiled import compiled

@compiled
def share(x):
    return x {operation}
"""

CALL = "from made.above import twice; print(twice(6.0), sum(twice.stats.cache_hits.values()))"


@pytest.fixture
def call(tmp_path):
    """Call `twice`, whose callee stands in another file, in a fresh process."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "__init__.py").touch()
    (tmp_path / "made" / "above.py").write_text(ABOVE)

    def run(operation: str) -> tuple[float, int]:
        below = tmp_path / "made" / "below.py"
        if not below.exists() or operation not in below.read_text():
            below.write_text(BELOW.format(operation=operation))
        paths = [str(tmp_path), os.getcwd(), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        environment.pop("NUMBA_CACHE_DIR", None)
        done = subprocess.run(
            [sys.executable, "-c", CALL], capture_output=True, text=True, check=True, env=environment
        )
        value, hits = done.stdout.split()
        return float(value), int(hits)

    return run


def test_kept_code_is_used_until_a_callee_in_another_file_changes(call):
    assert call("/ 2") == (6.0, 0)
    assert call("/ 2") == (6.0, 1)
    assert call("/ 3") == (4.0, 0)


def test_where_numba_keeps_its_books_is_known_here():
    """Else every process compiles anew: slow, though right."""

    def same(x):
        return x

    assert compiled(same)._cache._cache_file._source_stamp == compiled_module._stamp(
        compiled_module.Path(__file__).parent
    )


def test_nothing_is_kept_where_the_books_are_elsewhere():
    dispatcher = compiled_module.numba.njit(nogil=True)(lambda x: x + 1.0)
    other = compiled_module._renewed(dispatcher)
    assert isinstance(other, Dispatcher)
    assert other(1.0) == 2.0


def test_loosely_takes_only_the_liberties_that_are_named():
    @compiled_loosely("reassoc")
    def total(values):
        sum_ = 0.0
        for value in values:
            sum_ += value
        return sum_

    assert np.isnan(total(np.array([1.0, np.nan])))
    assert total.targetoptions["fastmath"] == {"reassoc"}
