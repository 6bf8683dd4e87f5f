"""Which faults a text can have."""

import pytest

pytest.importorskip("mutmut", reason="the faults are mutmut's: `pip install ibspec[dev]`")

from tests.mutants.making import mutants_of, sample


def changed(tmp_path, text: str, module: str = "made") -> list[str]:
    """What each line of a text could become."""
    path = tmp_path / "made.py"
    path.write_text(text)
    found = [mutant.diff.splitlines() for _, mutant in mutants_of(module, path)]
    return [next(line for line in lines if line.startswith("+"))[1:].strip() for lines in found]


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("x = a + 1", ["x = a - 1", "x = a + 2"]),
        ("x = a < b", ["x = a <= b"]),
        ("x = not a", ["x = a"]),
        ("x = max(a, b)", ["x = max(b)", "x = max(a, )"]),
        ("x = call(a, b)", []),
        ("x = call(a, axis=1)", ["x = call(a, )", "x = call(a, axis=2)"]),
        ("x = call(a, what='this', unit='bit')", []),
        ("evidence.at_most(a, b, within=c, rows=d)", ["evidence.at_most(a, b, rows=d)"]),
        ("evidence.equal(a, b, within=c)", []),
        ("for a in b:\n    continue", ["break"]),
        ("x = 'kind'", ["x = 'XXkindXX'"]),
    ],
)
def test_faults_of_a_line(tmp_path, text, faults):
    assert changed(tmp_path, text) == faults


@pytest.mark.parametrize(
    "text",
    [
        '"""Words, 1 + 1."""',
        "from a import b",
        "x: Literal['kind']",
        "@mark(1)\ndef f(): ...",
        "raise ValueError(f'{a + 1}')",
        "x = 'a sentence of words'",
        "rng = np.random.default_rng(7)",
        "x = field(description='word')",
        "for a in zip(b, c, strict=True): ...",
        "x = cast(1, a)",
        "evidence.case(rows=a + 1)",
        "__all__ = ['a']",
        "__tracebackhide__ = True",
        "def draw(canvas):\n    axes.plot(a + 1, color=b)",
        "def draw(axes: Axes, rows):\n    return rows + 1",
        "if TYPE_CHECKING:\n    x = 1 + 1",
    ],
)
def test_what_is_left_alone(tmp_path, text):
    assert changed(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("    x = rng.normal(size=a + 1)", []),
        ("    x = st.integers(min_value=1)", []),
        ("    for seed in range(20 + 1):\n        x = a + b", ["x = a - b"]),
        ("    x = [a + b for a in (1, 2)]", ["x = [a - b for a in (1, 2)]"]),
        ("    evidence.equal(a + b, c, within=2 * d)", ["evidence.equal(a - b, c, within=2 * d)"]),
    ],
)
def test_examples_and_tolerances_are_left_alone_in_claims_only(tmp_path, text, faults):
    claim = f"SEEDS = 20\n\ndef claim(rows=4):\n{text}"
    found = changed(tmp_path, claim, "verification.theory.made")
    assert found == faults
    assert len(changed(tmp_path, claim, "ibspec.estimators.made")) > len(found)


def test_a_sample_is_drawn_by_its_seed_alone(tmp_path):
    path = tmp_path / "made.py"
    path.write_text("\n".join(f"x{n} = a + b" for n in range(30)))
    drawn = [[mutant.line for mutant in sample({"made": path}, 10, seed)[0]] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) == 10
    assert sample({"made": path}, 100, 1)[1] == 30


def test_a_mutant_keeps_its_key_when_its_line_moves(tmp_path):
    path = tmp_path / "made.py"
    keys = []
    for text in ("a = 1\n\n\nx = a + b\n", "# more\n\na = 1\n\n\nx = a + b\n"):
        path.write_text(text)
        keys.append([mutant.key for _, mutant in mutants_of("made", path)][1:])
    assert keys[0] == keys[1] != []
