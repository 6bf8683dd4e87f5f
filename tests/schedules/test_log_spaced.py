"""Log-spaced epochs against all powers, one by one."""

from hypothesis import example, given
from hypothesis import strategies as st

from ibspec.schedules import LogSpaced


@given(per_decade=st.integers(1, 80), last=st.integers(1, 1200))
@example(per_decade=10, last=1200)
@example(per_decade=5, last=9)  # 10^0.2 rounds to 2, though 10^0.4 is nearer to it on the logarithmic axis
@example(per_decade=80, last=1000)
def test_every_rounded_power_is_in_and_nothing_else(per_decade: int, last: int):
    powers = {round(10 ** (k / per_decade)) for k in range(4 * per_decade + 1)}
    wanted = {0, last} | {power for power in powers if power <= last}
    assert LogSpaced(per_decade=per_decade).planned(last) == sorted(wanted)


@given(per_decade=st.integers(1, 300), k=st.integers(0, 2100))
def test_powers_far_out_are_due(per_decade: int, k: int):
    epoch = round(10 ** (min(k, 7 * per_decade) / per_decade))
    assert LogSpaced(per_decade=per_decade).is_due(epoch)


@given(per_decade=st.integers(1, 30), epoch=st.integers(1, 10_000_000))
def test_epochs_far_out_are_due_only_near_a_power(per_decade: int, epoch: int):
    powers = {round(10 ** (k / per_decade)) for k in range(7 * per_decade + 1)}
    assert LogSpaced(per_decade=per_decade).is_due(epoch) == (epoch in powers)


def test_ten_a_decade():
    """The preferred numbers R10, rounded to whole epochs."""
    wanted = [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 79, 100]
    assert LogSpaced(per_decade=10).planned(100) == wanted
