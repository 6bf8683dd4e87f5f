"""A page made from a stranger's run: nothing in it acts, hides, or names another program."""

import json
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from ibspec.core import UserError
from ibspec.figures import FIGURES, Blank, Tables, draw, render
from ibspec.report import write_run_page
from ibspec.report.run_page import command_line
from ibspec.verify import judge_run_claims, write_verification
from tests.figures.examples import MadeUpRun, manifest, measurements

EVIL = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "'-alert(3)-'",
    "</script><script>alert(4)</script>",
    "</pre></details><iframe src=//x>",
    "<!--",
    "]]>",
    "<math><mtext></math><img src=x onerror=alert(5)>",
    "javascript:alert(6)",
    "{{ 7 * 7 }}{% raw %}",
    "&lt;b&gt;&#x3c;",
    "I(X;T) <= <svg onload=alert(8)>",
)


class Tags(HTMLParser):
    """Elements and attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.names += [name for name, _ in attrs]


def page(path: Path, word: str) -> str:
    """The page of a run in which every text that comes from a file is that word."""
    table = measurements(estimators=("kde(0.1)",)).assign(view=word, warnings=f"saturated {word}")
    table["layer"] = table["layer"].astype(str) + word
    table["estimator"] = f"kde({word})"
    table.loc[table.index[:2], ["status", "reason"]] = ["invalid", word]
    parts = {"name": word, "about": word, "sources": [word], "training": {"loss": word}, "figures": ["loss"]}
    said = manifest(
        argv=["ibspec", word],
        machine={"processor": word, "python": word, "versions": {word: word}},
        data={"name": word, "source": word},
        engine=word,
        replicas={word: {"state": "diverged", "reason": word}},
        expectations=[{"what": word, "layer": word, "estimator": word, "value": 1.0, "source": word}],
        **{word: word},
    )
    run = MadeUpRun(path, table, manifest=said, spec=parts)
    write_verification(judge_run_claims(run), path)
    return write_run_page(run).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> Tags:
    return Tags(page(tmp_path_factory.mktemp("plain"), "word"))


@pytest.mark.parametrize("word", EVIL)
def test_words_of_others_are_only_words(word, plain, tmp_path):
    found = Tags(page(tmp_path, word))
    assert set(found.tags) - {"math", "mrow", "mi", "mo", "mn", "mtext", "msup", "msub", "mfrac"} <= set(
        plain.tags
    )
    assert found.tags.count("img") == plain.tags.count("img")
    assert not [name for name in found.names if name.startswith("on")]
    assert set(found.names) <= {*plain.names, "class", "display", "stretchy", "fence", "form"}


@pytest.mark.parametrize("word", ["\x1b[31m", "a\0b", "\u202etxt", "\ud800", "\x85", "\r"])
def test_what_cannot_be_seen_is_shown(word, tmp_path):
    run = MadeUpRun(tmp_path, spec={"name": word, "about": word, "sources": [word], "figures": []})
    html = write_run_page(run).read_text(encoding="utf-8")
    assert not set(html) & {"\x1b", "\0", "\u202e", "\x85", "\r"}
    assert "\ufffd" in html


@pytest.mark.parametrize("word", EVIL)
def test_drawings_hold_no_scripts(word):
    table = measurements().assign(layer=word, estimator=word, view=word)
    tables = Tables(table, title=word, loss=word, facts={"h_x": 8.0, "h_y": 1.0})
    for name in FIGURES:
        for found in draw(tables, only=name):
            if isinstance(found, Blank):
                continue
            tree = ElementTree.fromstring(render(found, "svg"))
            names = {element.tag.rsplit("}", 1)[-1] for element in tree.iter()}
            assert names.isdisjoint({"script", "iframe", "foreignObject", "a", "img", "handler"})
            attributes = {key.rsplit("}", 1)[-1] for element in tree.iter() for key in element.attrib}
            assert not [key for key in attributes if key.startswith("on")]


@pytest.mark.parametrize("program", ["rm", "/bin/rm", "curl", "", "ibspec; rm", "ibspec\n"])
def test_the_command_to_repeat_a_run_is_ours_whatever_it_says(program):
    """Readers copy it into a terminal."""
    command = command_line({"argv": [program, "-rf", "$(id)", "`id`", "; id", "\x1b[31m\n"]})
    assert command.startswith("python -m ibspec -rf '$(id)' '`id`' '; id' '")
    assert command.isprintable()


def test_a_verification_of_another_sort_is_refused_in_words(tmp_path):
    for content in ("{", "[]", "null", json.dumps({"format": 2}), "[" * 100_000, '{"state": "\\ud800"}'):
        (tmp_path / "verification.json").write_text(content)
        with pytest.raises(UserError, match=r"verification\.json cannot be read: .*writes it anew"):
            write_run_page(MadeUpRun(tmp_path, spec={"figures": []}))
