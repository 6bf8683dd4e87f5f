"""`python -m ibspec`."""

from ibspec.cli import main

main()
