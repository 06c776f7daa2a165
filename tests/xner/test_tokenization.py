"""Words out of text and back: nothing lost, data as the corpora have it."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.tokenization import detokenize, tokenize, tokenize_pieces

LANGUAGES = ["en", "de", "es", "fr", "it", "nl", "he", "zh-Hans", "ja", "th", "ko", "xx", None]
INVISIBLE = "\u180e\u200b\u200c\u200d\u200e\u200f\u00ad\u2060\ufeff" + "".join(
    map(chr, [*range(0x202A, 0x202F), *range(0x2061, 0x206A)])
)


def visible(text: str) -> str:
    """A text without white space, control characters and what has no width."""
    return "".join(
        char
        for char in text
        if not char.isspace() and unicodedata.category(char) != "Cc" and char not in INVISIBLE
    )


@pytest.mark.parametrize(
    ("lang", "text", "words"),
    [
        ("en", "Anna's dog can't swim.", "Anna|'s|dog|ca|n't|swim|."),
        ("en", "It’s O’Brien’s (No. 5) [sic].", "It|’s|O’Brien|’s|(|No.|5|)|[|sic|]|."),
        ("en", "Shares of AT&T fell 1/2 to US$5.", "Shares|of|AT&T|fell|1/2|to|US$|5|."),
        (
            "en",
            "Mail a.b@c.org, see http://x.org/a?b=1.",
            "Mail|a.b@c.org|,|see|http://x.org/a?b=1|.",
        ),
        ("en", "a &amp; b < c", "a|&|amp|;|b|<|c"),
        ("de", "Er sagte: „Geht's?“", "Er|sagte|:|„|Geht's|?|“"),
        ("nl", "'s Avonds zag zo'n man Den Haag.", "'s|Avonds|zag|zo'n|man|Den|Haag|."),
        ("fr", "L'eau d'aujourd'hui", "L'|eau|d'|aujourd'hui"),
        ("es", "¿Dónde está el Sr. Ruiz?", "¿|Dónde|está|el|Sr.|Ruiz|?"),
        (
            "zh",
            "他在New York住了3.5年，花了10元。",
            "他|在|New|York|住|了|3.5|年|，|花|了|10|元|。",
        ),
        ("ja", "東京タワーへ行く", "東|京|タ|ワ|ー|へ|行|く"),
        ("th", "ที่เมือง 2020", "ที่|เ|มื|อ|ง|2020"),
        ("ko", "서울은 한국의 수도이다.", "서울은|한국의|수도이다|."),
        ("fa", "می\u200cخواهم برو.", "می\u200cخواهم|برو|."),
        ("yo", "ẹ́kọ́ ni", "ẹ́kọ́|ni"),
        ("en", "DOTMULTI and DOTDOTMULTI ...", "DOTMULTI|and|DOTDOTMULTI|.|.|."),
        ("en", "a\u200bb \ufeff \u200d c\x00d", "a|b|c|d"),
    ],
)
def test_words_are_cut_as_the_corpora_have_them(lang: str, text: str, words: str) -> None:
    assert tokenize(text, lang) == words.split("|")


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\ufeff\u200d \x07"])
def test_a_text_without_visible_characters_has_no_words(text: str) -> None:
    assert tokenize(text, "en") == []


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("around", ["{}", "({})", "„{}“", "{}.", "{}:", "在{}住"])
def test_a_placeholder_stays_one_word(lang: str | None, around: str) -> None:
    assert "SPAN10" in tokenize("A " + around.format("SPAN10") + " B", lang)


@given(text=st.text(), lang=st.sampled_from(LANGUAGES))
def test_no_visible_character_is_lost(text: str, lang: str | None) -> None:
    words = tokenize(text, lang)
    assert all(visible(word) for word in words)
    assert visible("".join(words)) == visible(text)


MIXED = st.lists(
    st.sampled_from([*"ab1.,'’\"$&/:@#+-[](){}<>| 北京。กั서\u0301\u200d", "n't", "'s", "DOTMULTI"])
).map("".join)


@given(text=MIXED, lang=st.sampled_from(LANGUAGES))
def test_no_character_is_lost_where_rules_meet(text: str, lang: str | None) -> None:
    words = tokenize(text, lang)
    assert visible("".join(words)) == visible(text)
    assert visible(detokenize(words, lang)) == visible(text)


@given(tokens=st.lists(st.text(min_size=1)), lang=st.sampled_from(LANGUAGES))
def test_detokenizing_loses_no_character(tokens: list[str], lang: str | None) -> None:
    assert "".join(detokenize(tokens, lang).split()) == "".join("".join(tokens).split())


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Anna didn't say \"No\" (twice), it's John's."),
        ("en", "Anna didn’t say it’s John’s."),
        ("es", "¿Dónde está el Sr. Ruiz?"),
        ("fr", "L'eau est chaude."),
        ("zh", "他在北京，很好。"),
        ("th", "ที่กรุงเทพ"),
        ("ko", "서울은 한국의 수도이다."),
        ("cs", "Řekl x ' - li 5 . 3 lidem"),
    ],
)
def test_text_comes_back(lang: str, text: str) -> None:
    again = detokenize(tokenize(text, lang), lang)
    assert again == text or lang == "cs"


@given(pieces=st.lists(MIXED, min_size=1), lang=st.sampled_from(LANGUAGES))
def test_pieces_keep_their_characters(pieces: list[str], lang: str | None) -> None:
    found = tokenize_pieces(pieces, lang)
    assert [visible("".join(words)) for words in found] == [visible(piece) for piece in pieces]
    assert all(visible(word) for words in found for word in words)


def test_pieces_are_cut_as_in_the_whole_text() -> None:
    pieces = ["von ", "Anna Müller", "'s house, U.S.", "-led"]
    assert tokenize_pieces(pieces, "en") == [
        ["von"],
        ["Anna", "Müller"],
        ["'s", "house", ",", "U.S."],
        ["-led"],
    ]
