"""Shuffled sentences: the paper's example, and what holds for any."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.tiny import sentence
from xner.augmentation.segments import segments
from xner.augmentation.shuffle import refusal, shuffle
from xner.sentence import Sentence

TAGS = "B-ORG O B-PER I-PER O O B-LOC O"
SOURCE = "U.N. official Rolf Ekeus heads for Baghdad ."


def shuffled(one, seed):
    return shuffle(one, random.Random(seed))


def test_six_segments_have_four_orders_of_which_three_are_others():
    one = sentence(SOURCE, TAGS)
    assert len(segments(TAGS.split())) == 6
    orders = {" ".join(shuffled(one, seed).tokens) for seed in range(100)}
    assert orders == {
        "U.N. official Ekeus Rolf heads for Baghdad .",
        "U.N. official Rolf Ekeus for heads Baghdad .",
        "U.N. official Ekeus Rolf for heads Baghdad .",
    }


def test_entities_that_touch_are_not_mixed():
    one = sentence("a b c d", "B-PER I-PER B-PER I-PER")
    orders = {"".join(shuffled(one, seed).tokens) for seed in range(100)}
    assert orders == {"bacd", "abdc", "badc"}


def test_every_order_that_changes_something_is_as_probable():
    one = sentence("a b c", "O O O")
    orders = Counter("".join(shuffled(one, seed).tokens) for seed in range(5000))
    assert set(orders) == {"acb", "bac", "bca", "cab", "cba"}
    assert all(abs(number - 1000) < 130 for number in orders.values())  # 4.6 sigma


@given(st.data(), st.integers(0, 9))
def test_words_stay_in_their_segments_and_tags_in_their_places(data, seed):
    tags = data.draw(st.lists(st.sampled_from(["O", "O", "B-PER", "I-PER", "B-LOC"]), min_size=1))
    size = len(tags)
    lists = {"min_size": size, "max_size": size}
    one = Sentence(
        id="a",
        tokens=data.draw(st.lists(st.sampled_from(["x", "y", "北京"]), **lists)),
        tags=tags,
        langs=data.draw(st.none() | st.lists(st.sampled_from(["en", "zh", None]), **lists)),
    )
    made = shuffled(one, seed)
    assert (made.tags, made.origin) == (tags, one)
    for start, end, _ in segments(tags):
        rows = made.alignment[start:end]
        assert sorted(row.origin_start for row in rows) == [*range(start, end)]
    for place, (start, end, was, was_end) in enumerate(made.alignment):
        assert (start, end, was_end) == (place, place + 1, was + 1)
        assert made.tokens[place] == one.tokens[was]
    assert made.langs == (one.langs and [one.langs[row.origin_start] for row in made.alignment])
    can = any(len(set(one.tokens[start:end])) > 1 for start, end, _ in segments(tags))
    assert made.shuffled == (made.tokens != one.tokens) == can


def test_a_translation_goes_into_the_origin_with_its_own():
    first = sentence("b a", lang="de")
    one = sentence("a b", "O O", id="s", lang="en", origin=first, weights=[1.0, 0.5])
    one.meta, one.extra = {"doc": 3, "gold": ["O", "B-PER"]}, {"topic": 1}
    one.labels, one.probs = ["O"], [[1.0], [1.0]]
    made = shuffled(one, 1)
    assert (made.id, made.lang, made.origin, made.origin.origin) == ("s", "en", one, first)
    assert (made.meta, made.extra) == ({"doc": 3}, {"topic": 1})
    assert made.labels is made.probs is None
    assert made.tokens == ["b", "a"]
    assert made.weights == [0.5, 1.0]
    assert one.weights == [1.0, 0.5]


def test_what_is_shuffled_is_refused_for_it_might_be_undone():
    one = sentence("a b", "O O")
    assert "shuffled already" in str(refusal(shuffled(one, 1)))


def test_a_sentence_without_tags_is_refused():
    says = "it has no tags to tell its entities by; run xner weak-tag"
    assert refusal(sentence("a b")) == says
    assert refusal(sentence("a b", "O O")) is None
