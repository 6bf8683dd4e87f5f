"""The elements of MathML for the signs of a formula."""

import re
from typing import Final

from markupsafe import escape

from ibspec.report.formula_tokens import LETTER, Token

SPELLINGS: Final = {"<=": "≤", ">=": "≥", "...": "…", "->": "→", "-": "−", "*": "·"}

RAISED: Final = {"²": "2", "³": "3"}


def row(tokens: list[Token], *, is_first: bool = True) -> str:
    """Return the elements of one row; a raised number goes to the element before it."""
    elements: list[str] = []
    starts: list[int] = []
    is_barred = False
    for place, token in enumerate(tokens):
        if token.kind == "space":
            if _is_product(tokens[:place], tokens[place + 1 :]):
                elements.append(THIN)
            continue
        if token.kind == "raised" and elements:
            base = starts.pop() if starts and elements[-1] in CLOSED else len(elements) - 1
            power = RAISED.get(token.text, token.text.removeprefix("^"))
            elements[base:] = [
                f"<msup><mrow>{''.join(elements[base:])}</mrow><mn>{escape(power)}</mn></msup>"
            ]
            continue
        if token.kind == "opening" or (token.kind == "bar" and not is_barred):
            starts.append(len(elements))
        is_barred ^= token.kind == "bar"
        is_signed = bool(elements) and tokens[:place][-2:][0].kind in ("relation", "opening")
        is_infix = (bool(elements) or not is_first) and not is_signed
        elements.append(_element(token, is_infix=is_infix))
    return "".join(elements)


FACTORS: Final = frozenset({"quotient", "differential", "call", "letter", "raised", "transposed", "number"})

THIN: Final = '<mspace width=".17em"></mspace>'
"""Between factors."""


def _is_product(before: list[Token], after: list[Token]) -> bool:
    """Whether a space stands between factors, or between a function's name and what it is of."""
    if not before or not after:
        return False
    if before[-1].kind == "name" and before[-1].text.isalpha():
        return after[0].kind in {*FACTORS, "name", "bar"}
    return before[-1].kind in FACTORS and after[0].kind in {*FACTORS, "name"}


BRACKET: Final = '<mo stretchy="false">{}</mo>'

CLOSED: Final = frozenset(BRACKET.format(sign) for sign in (")", "]", "|"))


def _element(token: Token, *, is_infix: bool) -> str:
    text = token.text
    match token.kind:
        case "call":
            name, inside = text.split("(", 1)
            return _identifier(name) + BRACKET.format("(") + _arguments(inside[:-1]) + BRACKET.format(")")
        case "quotient":
            above, below = text.split("/", 1)
            return f"{_differential(above)}<mo>/</mo>{_differential(below)}"
        case "differential":
            return _differential(text)
        case "transposed":
            return "<msup><mi>g</mi><mo>′</mo></msup><mi>H</mi><mi>g</mi>"
        case "name" if text in ("log₂", "log2"):
            return '<msub><mi class="up">log</mi><mn>2</mn></msub>' + THIN
        case "name" if "_" in text:
            name, index = text.split("_", 1)
            head = "<mo>Σ</mo>" if name == "sum" else f'<mi class="up">{name}</mi>'
            return f"<msub>{head}<mi>{index}</mi></msub>" + THIN
        case "name":
            return f'<mi class="up">{escape(text)}</mi>'
        case "letter":
            return _identifier(text)
        case "number":
            return f"<mn>{escape(text)}</mn>"
        case "opening" | "closing" | "bar":
            return BRACKET.format(escape(text))
        case "operator" if len(text) > 1:
            return f"<msub><mo>{escape(text[0])}</mo><mi>{escape(text[2:])}</mi></msub>"
        case "operator" if text in "∇Σ":
            return f'<mo lspace="0" rspace=".1em">{text}</mo>'
        case "comma":
            return '<mo lspace="0" rspace=".25em">,</mo>'
        case "relation" | "operator":
            sign = escape(SPELLINGS.get(text, text))
            return f'<mo form="infix">{sign}</mo>' if is_infix else f'<mo form="prefix">{sign}</mo>'
    return f"<mi>{escape(SPELLINGS.get(text, text))}</mi>"


def _differential(text: str) -> str:
    return f'<mi class="up">d</mi>{_identifier(text[1:])}'


def _identifier(text: str) -> str:
    """Return a letter with its index: `T1`, `a_j`, `G^l`, `G^(l-1)`, `φ'`."""
    found = re.fullmatch(r"(.)(\d*)('?)((?:[_^][^']*)?)('?)", text, re.DOTALL)
    if found is None:
        return f"<mi>{escape(text)}</mi>"
    base = f"<mi>{escape(found[1])}</mi>"
    if found[2]:
        base = f"<msub>{base}<mn>{escape(found[2])}</mn></msub>"
    if found[3] or found[5]:
        base = f"<msup>{base}<mo>′</mo></msup>"
    index = found[4]
    if not index:
        return base
    inside = index[2:-1] if index.startswith("^(") else index[1:]
    tag = "msub" if index[0] == "_" else "msup"
    return f"<{tag}>{base}<mrow>{_arguments(inside)}</mrow></{tag}>"


ARGUMENT: Final = re.compile(
    rf"(?P<raised>[²³])|(?P<letter>[{LETTER}](?:\d+)?(?:_\w+|\^\w+)?(?![A-Za-z]))|(?P<word>[^\W\d]\w*)|(?P<number>[\d.]+)"
    r"|(?P<sign>\|\||<=|>=|.)"
)


def _arguments(text: str) -> str:
    """Return what stands inside the brackets of a function."""
    elements: list[str] = []
    for match in ARGUMENT.finditer(text):
        sign = str(escape(SPELLINGS.get(match[0], match[0])))
        if match["raised"] and elements:
            elements[-1] = f"<msup>{elements[-1]}<mn>{RAISED[match[0]]}</mn></msup>"
        elif match["letter"]:
            elements.append(_identifier(match[0]))
        elif match["word"]:
            elements.append(f'<mi class="up">{sign}</mi>' if len(match[0]) > 2 else f"<mi>{sign}</mi>")
        elif match["number"]:
            elements.append(f"<mn>{sign}</mn>")
        elif sign in ("(", ")", "|", "||"):
            elements.append(f'<mo stretchy="false" lspace=".1em" rspace=".1em">{sign}</mo>')
        elif sign in (";", ","):
            elements.append(f'<mo lspace="0" rspace=".2em">{sign}</mo>')
        else:
            elements.append(f"<mo>{sign}</mo>")
    return "".join(elements)
