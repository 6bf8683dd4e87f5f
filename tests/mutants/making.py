"""Mutants: a module's source with one fault in it."""

import ast
import difflib
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import final

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from tests.mutants.faults import examples_of, faults_of, is_left_alone


@final
@dataclass(frozen=True)
class Mutant:
    """A module with one fault: `line` is where, `diff` the lines before and after it."""

    module: str
    path: Path
    line: int
    operator: str
    diff: str
    source: str

    @property
    def key(self) -> str:
        """The same for the same fault in the same surroundings, wherever the line has moved to."""
        return hashlib.sha256(f"{self.module}\n{self.diff}".encode()).hexdigest()[:12]


@final
class _Places(cst.CSTVisitor):
    """Where a fault may stand: (line, operator, node, what takes its place)."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, *, of_claims: bool) -> None:
        super().__init__()
        self.of_claims = of_claims
        self.examples: list[cst.CSTNode] = []
        self.found: list[tuple[int, str, cst.CSTNode, cst.CSTNode]] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if self.of_claims:
            self.examples += examples_of(node)
        if is_left_alone(node) or any(node is example for example in self.examples):
            return False
        for operator, other in faults_of(node):
            line = self.get_metadata(PositionProvider, node).start.line
            self.found.append((line, operator, node, other))
        return True


@final
class _Instead(cst.CSTTransformer):
    def __init__(self, node: cst.CSTNode, other: cst.CSTNode) -> None:
        super().__init__()
        self.node, self.other = node, other

    def on_leave(self, original_node: cst.CSTNode, updated_node: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        return self.other if original_node is self.node else updated_node


def places(module: str, path: Path) -> tuple[cst.Module, list[tuple[int, str, cst.CSTNode, cst.CSTNode]]]:
    """A module's tree and the faults that it could have, in the order of the text."""
    wrapper = MetadataWrapper(cst.parse_module(path.read_text(encoding="utf-8")))
    visitor = _Places(of_claims=module.split(".")[0] == "verification")
    wrapper.visit(visitor)
    return wrapper.module, visitor.found


def mutants_of(module: str, path: Path, numbers: Iterable[int] | None = None) -> Iterator[tuple[int, Mutant]]:
    """The mutants of a module, numbered; what cannot be compiled or says the same is left out."""
    source = path.read_text(encoding="utf-8")
    tree, found = places(module, path)
    for number in range(len(found)) if numbers is None else numbers:
        line, operator, node, other = found[number]
        changed = tree.visit(_Instead(node, other)).code
        if _is_different(source, changed):
            yield number, Mutant(module, path, line, operator, _diff(source, changed), changed)


def sample(modules: dict[str, Path], size: int, seed: int) -> tuple[list[Mutant], int]:
    """Mutants drawn evenly from all places of all modules, in the order drawn; the number of places."""
    counts = {name: len(places(name, path)[1]) for name, path in sorted(modules.items())}
    everywhere = [(name, number) for name, count in counts.items() for number in range(count)]
    Random(seed).shuffle(everywhere)
    drawn: dict[tuple[str, int], Mutant] = {}
    spare = size + size // 10 + 1  # a few say the same as the source
    for name in sorted({name for name, _ in everywhere[:spare]}):
        numbers = [number for other, number in everywhere[:spare] if other == name]
        drawn |= {(name, number): mutant for number, mutant in mutants_of(name, modules[name], numbers)}
    return [drawn[place] for place in everywhere[:spare] if place in drawn][:size], len(everywhere)


def _is_different(source: str, changed: str) -> bool:
    try:
        return ast.dump(ast.parse(source)) != ast.dump(ast.parse(changed))
    except SyntaxError:
        return False


def _diff(source: str, changed: str) -> str:
    lines = difflib.unified_diff(source.splitlines(), changed.splitlines(), lineterm="", n=1)
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))
