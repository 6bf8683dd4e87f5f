"""Every claim has a test that shows its check able to fail."""

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def marker_ids(folder: Path, marker: str) -> Iterator[str]:
    """The ids given to a marker in the test files below a folder, read without importing them."""
    for path in sorted(folder.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{marker}":
                for argument in node.args:
                    assert isinstance(argument, ast.Constant), f"{path}: ids of {marker} must be literal"
                    yield argument.value


def test_every_claim_has_a_twin() -> None:
    claims = set(marker_ids(ROOT / "verification", "claim"))
    twins = set(marker_ids(HERE, "can_fail"))
    assert claims, "no claims found: has `verification/` moved?"
    assert claims - twins == set(), "these claims have no test that shows them able to fail"
    assert twins - claims == set(), "these tests belong to no claim"


def test_ids_are_used_once() -> None:
    ids = list(marker_ids(ROOT / "verification", "claim"))
    assert len(ids) == len(set(ids))
