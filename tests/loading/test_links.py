"""A run directory from a stranger may not lead out of itself."""

import pytest

from ibspec.core import UserError
from ibspec.loading import load
from tests.loading.making import make_finished


@pytest.mark.parametrize("name", ["manifest.json", "figures", "report.html"])
def test_a_link_that_leads_out_is_refused(tmp_path, name):
    run = make_finished(tmp_path / "run")
    outside = tmp_path / "outside"
    outside.mkdir()
    if (run / name).exists():
        (run / name).rename(outside / name)
        (run / name).symlink_to(outside / name)
    else:
        (run / name).symlink_to(outside)
    with pytest.raises(UserError, match=f"{name} is a link that leads out"):
        load(run)


def test_a_link_that_stays_inside_is_no_harm(tmp_path):
    run = make_finished(tmp_path / "run")
    (run / "again.txt").symlink_to(run / "manifest.json")
    assert load(run).manifest


def test_a_link_to_itself(tmp_path):
    run = make_finished(tmp_path / "run")
    (run / "round").symlink_to(run / "round")
    with pytest.raises(UserError):
        load(run)
