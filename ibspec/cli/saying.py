"""What reaches the terminal: text, and nothing that a terminal would obey."""

import typer

LONGEST_LINE = 2_000
MOST_LINES = 80


def tame(text: str) -> str:
    r"""Return text from files and arguments as a terminal can show it safely.

    Whatever is not printable (escape sequences, carriage returns, zero bytes, marks that turn the direction
    of writing, halves of characters) is spelled as in Python, `\x1b`; only line ends stay. Lines and texts
    that would fill the screen are cut, and say so.
    """
    lines = text.split("\n")
    shown = [_cut("".join(map(_spell, line[: LONGEST_LINE + 1])), len(line)) for line in lines[:MOST_LINES]]
    more = len(lines) - len(shown)
    return "\n".join(shown if not more else [*shown, f"... and {more} more lines"])


def _spell(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape", "backslashreplace").decode()


def _cut(line: str, length: int) -> str:
    return line if length <= LONGEST_LINE else f"{line[: LONGEST_LINE - 100]}... ({length:,} characters)"


def say(text: str) -> None:
    """Print a line, or several, of an answer."""
    typer.echo("\n".join(tame(line) for line in text.split("\n")))


def complain(message: str) -> None:
    """Print a message where errors go."""
    typer.echo(f"ibspec: {tame(message)}", err=True)
