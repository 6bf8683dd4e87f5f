"""Which module imports which, read from the text; names are followed through packages to their makers."""

import ast
from collections import deque
from functools import cached_property
from pathlib import Path
from typing import final


@final
class Imports:
    """The modules below some folders of a tree, and what each of them imports."""

    def __init__(self, root: Path, folders: tuple[str, ...]) -> None:
        """Read every module of `folders`, which lie in `root`."""
        self.root = root
        self.paths = {
            _name(path.relative_to(root)): path
            for folder in folders
            for path in sorted((root / folder).rglob("*.py"))
        }
        self._trees = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in self.paths.items()}

    @cached_property
    def edges(self) -> dict[str, set[str]]:
        """What each module imports directly; a test imports the conftest of every folder above it too."""
        found = {name: self._of(name) - {name} for name in self.paths}
        for name in found:
            parts = name.split(".")
            above = (".".join([*parts[:n], "conftest"]) for n in range(len(parts)))
            if parts[-1].startswith("test_"):
                found[name] |= {conftest for conftest in above if conftest in found}
        return found

    @cached_property
    def strangers(self) -> set[str]:
        """Modules from elsewhere that are imported somewhere."""
        names: set[str] = set()
        for tree in self._trees.values():
            for node in ast.walk(tree):
                if isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                    names.add(node.module)
        return {name for name in names if name.split(".")[0] not in {n.split(".")[0] for n in self.paths}}

    def distances(self, name: str) -> dict[str, int]:
        """How many imports lead from each module to `name`; modules that never come to it are absent."""
        reversed_edges: dict[str, set[str]] = {}
        for importer, imported in self.edges.items():
            for one in imported:
                reversed_edges.setdefault(one, set()).add(importer)
        found, queue = {name: 0}, deque([name])
        while queue:
            here = queue.popleft()
            for importer in sorted(reversed_edges.get(here, ())):
                if importer not in found:
                    found[importer] = found[here] + 1
                    queue.append(importer)
        return found

    def _of(self, name: str) -> set[str]:
        found: set[str] = set()
        for node in ast.walk(self._trees[name]):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names if alias.name in self.paths}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {self._home(node.module, alias.name) for alias in node.names}
        return found & self.paths.keys()

    def _home(self, module: str, name: str, depth: int = 0) -> str:
        """Where `name`, imported from `module`, is made."""
        below = f"{module}.{name}"
        if below in self.paths:
            return below
        if module in self.paths and self.paths[module].name == "__init__.py" and depth < 5:
            for node in self._trees[module].body:
                if isinstance(node, ast.ImportFrom) and node.module:
                    for alias in node.names:
                        if name == (alias.asname or alias.name):
                            return self._home(node.module, alias.name, depth + 1)
        return module


def _name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
