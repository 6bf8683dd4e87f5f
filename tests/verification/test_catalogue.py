"""Every statement of the catalogue is judged, owed or wording, and judged as the kind that it is."""

import json
from collections import Counter

import pytest

from ibspec.claims import Claim
from verification import catalogue

ENTRIES = {entry.id: entry for entry in catalogue.read_catalogue()}

MARKERS = {marker["id"]: marker for marker in catalogue.read_markers()}

OWED, WORDING, OWN = (
    catalogue.read_list(path) for path in (catalogue.OWED, catalogue.WORDING, catalogue.OWN)
)

REGENERATE = "run `python -m verification.catalogue --write-owed`"


def test_the_catalogue_is_whole() -> None:
    entries = catalogue.read_catalogue()
    assert [entry.number for entry in entries] == list(range(1, 205))
    assert len(ENTRIES) == len(entries), "an id stands for one statement"
    assert [entry.section for entry in entries] == sorted(entry.section for entry in entries)
    assert {entry.section for entry in entries} == set("ABCDEFGHIJKLM")
    counts = Counter(entry.verdict for entry in entries)
    assert counts == {
        "TRUE as written": 67,
        "TRUE under conditions": 48,
        "FALSE as written": 40,
        "FALSE if extended": 10,
        "EMPIRICAL": 25,
        "UNDEFINED": 14,
    }


def test_nothing_is_judged_and_owed() -> None:
    assert MARKERS.keys() & OWED.keys() == set(), f"these are judged by now; {REGENERATE}"


def test_wording_is_neither_judged_nor_owed() -> None:
    assert WORDING.keys() & MARKERS.keys() == set(), (
        "these can be executed after all: take them off wording.json"
    )
    assert WORDING.keys() & OWED.keys() == set(), f"nobody owes a test of these; {REGENERATE}"


def test_every_entry_is_judged_owed_or_wording() -> None:
    missing = ENTRIES.keys() - MARKERS.keys() - OWED.keys() - WORDING.keys()
    assert missing == set(), f"these are lost; {REGENERATE}"


def test_the_list_of_what_is_owed_is_as_written_by_the_command() -> None:
    assert list(OWED.items()) == list(catalogue.find_owed().items()), REGENERATE


def test_nothing_is_owed() -> None:
    assert OWED == {}


def test_the_lists_name_entries_of_the_catalogue() -> None:
    assert OWED.keys() - ENTRIES.keys() == set()
    assert WORDING.keys() - ENTRIES.keys() == set()


def test_what_goes_beyond_the_catalogue_says_so() -> None:
    assert MARKERS.keys() - ENTRIES.keys() == OWN.keys(), "own.json lists the ids that only the suite has"


@pytest.mark.parametrize("reason", [*WORDING.items(), *OWN.items()], ids=lambda pair: pair[0])
def test_each_exception_has_its_reason(reason: tuple[str, str]) -> None:
    assert len(reason[1].split()) >= 6
    assert reason[1].endswith(".")


def test_claims_are_of_the_kind_that_the_verdict_on_paper_asks_for() -> None:
    wrong = {
        id: f"{marker['kind']} for {ENTRIES[id].verdict!r}"
        for id, marker in MARKERS.items()
        if id in ENTRIES and marker["kind"] not in catalogue.KINDS[ENTRIES[id].verdict]
    }
    assert wrong == {}


def test_claims_expect_what_the_verdict_on_paper_says() -> None:
    expected = {
        "TRUE as written": {"holds"},
        "TRUE under conditions": {"holds"},
        "FALSE as written": {"refuted"},
        "FALSE if extended": {"refuted"},
        "UNDEFINED": {"holds"},
        "EMPIRICAL": {"supported", "not supported", "undecided", "artefact"},
    }
    assert expected.keys() == catalogue.KINDS.keys()
    wrong = {
        id: f"{marker['expected']} for {ENTRIES[id].verdict!r}"
        for id, marker in MARKERS.items()
        if id in ENTRIES and marker["expected"] not in expected[ENTRIES[id].verdict]
    }
    assert wrong == {}


def test_markers_are_read_as_claims() -> None:
    assert all(Claim(**marker).id == id for id, marker in MARKERS.items())


def test_extraction_reads_headings_alone() -> None:
    text = "## Conventions\n### not a heading\n## A. Logic\n### 1. `or.commutes` — TRUE as written\nprose\n"
    text += "## B. Sets\n### 2. `empty.set` — UNDEFINED \n### 3. no id\n"
    assert catalogue.extract(text) == [
        catalogue.Entry(1, "or.commutes", "A", "TRUE as written"),
        catalogue.Entry(2, "empty.set", "B", "UNDEFINED"),
    ]


def test_the_command_writes_what_is_owed(tmp_path, monkeypatch, capsys) -> None:
    """And says so in a table; a claim that is no longer judged comes onto the list, and leaves it again."""
    written = tmp_path / "owed.json"
    monkeypatch.setattr(catalogue, "OWED", written)
    monkeypatch.setattr("sys.argv", ["catalogue", "--write-owed"])
    catalogue.main()
    first = json.loads(written.read_text())
    assert first == catalogue.find_owed()
    assert capsys.readouterr().out.splitlines()[-1].split() == [
        "all", "204", str(204 - len(first) - len(WORDING)), str(len(first)), str(len(WORDING))
    ]  # fmt: skip
    lost = next(id for id in MARKERS if id in ENTRIES)
    rest = [marker for id, marker in MARKERS.items() if id != lost]
    monkeypatch.setattr(catalogue, "read_markers", lambda: rest)
    catalogue.main()
    assert json.loads(written.read_text()).keys() - first.keys() == {lost}
    monkeypatch.setattr(catalogue, "read_markers", lambda: list(MARKERS.values()))
    catalogue.main()
    assert json.loads(written.read_text()) == first
