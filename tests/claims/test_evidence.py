from fractions import Fraction

import numpy as np
import pytest
import torch

from ibspec.claims import Evidence, EvidenceLog
from ibspec.claims.evidence import MANY, Margin


@pytest.fixture
def log():
    return EvidenceLog()


def test_an_empty_log_is_empty_evidence(log):
    assert log.summary() == Evidence()


def test_the_worst_of_each_comparison_is_kept(log):
    for value in (1.0, 1.5, 0.75):
        log.case(value=value)
        assert log.equal(value, 1.0, within=1.0, what="near 1") == pytest.approx(abs(value - 1.0))
    assert log.at_most(2.0, 5.0, what="below 5", unit="nats") == -3.0
    found = log.summary()
    assert found.cases == 3
    near, below = found.margins
    assert (near.what, near.excess, near.allowed, near.unit, near.checks) == ("near 1", 0.5, 1.0, "bits", 3)
    assert (below.what, below.excess, below.allowed, below.unit, below.checks) == (
        "below 5",
        -3.0,
        0.0,
        "nats",
        1,
    )
    assert found.counterexample == {}


def test_a_tolerance_that_varies_is_compared_as_a_share(log):
    log.equal(0.5, 0.0, within=1.0, what="x")
    log.equal(0.2, 0.0, within=0.25, what="x")
    assert log.summary().margins[0].excess == 0.2


def test_arrays_are_compared_entry_by_entry(log):
    log.equal(torch.tensor([1.0, 2.0]), np.array([1.0, 2.25]), within=0.25)
    with pytest.raises(
        AssertionError, match=r"value: array\(2,\) should equal array\(2,\) .* differ by 0\.25"
    ):
        log.equal([1.0, 2.0], [1.0, 2.25], within=0.2)


def test_a_failed_comparison_tells_the_numbers_and_keeps_the_input(log):
    log.case(x=(1, 2))
    with pytest.raises(
        AssertionError, match=r"H: 1\.25 should equal 1\.0 to 0\.1 bits; they differ by 0\.25"
    ):
        log.equal(1.25, 1.0, within=0.1, what="H")
    found = log.summary(failed=True)
    assert found.counterexample == {"x": (1, 2), "found": 1.25, "wanted": 1.0}
    assert found.headline is not None
    assert found.headline.share == pytest.approx(2.5)


def test_a_failed_limit_tells_the_numbers(log):
    with pytest.raises(AssertionError, match=r"I: 2\.5 should not exceed 2\.0 .* does so by 0\.5"):
        log.at_most(2.5, 2.0, what="I")


def test_a_plain_assertion_leaves_the_running_case_as_counterexample(log):
    log.differ(1.0, 0.0, by=0.5, printed=1.0)
    log.case(x=3)
    assert log.summary().counterexample == {"printed": 1.0}
    assert log.summary(failed=True).counterexample == {"x": 3}


def test_what_must_differ_fails_where_it_agrees(log):
    with pytest.raises(AssertionError, match=r"printed: 1\.0 should differ from 1\.0 by more than 0\.5 bits"):
        log.differ(1.0, 1.0, by=0.5, what="printed")


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_refute_nothing(log, value):
    for compare in (
        lambda: log.equal(value, 1.0, within=1.0),
        lambda: log.at_most(value, 1.0),
        lambda: log.differ(value, 1.0, by=0.5),
    ):
        with pytest.raises(ValueError, match=r"nan|inf"):
            compare()


def test_limits_themselves_are_on_the_right_side(log):
    """What may be reached passes at its limit; what must differ by more than that does not."""
    log.equal(1.5, 1.0, within=0.5)
    log.at_most(2.0, 2.0)
    with pytest.raises(AssertionError, match="should differ"):
        log.differ(1.5, 1.0, by=0.5)


@pytest.mark.parametrize("kind", [np.uint8, np.float32, np.bool_, torch.tensor, list])
def test_numbers_of_any_kind_are_subtracted_as_reals(log, kind):
    """Neither does 0 - 1 wrap round, nor are truth values a matter of logic."""
    values = [0, 1], [1, 1]
    one, other = ([bool(v) for v in each] if kind is np.bool_ else each for each in values)
    one, other = (np.array(each, kind) if isinstance(kind, type) and kind is not list else kind(each)
                  for each in (one, other))  # fmt: skip
    assert log.equal(one, other, within=1.0) == 1.0
    assert log.differ(one, other, by=0.5) == 1.0


def test_fractions_are_numbers_too(log):
    assert log.equal([Fraction(1, 2), Fraction(1, 4)], [0.5, 0.5], within=0.25) == 0.25
    assert log.differ(Fraction(1, 2), 1, by=0.25) == 0.5
    with pytest.raises((TypeError, ValueError)):
        log.equal("half", 0.5, within=1.0)


