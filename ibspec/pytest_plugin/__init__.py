"""Claims as pytest tests: the marker `claim`, the fixture `evidence`, and a report of what was found.

    @pytest.mark.claim("dpi.general", kind="theorem", expected="holds", source="grabauskas-2019 eq. 2.7",
                       says="Along X -> T -> S, the later variable knows no more about X.")
    @given(chain=markov_chains())
    def test_data_processing(evidence, chain):
        evidence.case(chain=chain)
        evidence.at_most(later(chain), earlier(chain), within=1e-12)

pytest loads this package in every run, so nothing heavy is imported before a claim is collected, and
nothing is written unless `--claims-report` says where.
"""

from typing import TYPE_CHECKING

import pytest

from ibspec.pytest_plugin.session import NAME, ClaimsSession

if TYPE_CHECKING:
    from ibspec.claims import EvidenceLog

__all__ = ["evidence", "pytest_addoption", "pytest_configure"]

MARKERS = (
    "claim(id, *, kind, expected, source, says): this test judges the claim with this id.",
    "can_fail(*ids): this test shows that the checks of these claims are able to fail.",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the claims."""
    group = parser.getgroup("claims", "claims and their verdicts (ibspec)")
    group.addoption(
        "--claims-report",
        metavar="DIR",
        help="write what was found to DIR: index.html, claims.json and junit.xml; only claims appear there",
    )
    group.addoption(
        "--claims-long",
        action="store_true",
        help="search for violations longer, and at random instead of the same way each time",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and the object that follows the session."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    config.pluginmanager.register(ClaimsSession(config), NAME)


@pytest.fixture(scope="session")
def evidence(pytestconfig: pytest.Config) -> "EvidenceLog":
    """The notes of the running test: comparisons that remember how close they came to failing.

    One object for the whole session, emptied before every test, so that Hypothesis may use it: it
    refuses fixtures that are made anew for each test.
    """
    session = pytestconfig.pluginmanager.get_plugin(NAME)
    assert isinstance(session, ClaimsSession)
    return session.log
