"""The command line: thin, and quick to answer; torch is imported only by commands that need it."""

from ibspec.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="ibspec")


__all__ = ["app", "main"]