def test_what_has_no_name_is_a_value(log):
    for compare in (
        lambda: log.equal(3.0, 1.0, within=1.0),
        lambda: log.at_most(3.0, 1.0),
        lambda: log.differ(3.0, 1.0, by=2.0),
    ):
        with pytest.raises(AssertionError, match=r"^value: 3\.0 should .* bits"):
            compare()


def test_figures_are_16_to_9_unless_their_claim_says(log):
    log.draw(lambda canvas: None, "A caption.")
    width, height = log.figure.size
    assert (width, width / height) == (6.4, pytest.approx(16 / 9))
    log.draw(lambda canvas: None, "A caption.", size=(3.0, 4.0))
    assert log.figure.size == (3.0, 4.0)


def test_numbers_add_up_and_the_last_of_a_name_counts(log):
    log.number(n=1, m=2)
    log.number(n=3, k=4)
    assert log.summary().numbers == {"n": 3, "m": 2, "k": 4}


def test_nothing_compared_has_no_headline(log):
    assert log.summary().headline is None


def test_what_was_compared_half_as_often_is_common(log):
    for number in range(10):
        log.equal(1e-15, 0.0, within=1e-12, what="property")
        if number % 2:
            log.equal(0.5, 0.0, within=1.0, what="half as often")
    assert log.summary().headline.what == "half as often"
    log.equal(1e-15, 0.0, within=1e-12, what="property")
    assert log.summary().headline.what == "property", "5 of 11 is less than half"


def test_many_numbers_are_told_by_their_shape(log):
    """A table of 8 by 8 is shown, one number more is not."""
    log.counterexample(few=[0] * 64, many=[0] * 65, table=np.zeros((8, 8)), large=np.zeros((5, 13)))
    found = log.summary().counterexample
    assert found["few"] == (0,) * 64
    assert found["many"] == "65 entries"
    assert found["table"] == ((0.0,) * 8,) * 8
    assert found["large"] == "5 x 13 numbers"


def test_the_headline_prefers_common_comparisons_to_printed_digits(log):
    for _ in range(10):
        log.equal(1e-15, 0.0, within=1e-12, what="property")
    log.equal(0.3112, 0.3113, within=1e-3, what="digits")
    assert log.summary().headline.what == "property"


def test_the_headline_is_the_violation_where_there_is_one(log):
    for _ in range(10):
        log.equal(0.0, 0.0, within=1e-12, what="property")
    with pytest.raises(AssertionError, match="rare"):
        log.equal(2.0, 0.0, within=1.0, what="rare")
    assert log.summary(failed=True).headline.what == "rare"


def test_named_numbers_become_plain_values(log):
    log.counterexample(
        flag=np.bool_(True), count=np.int64(3), real=np.float32(0.5), tensor=torch.tensor([[1, 2]]), word="x",
        nested=[(1, 2), (3,)], large=np.zeros((100, 12)), rest={1}, long=[0] * 100,
        nothing=float("nan"), deep=[[[[1]]]],
    )  # fmt: skip
    assert log.summary().counterexample == {
        "flag": True,
        "count": 3,
        "real": 0.5,
        "tensor": ((1, 2),),
        "word": "x",
        "nested": ((1, 2), (3,)),
        "large": "100 x 12 numbers",
        "rest": "{1}",
        "long": "100 entries",
        "nothing": "nan",
        "deep": ((("[1]",),),),
    }


def test_evidence_survives_json(log):
    log.case(x=1)
    log.equal(0.0, 0.0, within=0.0)
    log.counterexample(joint=np.array([[0.25, 0.75]]), seen=True, n=2)
    log.draw(lambda canvas: None, "A caption.")
    found = log.summary()
    again = Evidence.model_validate_json(found.model_dump_json())
    assert again == found
    assert type(again.counterexample["seen"]) is bool
    assert type(again.counterexample["n"]) is int
    assert again.figure == "A caption."


def test_clearing_forgets_everything(log):
    log.case(x=1)
    log.number(n=1)
    log.find("supported")
    log.draw(lambda canvas: None, "A caption.")
    log.clear()
    assert log.summary() == Evidence()
    assert log.verdict is None
    assert log.figure is None


def test_as_many_numbers_as_fit_are_written_in_full(log):
    log.counterexample(
        array=np.arange(MANY), entries=[0] * MANY, longer=np.arange(MANY + 1), more=[0] * (MANY + 1)
    )
    shown = log.summary().counterexample
    assert shown["array"] == tuple(range(MANY))
    assert shown["entries"] == (0,) * MANY
    assert (shown["longer"], shown["more"]) == (f"{MANY + 1} numbers", f"{MANY + 1} entries")


def test_where_nothing_is_allowed_a_share_is_none_or_without_end():
    below, above = (
        Margin(what="x", excess=excess, allowed=0.0, unit="", checks=1) for excess in (0.0, 1e-300)
    )
    assert (below.share, above.share) == (0.0, np.inf)
