"""Options of training that make no sense."""

from dataclasses import replace

import pytest

from tests.xner.training.runs import OPTIONS
from xner.errors import OptionError


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "--epochs 0 makes no sense; at least 1"),
        ({"accumulate": 0}, "--accumulate 0"),
        ({"steps": -3}, "--steps -3"),
        ({"learning_rate": 0.0}, "--learning-rate 0"),
        ({"warmup": 5.0}, "--warmup 5 makes no sense; from 0 to 1"),
        ({"clip": float("nan")}, "--clip nan"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        replace(OPTIONS, **options)
