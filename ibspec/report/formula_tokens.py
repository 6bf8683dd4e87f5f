"""A sentence cut into the signs of formulas and the words between them."""

import re
from dataclasses import dataclass
from typing import Final, final

LETTER: Final = "A-Za-zα-ωΑ-ΡΤ-Ω"  # a capital sigma is a sum

INDEX: Final = r"(?:_\w+|\^\w+|\^\([^()\s]*\))"

TOKEN: Final = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<quotient>d[{LETTER}]{INDEX}*/d[{LETTER}]{INDEX}*(?![A-Za-z]))
  | (?P<differential>d[{LETTER}]{INDEX}+)
  | (?P<call>[{LETTER}]'?\((?:[^()\s]|\([^()\s]*\))+\))
  | (?P<name>(?:log₂|log2|log|ln|exp|min|max|var|grad|(?:sum|mean)_[a-z]+)(?![A-Za-z0-9₂]))
  | (?P<prose>[A-Za-z][A-Za-z]+[\w'-]*|\d[\d.]*(?:-[\d.]+)+|§\S*|[^\W\d]\w*\.\w[\w.]*)
  | (?P<transposed>g'Hg)
  | (?P<number>½|\d+(?:\.\d+)?(?:e[-−+]?\d+)?(?![A-Za-z]))
  | (?P<letter>(?:[α-ωΑ-ΡΤ-Ω]|[A-Za-z](?!\d*'?[A-Za-z]))(?:\d+)?(?:'?{INDEX})?'?)
  | (?P<ellipsis>\.\.\.|…)
  | (?P<relation><=|>=|[=<>≤≥≈→]|->)
  | (?P<operator>[-−+/·×∇Σ±]{INDEX}?)
  | (?P<bar>\|\|?)
  | (?P<raised>[²³]|\^\d)
  | (?P<opening>[(\[])
  | (?P<closing>[)\]])
  | (?P<comma>,(?=\s))
  | (?P<other>.)
    """,
    re.VERBOSE,
)


@final
@dataclass(frozen=True)
class Token:
    """A piece of text, and which group of `TOKEN` it is."""

    kind: str
    text: str


def tokens_of(text: str) -> list[Token]:
    """Cut a text up; hyphens that are not between spaces, after a bracket or before a letter are prose."""
    found = []
    for match in TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind == "operator" and match[0] == "-" and not _is_minus(text, match.start()):
            kind = "other"
        found.append(Token(kind, match[0]))
    return found


def _is_minus(text: str, place: int) -> bool:
    before, after = text[place - 1 : place] or " ", text[place + 1 : place + 2] or " "
    return (before in " ([=-" and after != ".") or (before in "^)]" and after not in " .")
