"""Puts a changed source in a module's place, in this process only."""

import importlib.machinery
import sys
from pathlib import Path
from typing import Any


def replace(path: Path, source: str, tainted: frozenset[str]) -> None:
    """Have Python read `source` where it would read the file at `path`.

    The file's compiled form is hidden, and none is written. `tainted` are the modules whose machine code
    depends on the file: numba neither takes it from its store nor puts it there.
    """
    sys.dont_write_bytecode = True
    _hide(path, source.encode())
    if "numba" in sys.modules:
        _keep_out(tainted)


def _hide(path: Path, source: bytes) -> None:
    loader: Any = importlib.machinery.SourceFileLoader
    read = loader.get_data
    cached = (str(path.parent / "__pycache__"), f"{path.stem}.")

    def get_data(self: Any, name: str) -> bytes:
        asked = Path(name)
        if asked == path:
            return source
        if str(asked.parent) == cached[0] and asked.name.startswith(cached[1]):
            raise FileNotFoundError(name)
        return bytes(read(self, name))

    loader.get_data = get_data


def _keep_out(tainted: frozenset[str]) -> None:
    from numba.core.dispatcher import Dispatcher

    kind: Any = Dispatcher
    enable = kind.enable_caching

    def enable_caching(self: Any) -> None:
        if self.py_func.__module__ not in tainted:
            enable(self)

    kind.enable_caching = enable_caching
