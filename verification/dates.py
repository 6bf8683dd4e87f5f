"""The dates that the sources print."""

from datetime import date

TITLES = {
    "grabauskas-2019, title": ("Thursday", date(2019, 5, 9)),
    "grabauskas-2019, appendix A": ("Saturday", date(2018, 10, 20)),
    "grabauskas-2019-proposal, title": ("Wednesday", date(2019, 1, 30)),
}

SCHEDULE = (
    (date(2018, 10, 20), date(2018, 11, 2)),
    (date(2018, 11, 3), date(2018, 11, 30)),
    (date(2018, 12, 1), date(2018, 12, 28)),
    (date(2018, 12, 29), date(2019, 2, 1)),
    (date(2019, 2, 2), date(2019, 2, 2)),
    (date(2019, 2, 3), date(2019, 3, 2)),
)
"""First and last day of the periods of appendix A, to which the appendix prints no years."""

EXTENSIONS = 4
"""The period in which the extensions are to be made."""

EXAMINATION = 2001
"""Year of the examination on the proforma of grabauskas-2019."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
