"""Every estimator that a spec can name is calibrated without being asked for by name."""

import pytest

from ibspec.calibrate.standard import CHOSEN, kind_of, members, named, standard
from ibspec.core import UserError


@pytest.mark.parametrize("member", members(), ids=kind_of)
def test_each_kind_has_parameters(member):
    chosen = standard(member)
    assert chosen
    assert all(type(each) is member for each in chosen)


def test_labels_tell_them_apart():
    labels = [each.label for member in members() for each in standard(member)]
    assert len(set(labels)) == len(labels)
    assert {type(each) for each in CHOSEN} <= set(members())


def test_named_ones_are_the_standard_ones():
    assert named("ksg, adaptive-kde") == (*standard(type(named("ksg")[0])), *named("adaptive-kde"))
    with pytest.raises(UserError, match="no estimator called 'knn'"):
        named("knn")
