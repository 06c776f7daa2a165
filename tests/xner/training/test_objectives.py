"""Losses as they are named on the command line."""

import pytest

from xner.errors import OptionError
from xner.training.objectives import build_objectives


def test_ce_is_on_unless_switched_off():
    assert list(build_objectives(["span-kl=0.1,divergence=js"])) == ["ce", "span-kl"]
    assert list(build_objectives(["ce=0", "span-kl"])) == ["span-kl"]
    with pytest.raises(OptionError, match="twice"):
        build_objectives(["ce", "ce=2"])


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("span-lk", "unknown loss 'span-lk'; known: ce, span-kl, dropout-kl"),
        ("span-kl=much", "weight 'much' is not a number"),
        ("span-kl,threshold=0.7", "has no option 'threshold'; it has divergence, floor"),
        ("ce=nan", "weight nan is not a number from 0 on"),
        ("hard-ce=0.5,weight=ignore", "a weight stands behind the name, as in hard-ce=0.5"),
        ("ce=0", "every --loss has weight 0"),
        ("span-kl,js", "'js' in 'span-kl,js' is not of the form key=value"),
    ],
)
def test_a_loss_that_is_none_is_refused(spec, message):
    with pytest.raises(OptionError, match=message):
        build_objectives([spec])
