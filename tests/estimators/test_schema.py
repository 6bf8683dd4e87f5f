"""The published schema says of each estimator what it accepts: a limit or a default cannot change unseen."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from ibspec.estimators import AnyEstimator

PUBLISHED = json.loads((Path(__file__).parents[2] / "specs" / "schema.json").read_text())["$defs"]


def test_every_field_is_published_as_it_is():
    own = TypeAdapter(AnyEstimator).json_schema()["$defs"]
    assert len(own) > 17, "each estimator, and the parts that they share"
    assert own == {name: PUBLISHED[name] for name in own}
