"""The claims about dates fall where other dates are printed."""

from datetime import date

import pytest

from verification import dates
from verification.errata import test_dates_misprints as misprints
from verification.theory import test_dates as claims


@pytest.mark.can_fail("meta.dates")
@pytest.mark.parametrize("place", dates.TITLES)
def test_a_year_later(log, monkeypatch, place):
    printed, day = dates.TITLES[place]
    monkeypatch.setitem(dates.TITLES, place, (printed, day.replace(year=day.year + 1)))
    with pytest.raises(AssertionError, match=r"weekday: .* should equal"):
        claims.test_weekdays(log)


@pytest.mark.can_fail("meta.dates")
def test_another_congruence(log, monkeypatch):
    """One that counts from Sunday."""
    congruence = claims.congruence
    monkeypatch.setattr(claims, "congruence", lambda day: (congruence(day) + 1) % 7)
    with pytest.raises(AssertionError, match=r"weekday by congruence: .* should equal"):
        claims.test_weekdays(log)


@pytest.mark.can_fail("meta.schedule")
def test_a_month_for_the_extensions(log, monkeypatch):
    schedule = list(dates.SCHEDULE)
    schedule[4:] = [(date(2019, 2, 2), date(2019, 3, 1)), (date(2019, 3, 2), date(2019, 4, 2))]
    monkeypatch.setattr(dates, "SCHEDULE", tuple(schedule))
    with pytest.raises(AssertionError, match=r"from a day to itself: .* should equal"):
        misprints.test_the_schedule(log)


@pytest.mark.can_fail("meta.schedule")
def test_the_right_year(log, monkeypatch):
    monkeypatch.setattr(dates, "EXAMINATION", 2019)
    with pytest.raises(AssertionError, match=r"year of the examination: .* should differ"):
        misprints.test_the_schedule(log)
