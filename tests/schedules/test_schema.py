"""The published schema says of each schedule what it accepts: a limit or a default cannot change unseen."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from ibspec.schedules import AnySchedule

PUBLISHED = json.loads((Path(__file__).parents[2] / "specs" / "schema.json").read_text())["$defs"]


def test_every_field_is_published_as_it_is():
    own = TypeAdapter(AnySchedule).json_schema()["$defs"]
    assert len(own) == 7, "six schedules, and a segment"
    assert own == {name: PUBLISHED[name] for name in own}
