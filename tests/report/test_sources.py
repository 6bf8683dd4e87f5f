"""The works that a claim cites."""

import pytest

from ibspec.report.sources import source_keys


@pytest.mark.parametrize(
    ("source", "keys"),
    [
        ("grabauskas-2019 eq. 2.7; candidate-8240R-2019 §2.2.6", ["grabauskas-2019", "candidate-8240R-2019"]),
        ("grabauskas-2019 eqs. 3.6-3.7 and §2.3.4; grabauskas-2019-draft-a eqs. 21-22",
         ["grabauskas-2019", "grabauskas-2019-draft-a"]),
        ("candidate-8240R-2019 §2.2.1, second form; candidate-8240R-2019 Fig. 1", ["candidate-8240R-2019"]),
        ("artemyk/ibsgd: kde.py (Saxe et al. 2018)", ["artemyk/ibsgd"]),
        ("Kolchinsky & Tracey (2017) eqs. 10-12", ["Kolchinsky & Tracey (2017)"]),
        ("me", ["me"]),
    ],
)  # fmt: skip
def test_keys(source: str, keys: list[str]) -> None:
    assert source_keys(source) == keys
