"""Entities found where the sentence says something like them."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xner.projection.from_likeness import Fuzzy, akin
from xner.projection.likeness import likeness


def found(entity: str, sentence: str) -> list[str]:
    tokens = sentence.split()
    places = Fuzzy().places(entity.split(), tokens)
    return [" ".join(tokens[place.start : place.end]) for place in places]


@pytest.mark.parametrize(
    ("entity", "sentence", "there"),
    [
        # inflection
        ("Deutschland", "Der Präsident Deutschlands sprach .", "Deutschlands"),
        ("Vereinigte Staaten", "in den Vereinigten Staaten", "Vereinigten Staaten"),
        ("Rom", "Cäsar und Roms Legionen", "Roms"),
        ("Angela Merkel", "Angela Merkels Rede", "Angela Merkels"),
        ("Moskva", "w Moskve zimno", "Moskve"),
        # clitics
        ("مصر", "وصل إلى الحدود ومصر بعيدة", "ومصر"),
        ("القاهرة", "سافر للقاهرة أمس", "للقاهرة"),
        ("القاهرة", "عاش بالقاهرة سنوات", "بالقاهرة"),
        ("ירושלים", "הוא גר בירושלים", "בירושלים"),
        ("Italie", "vive l'Italie libre", "l'Italie"),
        ("İstanbul", "o İstanbul'da yaşıyor", "İstanbul'da"),
        # case, width, accents, hyphens
        ("MALAGA", "vuela a Málaga hoy", "Málaga"),
        ("New-York", "il vit à New York", "New York"),
        ("New York", "il vit à New-York", "New-York"),
        ("東京タワー", "彼 は 東 京 タ ワ ー を 見 た", "東 京 タ ワ ー"),
        ("ＮＡＴＯ", "la NATO dit", "NATO"),
        # spelling
        ("Gorbatschow", "Gorbatchow kam", "Gorbatchow"),
        ("圣 彼 得 斯 堡", "他 住 在 圣 彼 得 堡 市 。", "圣 彼 得 堡"),
        ("दिल्ली", "वह दिल्ली में रहता है", "दिल्ली"),
    ],
)
def test_it_forgives(entity: str, sentence: str, there: str):
    assert found(entity, sentence)[:1] == [there]


@pytest.mark.parametrize(
    ("entity", "sentence"),
    [
        ("Iran", "ein Iraner sprach"),
        ("Angela Merkel", "Treffen mit Angela aus Hamburg und Merkel ."),
        ("哥 的 堡", "飞 机 突 然 降 落 在 了 哥 德 堡"),
        ("EU", "50 EUR kostet es"),
        ("Berlin", "Merlin zaubert"),
        ("Hans", "die Hand des Boten"),
        ("Bank of England", "the Bank of Scotland closed"),
        ("Bern", ""),
        ("West Germany", "in East Germany lebt"),
        ("Peter Müller", "Petra Müller kam"),
    ],
)
def test_it_does_not_find_something_else(entity: str, sentence: str):
    assert found(entity, sentence) == []


def test_names_of_as_many_words_are_alike_word_for_word():
    assert likeness(["West", "Germany"], ["East", "Germany"]) < 0.51
    assert likeness(["Peter", "Müller"], ["Petra", "Müller"]) < 0.51
    assert likeness(["Vladimir", "Putin"], ["Wladimir", "Putin"]) > 0.65


def test_a_long_line_does_not_take_long():
    tokens = ["Bern"] * 20_000
    begun = time.process_time()
    assert len(Fuzzy().places(["Bern"], tokens)) == 8
    assert time.process_time() - begun < 5


def test_the_very_words_go_before_like_ones():
    tokens = ["Marie", "traf", "Maria", "und", "MARIA"]
    places = Fuzzy().places(["Maria"], tokens)
    assert [(place.start, place.end) for place in places[:2]] == [(2, 3), (4, 5)]
    assert [place.score for place in places[:2]] == [1.0, 0.98]


def test_the_threshold_is_heeded():
    tokens = ["Malaga"]
    assert Fuzzy(min_score=0.95).places(["Málaga"], tokens) == [(0, 1, 0.95)]
    assert Fuzzy(min_score=0.96).places(["Málaga"], tokens) == []


def test_words_with_nothing_of_the_entity_are_no_edges():
    assert found("Konstantinopel", "a Konstantinopels , zu") == ["Konstantinopels"]
    assert found("Yahoo !", "bei Yahoo ! arbeiten")[0] == "Yahoo !"
    assert found("- Roe", "Anna - Roe geht")[0] == "- Roe"


WORDS = st.lists(st.text(alphabet="abcÄé-'مو哥堡", min_size=1, max_size=6), min_size=1, max_size=4)


@given(WORDS, WORDS)
@settings(max_examples=200, deadline=None)
def test_likeness_is_a_symmetric_share(one: list[str], other: list[str]):
    assert 0 <= likeness(one, other) <= 1
    assert likeness(one, other) == pytest.approx(likeness(other, one))
    assert likeness(one, one) == 1
    assert (likeness(one, other) == 1) == (one == other)


@given(WORDS, WORDS, st.sampled_from([0.3, 0.5, 0.7, 0.9]))
@settings(max_examples=200, deadline=None)
def test_no_stretch_is_left_out(entity: list[str], tokens: list[str], least: float):
    every = [
        likeness(entity, tokens[start:end])
        for start in range(len(tokens))
        for end in range(start + 1, len(tokens) + 1)
        if akin(tokens[start], entity) and akin(tokens[end - 1], entity)
    ]
    wanted = sorted((score for score in every if score >= least), reverse=True)[:8]
    assert [place.score for place in Fuzzy(least).places(entity, tokens)] == wanted
