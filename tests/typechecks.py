"""How the import hook of `conftest.py` checks annotations."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
"""Whole numbers may stand for reals, as in specs: `Width(1)` is `Width(1.0)`."""
