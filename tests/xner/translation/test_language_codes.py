"""Languages as engines spell them: right, whatever the tag's form, and never another's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xner.translation.language_codes import M2M100, NLLB, m2m100, nllb, primary, three_letters


@pytest.mark.parametrize(
    ("tag", "hundred", "two_hundred", "three"),
    [
        ("de", "de", "deu_Latn", "deu"),
        ("pt-BR", "pt", "por_Latn", "por"),
        ("es-419", "es", "spa_Latn", "spa"),
        ("zh", "zh", "zho_Hans", "zho"),
        ("zh-Hans", "zh", "zho_Hans", "zho"),
        ("zh-Hant", "zh", "zho_Hant", "zho"),
        ("zh-TW", "zh", "zho_Hant", "zho"),
        ("zh-Hans-HK", "zh", "zho_Hans", "zho"),
        ("cmn", "zh", "zho_Hans", "zho"),
        ("yue", None, "yue_Hant", "yue"),
        ("sr", "sr", "srp_Cyrl", "hbs"),
        ("sr-Cyrl", "sr", "srp_Cyrl", "hbs"),
        ("sr-Latn", "sr", None, "hbs"),
        ("hr", "hr", "hrv_Latn", "hbs"),
        ("no", "no", "nob_Latn", "nob"),
        ("nb", "no", "nob_Latn", "nob"),
        ("nn", None, "nno_Latn", "nno"),
        ("ar", "ar", "arb_Arab", "ara"),
        ("arz", None, "arz_Arab", "arz"),
        ("fa", "fa", "pes_Arab", "pes"),
        ("fa-AF", "fa", "prs_Arab", "pes"),
        ("ku", None, "kmr_Latn", "kur"),
        ("ku-Arab", None, "ckb_Arab", "kur"),
        ("az-Arab", "az", "azb_Arab", "aze"),
        ("he", "he", "heb_Hebr", "heb"),
        ("iw", "he", "heb_Hebr", "heb"),
        ("id", "id", "ind_Latn", "ind"),
        ("fil", "tl", "tgl_Latn", "tgl"),
        ("swa", "sw", "swh_Latn", "swh"),
        ("hau", "ha", "hau_Latn", "hau"),
        ("nso", "ns", "nso_Latn", "nso"),
        ("luo", None, "luo_Latn", "luo"),
        ("tw", None, "twi_Latn", "twi"),
        ("pcm", None, None, "pcm"),
        ("und", None, None, "und"),
        ("ks-Deva", None, "kas_Deva", "kas"),
        ("ace", None, "ace_Latn", "ace"),
        ("ace-Arab", None, "ace_Arab", "ace"),
        ("my", "my", "mya_Mymr", "mya"),
        ("or", "or", "ory_Orya", "ori"),
        ("lv", "lv", "lvs_Latn", "lvs"),
        ("sq", "sq", "als_Latn", "sqi"),
        ("br", "br", None, "bre"),
    ],
)
def test_tags(tag: str, hundred: str | None, two_hundred: str | None, three: str) -> None:
    assert (m2m100(tag), nllb(tag), three_letters(tag)) == (hundred, two_hundred, three)


@pytest.mark.parametrize("code", NLLB)
def test_every_language_of_nllb_can_be_named_by_a_tag(code: str) -> None:
    assert nllb(code.replace("_", "-")) == nllb(code) == code


def test_the_lists_are_those_of_the_models() -> None:
    from transformers.models.m2m_100 import tokenization_m2m_100
    from transformers.models.nllb import tokenization_nllb

    assert set(NLLB) == set(tokenization_nllb.FAIRSEQ_LANGUAGE_CODES)
    assert set(M2M100) == set(tokenization_m2m_100.FAIRSEQ_LANGUAGE_CODES["m2m100"])
    assert all(m2m100(code) == code for code in M2M100)


tags = st.builds(
    "-".join,
    st.tuples(st.sampled_from([*M2M100, *(code[:3] for code in NLLB), "pcm", "tlh"])).flatmap(
        lambda head: st.lists(st.sampled_from(["Latn", "Cyrl", "DE", "1996", "x"]), max_size=3).map(
            lambda rest: [*head, *rest]
        )
    ),
)


@given(tags)
def test_case_and_separator_do_not_matter(tag: str) -> None:
    for spelled in (primary, three_letters, m2m100, nllb):
        assert spelled(tag) == spelled(tag.upper()) == spelled(tag.replace("-", "_").lower())


@given(tags)
def test_a_script_that_is_named_is_kept(tag: str) -> None:
    found = nllb(tag)
    scripts = [part for part in tag.split("-")[1:] if part in ("Latn", "Cyrl")]
    assert found is None or found in NLLB
    if found and scripts:
        assert found.endswith(f"_{scripts[0]}")


@given(st.text(max_size=12))
def test_anything_is_a_language_or_none(tag: str) -> None:
    assert m2m100(tag) in (None, *M2M100)
    assert nllb(tag) in (None, *NLLB)
