"""Slips in the schedule of a source."""

from itertools import pairwise

import pytest

from verification import dates


def days(period):
    """From the first day to the last."""
    return (period[1] - period[0]).days


@pytest.mark.claim(
    "meta.schedule",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 App. A, schedule, and proforma",
    says="The extensions have a period of their own, from 2 February to 2 February, and the examination is "
    "in 2001.",
)
def test_the_schedule(evidence):
    """From a day to itself is no period; the dissertation is of 2019, and so is the end of its schedule."""
    for before, after in pairwise(dates.SCHEDULE):
        evidence.case(before=before[1].isoformat(), after=after[0].isoformat())
        evidence.equal((after[0] - before[1]).days, 1, within=0.0, what="periods follow", unit="days")
    others = [days(each) for n, each in enumerate(dates.SCHEDULE) if n != dates.EXTENSIONS]
    evidence.at_most(13, min(others), what="corrected: two weeks or more, as the others", unit="days")
    extensions = days(dates.SCHEDULE[dates.EXTENSIONS])
    evidence.equal(extensions, 0, within=0.0, what="printed: from a day to itself", unit="days")
    _, title = dates.TITLES["grabauskas-2019, title"]
    evidence.equal(
        dates.SCHEDULE[-1][1].year,
        title.year,
        within=0.0,
        what="corrected: year of the schedule",
        unit="years",
    )
    evidence.differ(
        dates.EXAMINATION, title.year, by=0.5, what="year of the examination", unit="years",
        extensions_days=extensions, other_periods_days=others, examination=dates.EXAMINATION,
        dissertation=title.isoformat(),
    )  # fmt: skip
