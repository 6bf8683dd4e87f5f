"""Tables on the terminal."""

from collections.abc import Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ibspec.cli.saying import tame

NARROWEST: Final = 120
"""Columns where the output is no terminal."""


def tabulate(
    head: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Sequence[int], title: str | None = None
) -> None:
    """Print a table; what comes from files is shown as it is, not obeyed.

    Args:
        head: Names of the columns.
        rows: Their cells.
        numbers: Which columns stand to the right.
        title: Above it.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=max(NARROWEST, console.width))
    # As text: "[bits]" would be read as markup.
    above = None if title is None else Text(tame(title))
    table = Table(box=box.SIMPLE_HEAD, title=above, title_justify="left", pad_edge=False)
    for index, name in enumerate(head):
        table.add_column(Text(name), justify="right" if index in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(tame(cell)) for cell in row))
    console.print(table)
