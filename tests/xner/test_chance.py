"""Random choices of a record hang on seed, id and purpose, and on nothing else."""

from xner.chance import chance


def test_another_seed_id_or_purpose_is_another_generator():
    arguments = [(1, "a"), (2, "a"), (1, "b"), (1, "a", "case"), (11, ""), (1, "1")]
    first = [chance(*own).random() for own in arguments]
    assert len(set(first)) == len(arguments)
    assert [chance(*own).random() for own in reversed(arguments)] == first[::-1]
