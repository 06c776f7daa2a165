"""Schemes of tags: each turned into the others, ill-formed ones mended as conlleval reads them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.tag_schemes import (
    SCHEMES,
    TagReader,
    convert_tags,
    guess_scheme,
    may_follow,
    repaired,
    spans_of,
)

LETTERS = {"bio": "BI", "bioes": "BIES", "iob1": "BI"}
any_tags = st.lists(
    st.just("O") | st.tuples(st.sampled_from("BIES"), st.sampled_from(["PER", "LOC"])).map("-".join)
)
# real corpora have entities, of one word and of more
sample = [["B-PER", "O", "B-LOC", "I-LOC"], ["B-LOC", "B-LOC", "O"], ["B-PER", "I-PER", "I-PER"]]


@pytest.mark.parametrize("scheme", SCHEMES)
@given(tags=any_tags)
def test_a_scheme_is_read_back_as_the_same_bio(scheme, tags):
    bio = convert_tags(tags, "bio")
    assert TagReader(scheme)(convert_tags(bio, scheme)) == (bio, 0)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(tags=any_tags)
def test_the_reader_is_a_fast_repair(scheme, tags):
    reader = TagReader(scheme)
    assert reader(tags) == repaired(tags, scheme) == reader(tags)
    assert spans_of(reader(tags)[0]) == spans_of(tags)
    assert (reader.flaw(tags) is None) == (reader(tags)[1] == 0)


@pytest.mark.parametrize("scheme", SCHEMES)
@given(tags=any_tags)
def test_what_may_follow_is_what_is_well_formed(scheme, tags):
    pairs = zip([None, *tags], [*tags, None], strict=True)
    allowed = all(may_follow(before, after, scheme) for before, after in pairs)
    assert allowed == (convert_tags(tags, scheme) == tags)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_scheme_of_a_sample_is_told(scheme):
    written = [convert_tags(tags, scheme) for tags in sample]
    assert guess_scheme(written) == scheme
    assert guess_scheme([*written, ["O", "I-PER"]]) == scheme


def test_without_entities_nothing_is_guessed():
    assert guess_scheme([]) == guess_scheme([["O", "O"]]) == "bio"


@pytest.mark.parametrize("tag", ["", "B", "B-", "X-PER", "-PER", "b-PER", "PER", "o"])
def test_what_is_no_tag(tag):
    with pytest.raises(ValueError, match=f"unknown tag '{tag}'; expected O or a letter"):
        TagReader("bio")(["O", tag])
    assert TagReader("bio").flaw(["O", tag]) == (
        1,
        f"unknown tag '{tag}'; expected O or a letter of BIES, a dash and a type",
    )
