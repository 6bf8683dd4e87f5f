"""The keys of the works that a claim cites, to choose claims by."""

import re

PLACE = re.compile(r"(?:,|:|\s(?:§|§§|eqs?\.|Figs?\.|Tables?|appendix|App\.|sections?|pp?\.)(?=\s|\d)|\s§).*")
"""Where in a work; what stands before it names the work."""

KEY = re.compile(r"[\w.]+(?:[-/][\w.]+)+")
"""`grabauskas-2019`, `artemyk/ibsgd`."""


def source_keys(source: str) -> list[str]:
    """Return the works that a source names, each once: `grabauskas-2019 eq. 2.7` names `grabauskas-2019`."""
    keys: dict[str, None] = {}
    for part in source.split(";"):
        found = KEY.match(part.strip())
        name = found[0] if found else PLACE.sub("", part.strip(), count=1).strip()
        if name and "|" not in name:
            keys[name] = None
    return list(keys)
