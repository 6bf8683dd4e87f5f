"""Which tests are a module's own."""

import pytest

from tests.mutants.choosing import KIN, MOST, NAMESAKE, START, STRANGER, Timings, candidates, closest, others
from tests.mutants.imports import Imports

FILES = {
    "made/__init__.py": "",
    "made/room/__init__.py": "from made.room.near import near\nfrom made.room.far import far as distant\n",
    "made/room/near.py": "from made.room.far import far\nimport math\n",
    "made/room/far.py": "import numpy.linalg\n",
    "tests/conftest.py": "import made.other",
    "made/other.py": "",
    "tests/room/test_near.py": "from made.room import near",
    "tests/room/test_near_too.py": "from made.room import near",
    "tests/room/test_far.py": "from made.room import distant",
    "tests/else/test_through.py": "from made.room import near",
    "tests/else/test_nothing.py": "",
    "verification/test_claim.py": "from made.room import near",
    "verification/test_other_claim.py": "from verification.test_claim import near",
}


@pytest.fixture
def imports(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return Imports(tmp_path, ("made", "tests", "verification"))


def test_names_are_followed_to_where_they_are_made(imports):
    assert imports.edges["tests.room.test_near"] == {"made.room.near", "tests.conftest"}
    assert imports.edges["tests.room.test_far"] == {"made.room.far", "tests.conftest"}
    assert imports.strangers == {"math", "numpy.linalg"}


def test_distances_count_imports(imports):
    found = imports.distances("made.room.far")
    assert found["tests.room.test_far"] == found["made.room.near"] == 1
    assert found["tests.room.test_near"] == 2
    assert "tests.else.test_nothing" not in found
    assert imports.distances("made.other")["tests.else.test_nothing"] == 2, "through its conftest"


def test_namesakes_come_first_and_strangers_only_when_close(imports):
    near = [(c.kinship, c.distance, c.path) for c in candidates(imports, "made.room.near")]
    assert near == [
        (NAMESAKE, 1, "tests/room/test_near.py"),
        (KIN, 1, "tests/room/test_near_too.py"),
        (STRANGER, 1, "tests/else/test_through.py"),
        (STRANGER, 1, "verification/test_claim.py"),
        (STRANGER, 2, "verification/test_other_claim.py"),
    ]
    far = [c.path for c in candidates(imports, "made.room.far")]
    assert far[0] == "tests/room/test_far.py"
    assert "tests/else/test_through.py" not in far
    own = candidates(imports, "verification.test_claim")
    assert [c.kinship for c in own] == [NAMESAKE, STRANGER]


def timed(tmp_path, **seconds):
    """Timings of files by name."""
    timings = Timings(tmp_path / "timings.json", tmp_path)
    for path in tmp_path.rglob("test_*.py"):
        if path.stem in seconds:
            timings.add(str(path.relative_to(tmp_path)), seconds[path.stem])
    return Timings(tmp_path / "timings.json", tmp_path)


def test_those_of_the_name_come_first_whatever_they_take(imports, tmp_path):
    tests = candidates(imports, "made.room.near")
    near, too, through, *_ = (test.path for test in tests)
    timings = timed(tmp_path, test_near=10 * MOST)
    assert closest(tests, timings) == [near, too]
    timings.broken |= {near: "it fails"}
    assert closest(tests, timings) == [too]
    timings.broken |= {too: "it fails"}
    assert closest(tests, timings) == [through]


def test_the_others_follow_until_the_time_is_spent(imports, tmp_path):
    tests = candidates(imports, "made.room.near")
    near, too, through, claim, other = (test.path for test in tests)
    assert others(tests, [near, too], timed(tmp_path)) == [through, claim, other], "not measured yet"
    slow = timed(
        tmp_path, test_near=10 * MOST, test_near_too=1.0, test_through=START + MOST / 2, test_claim=1.0
    )
    assert others(tests, [near, too], slow) == [claim, through], (
        "half of the time is left, however slow these"
    )
    quick = timed(
        tmp_path, test_near=1.0, test_near_too=1.0, test_through=START + MOST - 1, test_claim=START + 2
    )
    assert others(tests, [near, too], quick) == [claim, other], (
        "the quick one first, and then there is no room"
    )
    assert others(tests, [near, too], timed(tmp_path, test_through=START + MOST + 1)) == [claim, other]
    quick.broken |= {through: "it fails"}
    assert others(tests, [near, too], quick) == [claim, other]


def test_a_file_that_changed_was_not_measured(imports, tmp_path):
    timings = timed(tmp_path, test_near=2.0)
    path = "tests/room/test_near.py"
    assert timings.seconds(path) == 2.0
    (tmp_path / path).write_text("from made.room import near  # changed")
    assert timings.seconds(path) is None
