"""Files of a run that are really somebody else's."""

from pathlib import Path

from ibspec.core import UserError


def refuse_links(directory: Path) -> None:
    """Refuse a run directory in which a name leads out of it.

    Reading would copy a file from elsewhere into the run's page, and drawing would write elsewhere.

    Raises:
        UserError: An entry is a symbolic link to somewhere outside.
    """
    try:
        home = directory.resolve()
        links = sorted(entry for entry in directory.iterdir() if entry.is_symlink())
        outside = [link for link in links if not link.resolve().is_relative_to(home)]
    except (OSError, RuntimeError) as error:  # a link to itself, for instance
        raise UserError(f"{directory}: cannot be looked through: {error}") from None
    if outside:
        raise UserError(
            f"{outside[0]} is a link that leads out of the run's directory; put the file itself there"
        )
