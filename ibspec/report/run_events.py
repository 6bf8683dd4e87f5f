"""What `ibspec analyse` found, as a section of a run's page."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from ibspec.analyse import Words, in_words, is_current, read_analysis
from ibspec.core import Frozen


@final
class Events(Frozen):
    """The events of a run in words, and whether they are of the run as it is now."""

    words: Words
    stale: str


def events_section(directory: Path, manifest: Mapping[str, Any], measurements: int) -> Events | None:
    """Return the section of a run's page; None where the run was not analysed.

    Args:
        directory: The run's directory.
        manifest: The run's; it says which tables are its own.
        measurements: Rows of its table now.

    Raises:
        UserError: What was found is damaged, or of another version of ibspec.
    """
    found = read_analysis(directory)
    if found is None:
        return None
    # A run that has not ended names no tables yet: there the number of rows must do.
    is_fresh = is_current(found, manifest) if found.made_of else found.measurements == measurements
    again = f"The run has changed since this was found. `ibspec analyse {directory.name}` looks again."
    return Events(words=in_words(found), stale="" if is_fresh else again)
