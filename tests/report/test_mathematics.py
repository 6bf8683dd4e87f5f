"""Formulas in sentences: what is typeset, what is left alone, and that nothing is lost."""

import html
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.report.mathematics import name_of, typeset


def marked(text: str) -> str:
    """The sentence with its formulas in braces and their tags gone."""
    found = str(typeset(text)).replace("\u200b", "")
    found = re.sub(r"<math>(.*?)</math>", lambda match: "{" + re.sub("<[^>]*>", "", match[1]) + "}", found)
    return html.unescape(re.sub("<[^>]*>", "", found)).replace("}{", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("If A - B - C is a Markov chain then I(A;B) ≥ I(A;C).",
         "If {A−B−C} is a Markov chain then {I(A;B)≥I(A;C)}."),
        ("rise of I(X;T1) <= log2 N", "rise of {I(X;T1)≤log2N}"),
        ("H(X) = -Σ p log₂ p lies between 0 and 1.", "{H(X)=−Σplog2p} lies between 0 and 1."),
        ("0 ≤ I(T;Y) ≤ min(H(Y), H(T)).", "{0≤I(T;Y)≤min(H(Y),H(T))}."),
        ("dL/dt = -a |∇L|².", "{dL/dt=−a|∇L|2}."),
        ("G^(l-1) and dL/dW_jk = a_j γ_k", "{Gl−1} and {dL/dWjk=ajγk}"),
        ("H(Y) = 0.8112..., as printed", "{H(Y)=0.8112…}, as printed"),
        ("K(a_i, a_j) and φ'_i dz_i/dt", "{K(ai,aj)} and {φ′idzi/dt}"),
        ("-sum_ij exp(X) over mean_i p_i", "{−Σijexp(X)} over {meanipi}"),
        ("is a step of size h", "is a step of size {h}"),
        ("log₂(2πe s²) / 2 for a normal law", "{log2(2πes2)/2} for a normal law"),
    ],
)  # fmt: skip
def test_formulas_are_found(text: str, shown: str) -> None:
    assert marked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "A fair bit has an entropy of 1 bit.",
        "I of a layer: a 12-4-3-3-2 net, gain 2, 256 inputs",
        "eqs. 2.8-2.9 (well-known)",
        "ixt_upper_bits, float64",
        "smallest distance, distances / 2 * variance",
        "labels 0, 0, 1, 2",
        "<script>alert(1)</script> & \"quotes\" {{ braces }}",
        "",
    ],
)  # fmt: skip
def test_prose_is_left_alone(text: str) -> None:
    assert html.unescape(str(typeset(text))) == text
    assert "<math>" not in typeset(text)


def test_subscripts_and_powers_are_elements() -> None:
    assert "<msub><mi>T</mi><mn>1</mn></msub>" in typeset("I(X;T1)")
    assert "<msup><mrow><mi>s</mi></mrow><mn>2</mn></msup>" in typeset("s²")
    assert "<msub><mo>Σ</mo><mi>y</mi></msub>" in typeset("Σ_y p(y)")


def test_a_formula_keeps_its_full_stop() -> None:
    assert str(typeset("so H(T).")).endswith("</math>.</span>")


ALPHABET = "abIXTH ()[]|,.;:=<>≤≥+-−/·²^_'&\"01∇Σθγ₂§"


@given(st.text(alphabet=ALPHABET, max_size=40) | st.text(max_size=40))
def test_any_text_gives_well_formed_markup_with_nothing_lost(text: str) -> None:
    found = str(typeset(text))
    plain = "".join(character for character in found if character >= " ")
    plain = re.sub("[\ufffe\uffff\ud800-\udfff]", "?", plain)
    assert ElementTree.fromstring(f"<p>{plain}</p>").tag == "p"
    kept = html.unescape(re.sub("<[^>]*>", "", found))
    for letter in "IXHTθγ01":
        assert kept.count(letter) == text.count(letter)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("I_of_X_and_T1", "I(X;T1)"),
        ("H_of_T", "H(T)"),
        ("bin_of_x", "bin of x"),
        ("bin_width", "bin width"),
        ("H(Y|X) as printed", "H(Y|X) as printed"),
        ("dL/dW_jk of the net", "dL/dW_jk of the net"),
    ],
)
def test_names_of_numbers(name: str, shown: str) -> None:
    assert name_of(name) == shown
