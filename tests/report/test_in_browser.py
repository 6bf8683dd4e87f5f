"""The pages in a real browser: what people see, and what the pages ask for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ibspec.report import write_run_page, write_verification
from ibspec.report.sources import source_keys
from ibspec.verify import judge_run_claims
from ibspec.verify import write_verification as write_run_verification
from tests.figures.examples import MadeUpRun, measurements
from tests.report.browser import broken_anchors, chromium, complaints, open_page, overflow, requests
from tests.report.examples import FIGURES, RUN, judgements

PHONE = 390
ALL = judgements()
SHOWN = "return [...document.querySelectorAll(arguments[0])].filter((e) => e.getClientRects().length).length"


@pytest.fixture(scope="module")
def chrome(tmp_path_factory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as driver:
        yield driver


@pytest.fixture(scope="module")
def claims_page(tmp_path_factory) -> Path:
    return write_verification(ALL, FIGURES, tmp_path_factory.mktemp("claims"), run=RUN)


@pytest.fixture(scope="module")
def run_page(tmp_path_factory) -> Path:
    both = ("kde(0.1)", "binning(width 0.5)")
    run = MadeUpRun(tmp_path_factory.mktemp("run"), measurements(estimators=both, replicas=2))
    write_run_verification(judge_run_claims(run), run.path)
    return write_run_page(run)


@pytest.fixture(params=["claims_page", "run_page"])
def page(request) -> Path:
    return request.getfixturevalue(request.param)


def shown(chrome: Any, selector: str) -> int:
    return chrome.execute_script(SHOWN, selector)


def choose(chrome: Any, **wanted: str) -> None:
    chrome.execute_script(
        """const form = document.getElementById("controls");
        form.reset();
        for (const [name, value] of Object.entries(arguments[0])) form.elements[name].value = value;
        form.dispatchEvent(new Event("input", {bubbles: true}));""",
        wanted,
    )


def test_nothing_goes_wrong_and_nothing_is_asked_of_the_network(chrome, page) -> None:
    open_page(chrome, page)
    assert requests(chrome) == [page.as_uri()]
    loaded = chrome.execute_script("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert [address for address in loaded if not address.startswith(("data:", "file:"))] == []
    broken = chrome.execute_script(
        "return [...document.images].filter((i) => !i.complete || !i.naturalWidth).length"
    )
    assert broken == 0
    assert complaints(chrome) == []


def test_every_anchor_leads_somewhere(chrome, page) -> None:
    open_page(chrome, page)
    assert broken_anchors(chrome) == []


@pytest.mark.parametrize("width", [PHONE, 320, 768, 1280])
def test_no_page_is_wider_than_its_window(chrome, page, width) -> None:
    open_page(chrome, page, width=width)
    assert chrome.execute_script("return window.innerWidth") == width
    assert overflow(chrome) <= 0


def test_formulas_stay_inside_their_column_on_a_phone(chrome, page) -> None:
    open_page(chrome, page, width=PHONE)
    ends = chrome.execute_script(
        "return [...document.querySelectorAll('math')].map((m) => m.getBoundingClientRect().right)"
    )
    assert ends
    assert max(ends) <= PHONE


def test_formulas_are_drawn_as_mathematics(chrome, claims_page) -> None:
    open_page(chrome, claims_page)
    index, letter = chrome.execute_script(
        """const sub = document.querySelector("math msub");
        return [...sub.children].slice(0, 2).reverse().map((e) => e.getBoundingClientRect().bottom)"""
    )
    assert index > letter


@pytest.mark.parametrize(
    ("name", "of"),
    [
        ("kind", lambda judgement: [judgement.claim.kind]),
        ("verdict", lambda judgement: [judgement.verdict]),
        ("source", lambda judgement: source_keys(judgement.claim.source)),
    ],
)
def test_filters_show_what_fits(chrome, claims_page, name, of) -> None:
    open_page(chrome, claims_page)
    options = chrome.execute_script(
        "return [...document.getElementById('controls').elements[arguments[0]].options].map((o) => o.value)",
        name,
    )
    assert set(options) == {"", *(value for judgement in ALL for value in of(judgement))}
    for value in options:
        choose(chrome, **{name: value})
        fitting = sum(not value or value in of(judgement) for judgement in ALL)
        assert shown(chrome, "tr[data-row]") == shown(chrome, "section.claim") == fitting
        said = chrome.find_element("id", "shown").text
        assert said == (f"{fitting} of {len(ALL)} claims" if value else f"{len(ALL)} claims")


def test_filters_together_and_the_tiles(chrome, claims_page) -> None:
    open_page(chrome, claims_page)
    choose(chrome, kind="theorem", source="nobody-2026", text="made-up theorem")
    assert shown(chrome, "tr[data-row]") == 0
    choose(chrome, kind="theorem", source="nobody-2026", text="MADE.theorem")
    assert shown(chrome, "tr[data-row]") == 3
    open_page(chrome, claims_page)
    chrome.find_element("css selector", ".tiles button[data-verdict='refuted']").click()
    assert shown(chrome, "tr[data-row]") == sum(judgement.verdict == "refuted" for judgement in ALL)
    chrome.find_element("css selector", ".tiles button[data-verdict='refuted']").click()
    assert shown(chrome, "tr[data-row]") == len(ALL)
    chrome.find_element("name", "surprises").click()
    assert shown(chrome, "tr[data-row]") == sum(not judgement.passed for judgement in ALL) == 3


def test_a_link_to_a_hidden_claim_shows_it(chrome, claims_page) -> None:
    open_page(chrome, claims_page)
    choose(chrome, kind="erratum")
    chrome.find_element("css selector", ".outcome a").click()
    target = chrome.execute_async_script(
        "requestAnimationFrame(() => requestAnimationFrame(() => arguments[0](location.hash.slice(1))))"
    )
    assert target == "made.theorem-3"
    assert shown(chrome, "section[id='made.theorem-3']") == 1


def test_paper_has_every_claim_whatever_is_chosen(chrome, claims_page) -> None:
    open_page(chrome, claims_page)
    choose(chrome, kind="erratum")
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert shown(chrome, "tr[data-row]") == shown(chrome, "section.claim") == len(ALL)
    assert shown(chrome, "#controls") == 0
    assert overflow(chrome) <= 0


def test_paper_has_every_row_of_a_run(chrome, run_page) -> None:
    open_page(chrome, run_page)
    rows = chrome.execute_script("return document.querySelectorAll('tbody tr').length")
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert shown(chrome, "tbody tr") == rows
    assert shown(chrome, "#verified tbody tr") == 14
