"""Measure what `pins.json` lacks and add it: see `pins.py`."""

import argparse
import json

from tests.regression.inputs import INPUTS
from tests.regression.pins import PINNED, PINS, kept, measured


def main() -> None:
    """Add missing pins, or measure those of one name again."""
    parser = argparse.ArgumentParser(prog="python -m tests.regression.write", description=__doc__)
    parser.add_argument("--again", metavar="NAME", default="", help="measure the pins of this name again")
    again = parser.parse_args().again
    names = [pin.name for pin in PINNED]
    if again and again not in names:
        parser.error(f"no pin is called {again!r}; there are {', '.join(names)}")
    pins = kept()
    for case, make in INPUTS.items():
        pins["inputs"].setdefault(case, make().sha256())
    for pin in PINNED:
        own = pins["outputs"].setdefault(pin.name, {})
        for case in INPUTS:
            if case not in own or pin.name == again:
                own[case] = measured(pin.estimator, case)
                print(f"{pin.name} on {case}: {own[case]}")
    PINS.write_text(json.dumps(pins, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
