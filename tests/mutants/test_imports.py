"""Which tests are a module's own."""

import pytest

from tests.mutants.choosing import KIN, MOST, NAMESAKE, STRANGER, Timings, candidates, following
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


def test_tests_follow_one_another_until_the_time_is_spent(imports, tmp_path):
    timings = Timings(tmp_path / "timings.json", tmp_path)
    tests = candidates(imports, "made.room.near")
    near, too, through, claim, _ = (test.path for test in tests)
    assert following(tests, [], timings) == near
    assert following(tests, [near], timings) == too, "not measured yet"
    for test, seconds in ((near, 1.0), (too, MOST), (claim, 2.0)):
        timings.add(test, seconds)
    timings = Timings(tmp_path / "timings.json", tmp_path)
    assert following(tests, [near], timings) == claim, "quicker than what was not measured"
    assert following(tests, [near, claim], timings) == through
    timings.add(near, 2 * MOST)
    assert following(tests, [near], timings) == claim, "however long the closest takes"
    timings.add(near, 1.0)
    timings.add(claim, MOST / 2)
    assert following(tests, [near, claim], timings) is None, "too little is left to measure another"
    timings.add(claim, 2.0)
    timings.add(through, MOST - 3.0)
    assert following(tests, [near, claim, through], timings) is None
    timings.broken[near] = "it fails"
    assert following(tests, [], timings) == too, "the closest may be slow"
    (tmp_path / claim).write_text("from made.room import near  # changed")
    assert timings.seconds(claim) is None
