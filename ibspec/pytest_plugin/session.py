"""Follows a pytest session: judges each claim, gathers the judgements, has the report written."""

import time
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, final

import pytest

from ibspec.pytest_plugin.marking import read_claims

if TYPE_CHECKING:
    from ibspec.claims import Claim, Evidence, EvidenceLog, Judgement, Verdict

NAME: Final = "ibspec-claims"
"""Under this name pytest's plugin manager knows the session."""

SENT = "ibspec_claim"
"""Attribute of a test report under which a judgement travels, also from a worker of pytest-xdist."""

LONGEST_MESSAGE = 4000


@dataclass
class _Trial:
    """What is known so far about the claim of one test."""

    claim: "Claim"
    verdict: "Verdict" = "not measured"
    evidence: "Evidence | None" = None
    seconds: float = 0.0
    message: str = ""
    skipped: bool = False
    svg: str | None = None


@dataclass
class _Gathered:
    """What one process, or all workers together, know about the claims of the session."""

    selected: "dict[str, Claim]" = field(default_factory=dict)
    deselected: set[str] = field(default_factory=set)
    judgements: "dict[str, Judgement]" = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)


_TRIAL = pytest.StashKey[_Trial]()


@final
class ClaimsSession:
    """The hooks; one object a process. Workers of pytest-xdist judge, their controller writes."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._log: EvidenceLog | None = None
        self._gathered = _Gathered()
        self._started = time.time()
        self._written: Path | None = None

    @property
    def log(self) -> "EvidenceLog":
        """The notes of the test that is running."""
        if self._log is None:
            from ibspec.claims import EvidenceLog

            self._log = EvidenceLog()
        return self._log

    @property
    def _directory(self) -> Path | None:
        """Where the report goes, or None."""
        told = self._config.getoption("claims_report")
        if not told or self._config.getoption("collectonly"):
            return None
        return Path(self._config.invocation_params.dir, told)

    # Collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read every claim before -k and -m choose: mistakes never hide, and -k knows the ids."""
        for item, claim in read_claims(items).items():
            item.stash[_TRIAL] = _Trial(claim)
            item.extra_keyword_matches.add(claim.id)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember which claims were left out."""
        self._gathered.deselected |= {item.nodeid for item in items if _TRIAL in item.stash}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Remember which claims are to be judged."""
        self._gathered.selected = {
            item.nodeid: item.stash[_TRIAL].claim for item in session.items if _TRIAL in item.stash
        }

    # Judging

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Empty the notes."""
        if self._log is not None:
            self._log.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Time the check, compare what it says it found with what is expected, and draw its figure."""
        trial = item.stash.get(_TRIAL, None)
        if trial is None:
            return (yield)
        start = time.perf_counter()
        try:
            result = yield
        finally:
            trial.seconds = time.perf_counter() - start
        stated = self.log.verdict
        if stated not in (None, trial.claim.expected):
            raise AssertionError(f"found `{stated}`, expected `{trial.claim.expected}`")
        if self.log.figure is not None and self._directory is not None:
            from ibspec.report import draw_svg

            trial.svg = draw_svg(self.log.figure)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge after the call, and send the judgement off with the last report of the test."""
        report = yield
        trial = item.stash.get(_TRIAL, None)
        if trial is None:
            return report
        raised = call.excinfo.value if call.excinfo else None
        trial.skipped |= report.skipped
        if call.when == "call":
            self._judge(trial, raised)
        elif raised is not None:
            _note(trial, raised, during="set-up" if call.when == "setup" else "tear-down")
            trial.verdict = "not measured" if call.when == "setup" else "error"
        if call.when == "teardown":
            setattr(report, SENT, _pack(trial, item.nodeid))
        return report

    def _judge(self, trial: _Trial, raised: BaseException | None) -> None:
        from ibspec.claims import judge

        if not trial.skipped:
            trial.verdict = judge(trial.claim, raised, self.log.verdict)
        trial.evidence = self.log.summary(failed=raised is not None)
        if raised is not None:
            _note(trial, raised)

    # Gathering

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a judgement in, from this process or from a worker."""
        sent = getattr(report, SENT, None)
        if sent is not None:
            from ibspec.claims import Judgement

            judgement = Judgement.model_validate_json(sent["judgement"])
            self._gathered.judgements[report.nodeid] = judgement
            if sent["svg"] is not None:
                self._gathered.figures[judgement.claim.id] = sent["svg"]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in which claims a worker of pytest-xdist had before it."""
        output = getattr(node, "workeroutput", {}).get(SENT)
        if output is not None:
            from ibspec.claims import Claim

            self._gathered.deselected |= set(output["deselected"])
            self._gathered.selected |= {
                test: Claim.model_validate_json(claim) for test, claim in output["selected"].items()
            }

    # Reporting

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Write the report; a worker hands over what it knows instead."""
        gathered = self._gathered
        output = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[SENT] = {
                "selected": {test: claim.model_dump_json() for test, claim in gathered.selected.items()},
                "deselected": sorted(gathered.deselected),
            }
        elif self._directory is not None and (gathered.selected or gathered.judgements):
            from ibspec.report import VerificationRun, write_verification

            run = VerificationRun.now(
                arguments=tuple(str(argument) for argument in self._config.invocation_params.args),
                seconds=time.time() - self._started,
                exit_status=int(exitstatus),
                left_out=len(gathered.deselected),
            )
            self._written = write_verification(self._all(), gathered.figures, self._directory, run=run)

    def _all(self) -> "list[Judgement]":
        """All judgements in the order of collection, with those that the session did not reach."""
        from ibspec.claims import Judgement

        gathered = self._gathered
        tests = {**dict.fromkeys(gathered.selected), **dict.fromkeys(gathered.judgements)}
        return [
            gathered.judgements.get(test)
            or Judgement(
                claim=gathered.selected[test],
                verdict="not measured",
                test=test,
                message="the run ended before this claim",
                skipped=True,
            )
            for test in tests
        ]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say in one line what was found and where it is written."""
        if not self._gathered.judgements:
            return
        judgements = self._all()
        counts = Counter(judgement.verdict for judgement in judgements)
        told = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
        surprises = sum(not judgement.passed for judgement in judgements)
        line = f"claims: {told}; " + (f"{surprises} not as expected" if surprises else "all as expected")
        if self._written is not None:
            line += f"; report: {_short(self._written)}"
        terminalreporter.write_line(line)


def _pack(trial: _Trial, test: str) -> dict[str, str | None]:
    """Turn a finished trial into text that any process understands."""
    from ibspec.claims import Evidence, Judgement

    judgement = Judgement(
        claim=trial.claim,
        verdict=trial.verdict,
        evidence=trial.evidence or Evidence(),
        seconds=trial.seconds,
        test=test,
        message=trial.message,
        skipped=trial.skipped,
    )
    return {"judgement": judgement.model_dump_json(), "svg": trial.svg}


def _note(trial: _Trial, raised: BaseException, during: str = "") -> None:
    """Add to the message what was raised."""
    name = type(raised).__name__
    text = f"{name}: {raised}" if str(raised) else name
    if during:
        text = f"in {during}: {text}"
    trial.message = "\n".join(part for part in (trial.message, text) if part)[:LONGEST_MESSAGE]


def _short(path: Path) -> str:
    """Return the path as seen from the current directory where it lies below it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
