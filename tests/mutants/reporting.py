"""What a mutation run found: `mutants.json` for programs, `mutants.txt` for people."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from tests.mutants.judging import Judged

ARGUED = Path(__file__).with_name("equivalent.json")
"""Mutants that no test can or should tell from the code, by key, each with its difference and the reason."""


def entry(judged: Judged) -> dict[str, Any]:
    """One mutant as it is written to the report."""
    mutant = judged.mutant
    return {
        "key": mutant.key,
        "module": mutant.module,
        "line": mutant.line,
        "operator": mutant.operator,
        "diff": mutant.diff,
        "verdict": judged.verdict,
        "by": judged.by,
        "seconds": round(judged.seconds, 1),
        "tests": judged.tests,
    }


def summary(entries: list[dict[str, Any]], argued: dict[str, dict[str, str]]) -> str:
    """The score, by room and by operator, and every survivor with its difference and its argument, if any."""
    others = [one for one in entries if not is_killed(one)]
    known = sum(one["key"] in argued for one in others)
    lines = [_score("all", entries), f"{known} of the {len(others)} others are argued"]
    for what in ("room", "operator"):
        groups = sorted({_group(one, what) for one in entries})
        lines += ["", f"by {what}:"]
        lines += [
            "  " + _score(name, [one for one in entries if _group(one, what) == name]) for name in groups
        ]
    for verdict in ("survived", "no tests", "out of time"):
        those = [one for one in entries if one["verdict"] == verdict]
        lines += ["", f"{verdict}: {len(those)}"]
        for one in sorted(those, key=lambda one: (one["module"], one["line"])):
            reason = argued.get(one["key"], {}).get("reason")
            lines += ["", f"{one['key']} {one['module']}:{one['line']} {one['operator']}", one["diff"]]
            lines += [f"argued: {reason}"] if reason else []
    return "\n".join(lines) + "\n"


def is_killed(one: dict[str, Any]) -> bool:
    """Whether a test failed, or ran out of time, on this mutant."""
    return one["verdict"] in ("killed", "out of time")


def score(entries: list[dict[str, Any]]) -> float:
    """The share of mutants that were noticed; those argued equivalent count as not noticed."""
    return sum(map(is_killed, entries)) / max(1, len(entries))


def write(folder: Path, facts: dict[str, Any], entries: list[dict[str, Any]]) -> str:
    """Write both files; the summary is returned too."""
    argued = json.loads(ARGUED.read_text(encoding="utf-8"))
    text = summary(entries, argued)
    counts = Counter(one["verdict"] for one in entries)
    whole = {**facts, "killed_share": score(entries), "verdicts": counts, "mutants": entries}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mutants.json").write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    (folder / "mutants.txt").write_text(text, encoding="utf-8")
    return text


def _score(name: str, entries: list[dict[str, Any]]) -> str:
    killed = sum(map(is_killed, entries))
    return f"{name}: {killed} of {len(entries)} noticed ({100 * score(entries):.1f} %)"


def _group(one: dict[str, Any], what: str) -> str:
    return one["operator"] if what == "operator" else ".".join(one["module"].split(".")[:2])
