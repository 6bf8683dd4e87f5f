"""Weekdays of the sources."""

import pytest

from verification import dates


def congruence(day):
    """The weekday by Zeller's congruence (1882), 0 for Monday."""
    month, year = (day.month + 12, day.year - 1) if day.month < 3 else (day.month, day.year)
    zeller = day.day + 13 * (month + 1) // 5 + year + year // 4 - year // 100 + year // 400
    return (zeller + 5) % 7  # the congruence counts from Saturday


@pytest.mark.claim(
    "meta.dates",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 title, App. A; grabauskas-2019-proposal title",
    says="9 May 2019 was a Thursday, 20 October 2018 a Saturday, 30 January 2019 a Wednesday.",
)
def test_weekdays(evidence):
    """By the calendar of Python and by a congruence."""
    for place, (printed, day) in dates.TITLES.items():
        evidence.case(place=place, printed=printed, day=day.isoformat())
        wanted = dates.WEEKDAYS.index(printed)
        evidence.equal(day.weekday(), wanted, within=0.0, what="weekday", unit="days")
        evidence.equal(congruence(day), wanted, within=0.0, what="weekday by congruence", unit="days")
