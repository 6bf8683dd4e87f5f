"""How a run went, in one sentence."""

from collections.abc import Mapping
from typing import Any, Literal, final

import pandas as pd

from ibspec.core import Frozen

Tone = Literal["good", "mixed", "bad", "open"]


@final
class RunVerdict(Frozen):
    """One sentence on how a run ended, and how much of a problem that is."""

    tone: Tone
    says: str


def judge_run(manifest: Mapping[str, Any], measurements: pd.DataFrame) -> RunVerdict:
    """Say how a run ended: its state, its replicas, its invalid measurements."""
    state = str(manifest.get("state", "unknown"))
    replicas: Mapping[str, Any] = manifest.get("replicas") or {}
    diverged = [name for name, replica in replicas.items() if replica.get("state") == "diverged"]
    total = len(measurements)
    invalid = int((measurements["status"] != "ok").sum()) if total else 0
    words = [_state_in_words(state, str(manifest.get("reason") or ""), measurements)]
    if replicas and state == "done":
        words.append(
            f"{len(replicas) - len(diverged)} of {_count(len(replicas), 'replica')} trained to the end"
        )
    if diverged:
        reasons = {str(replicas[name].get("reason") or "no finite loss") for name in diverged}
        shown = ", ".join(diverged[:5]) + (f" and {len(diverged) - 5} more" if len(diverged) > 5 else "")
        why = f" ({next(iter(reasons))})" if len(reasons) == 1 else ""
        words.append(f"{'replicas' if len(diverged) > 1 else 'replica'} {shown} diverged{why}")
    wrong = f"{invalid} of them invalid" if invalid else "all valid"
    words.append(f"{_count(total, 'measurement')}, {wrong}" if total else "no measurements")
    tone: Tone = "good"
    if state in ("failed", "interrupted"):
        tone = "bad"
    elif state != "done":
        tone = "open"
    elif diverged or invalid or not total:
        tone = "mixed"
    return RunVerdict(tone=tone, says="; ".join(words) + ".")


def _state_in_words(state: str, reason: str, measurements: pd.DataFrame) -> str:
    last = f", measured up to epoch {int(measurements['epoch'].max())}" if len(measurements) else ""
    match state:
        case "done":
            return "Done"
        case "failed":
            return f"Failed{f': {reason}' if reason else ''}{last}"
        case "interrupted":
            return f"Interrupted{last}"
        case "running":
            return f"Not finished when this page was written{last}"
    return f"State {state}{last}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
