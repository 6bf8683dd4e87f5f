"""Formulas inside sentences, typeset as MathML: browsers need no script, no font and no network for it.

Statements are written in plain text (`I(X;T1) ≥ I(X;T2)`, `-Σ p log₂ p`, `|dL/dW^l|²`). What is
recognised as a formula becomes MathML; what is not stays as it is, and everything is escaped.
"""

import re
from typing import Final

from markupsafe import Markup, escape

from ibspec.report.formula_tokens import Token, tokens_of
from ibspec.report.mathml import row

OPERANDS: Final = frozenset({"quotient", "differential", "call", "name", "letter", "transposed"})

CLOSES: Final = {"(": ")", "[": "]"}

LONG: Final = 16
"""Characters after which a formula may be broken before a plus, a minus or a named function."""

ARTICLES: Final = frozenset({"a", "A", "I"})
"""Words of English as well as letters."""


def typeset(text: str) -> Markup:
    """Return a sentence with its formulas as MathML, everything escaped."""
    parts: list[str] = []
    run: list[Token] = []
    for token in [*tokens_of(text), Token("prose", "")]:
        if token.kind in ("prose", "other") or (token.kind == "comma" and not _is_in_call(run)):
            parts += _formula(run)
            parts.append(str(escape(token.text)))
            run = []
        else:
            run.append(token)
    return Markup(_glued("".join(parts)))


def name_of(words: str) -> str:
    """Return a number's name as people write it: `I_of_X_and_T1` is I(X;T1), `bin_width` is bin width."""
    pair = re.fullmatch(r"([A-Za-z])_of_(\w+?)_and_(\w+)", words)
    if pair:
        return f"{pair[1]}({pair[2]};{pair[3]})"
    single = re.fullmatch(r"([A-Za-z])_of_([A-Za-z]\w?)", words)
    if single:
        return f"{single[1]}({single[2]})"
    return words.replace("_", " ") if re.fullmatch(r"\w+", words) else words


def _is_in_call(run: list[Token]) -> bool:
    """Whether a run stands between the brackets of `min(...)`, `K(...)` or the like."""
    opened: list[int] = []
    for place, token in enumerate(run):
        if token.kind == "opening":
            opened.append(place)
        elif token.kind == "closing" and opened:
            opened.pop()
    return bool(opened) and opened[-1] > 0 and run[opened[-1] - 1].kind in ("name", "letter")


def _formula(run: list[Token]) -> list[str]:
    """Return a run of tokens: its formula, if it has one, between what is not part of it."""
    start, end = 0, len(run)
    changed = True
    while changed and start < end:
        changed = False
        if _is_loose(run[start:end], first=True):
            start, changed = start + 1, True
        elif _is_loose(run[start:end], first=False):
            end, changed = end - 1, True
    inside = run[start:end]
    lead = _plain(run[:start])
    if not _is_formula(inside):
        return [_plain(run)]
    return [lead, _break_up(inside), _plain(run[end:])]


def _is_loose(run: list[Token], *, first: bool) -> bool:
    """Whether the token at the edge is no part of the formula."""
    token = run[0] if first else run[-1]
    others = [other for other in (run[1:3] if first else run[-3:-1][::-1]) if other.kind != "space"]
    if token.kind == "space":
        return True
    if token.kind in ("opening", "closing", "bar"):
        return not _is_balanced(run)
    if token.kind == "letter" and token.text in ARTICLES:
        return not others or others[0].kind not in ("relation", "operator", "opening", "closing", "raised")
    if token.kind == "number":
        return not others or others[0].kind not in ("relation", "operator", "closing", "opening")
    if token.kind == "relation":
        return True
    if token.kind == "operator":
        return not first or token.text in "/+·×*±"
    return token.kind == "comma" or (token.kind in ("raised", "ellipsis") and first)


def _is_formula(run: list[Token]) -> bool:
    kinds = {token.kind for token in run}
    is_fraction = "number" in kinds and bool(kinds & {"operator", "relation"})
    return (is_fraction or bool(kinds & OPERANDS)) and _is_balanced(run)


def _is_balanced(run: list[Token]) -> bool:
    expected: list[str] = []
    bars = 0
    for token in run:
        if token.kind == "opening":
            expected.append(CLOSES[token.text])
        elif token.kind == "closing" and (not expected or expected.pop() != token.text):
            return False
        bars += token.kind == "bar"
    return not expected and bars % 2 == 0


def _break_up(run: list[Token]) -> str:
    """Return MathML in pieces between which a line may break: before relations, and inside long ones."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in run:
        piece = pieces[-1]
        depth += (token.kind == "opening") - (token.kind == "closing")
        length = sum(len(other.text) for other in piece)
        is_sum = token.kind == "operator" and token.text in "-−+" and length > LONG
        is_sum |= token.kind == "name" and length > LONG
        if piece and depth == 0 and (token.kind == "relation" or is_sum):
            pieces.append([])
        pieces[-1].append(token)
    return "\u200b".join(f"<math>{row(piece, is_first=not k)}</math>" for k, piece in enumerate(pieces))


def _plain(tokens: list[Token]) -> str:
    return str(escape("".join(token.text for token in tokens)))


GLUE: Final = re.compile(r"([(\[]?)(<math>(?:(?!</math>).)*</math>)([.,;:)\]?!]+)")


def _glued(html: str) -> str:
    """Keep a formula and the punctuation after it on one line."""
    return GLUE.sub(r'<span class="nb">\1\2\3</span>', html)
