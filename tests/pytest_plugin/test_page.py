"""The page stands alone, and nothing that a claim says can break it."""

import re
from html.parser import HTMLParser

import pytest

from ibspec.report.verification_page import show_number, show_value

AWKWARD = """
@claim("awkward.claim", says="<script>alert(1)</script> & \\"quotes\\" {{ braces }}", source="a < b eq. 1")
def test_awkward(evidence):
    evidence.case(x=1)
    evidence.equal(1e-13, 0.0, within=1e-12, what="<b>bold</b>")
    evidence.number(**{"</table>": "<img src=x onerror=alert(1)>", "inf": "∞"})

@claim("failing.claim")
def test_failing():
    raise ValueError("</pre><script>alert(2)</script>\\x00\\x1b[31m")
"""


class Checker(HTMLParser):
    """Collects tags, ids and addresses, and complains of tags that do not match."""

    VOID = frozenset(["meta", "input", "img", "br", "link"])

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.addresses = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            if name in ("href", "src"):
                self.addresses.append(value)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"unbalanced </{tag}>"


@pytest.fixture
def page(suite):
    return suite(AWKWARD).page


@pytest.fixture
def parsed(page):
    checker = Checker()
    checker.feed(page)
    assert checker.open == []
    return checker


def test_the_page_is_well_formed_and_escaped(parsed, page):
    assert parsed.tags.count("script") == 1
    assert "<b>bold</b>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_every_claim_has_an_anchor_that_is_linked(parsed):
    assert {"awkward.claim", "failing.claim"} <= set(parsed.ids)
    assert {"#awkward.claim", "#failing.claim"} <= set(parsed.addresses)
    assert len(parsed.ids) == len(set(parsed.ids))


def test_nothing_is_fetched_from_elsewhere(parsed, page):
    local = {"claims.json", "claims.schema.json", "junit.xml"}
    assert all(address.startswith(("#", "data:")) or address in local for address in parsed.addresses)
    assert not re.search(r"url\(|@import|https?://", page)


def test_junit_survives_control_characters(suite):
    error = suite(AWKWARD).junit.find("testsuite/testcase/error")
    assert "alert(2)" in error.text


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (12, "12"),
        (-3, "−3"),
        (0.3112781245, "0.311278"),
        (1e-12, "1e−12"),
        (-2.5e20, "−2.5e20"),
        (True, "yes"),
    ],
)
def test_numbers_are_written_briefly(number, shown):
    assert show_number(number) == shown


def test_tables_are_written_in_rows():
    assert show_value(((0.25, 0.25), (0.5, 0.0))) == "((0.25, 0.25), (0.5, 0))"
