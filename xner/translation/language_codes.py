"""A language as each engine spells it; inside xner languages are BCP-47 tags (`de`, `zh-Hans`)."""

# ISO 639-1 to 639-3, for the engines whose makers write three letters.
# fmt: off
_THREE = {
    "af": "afr", "am": "amh", "an": "arg", "ar": "ara", "as": "asm", "az": "aze", "be": "bel",
    "bg": "bul", "bn": "ben", "br": "bre", "bs": "hbs", "ca": "cat", "cs": "ces", "cy": "cym",
    "da": "dan", "de": "deu", "el": "ell", "en": "eng", "eo": "epo", "es": "spa", "et": "est",
    "eu": "eus", "fa": "pes", "fi": "fin", "fr": "fra", "ga": "gle", "gl": "glg", "gu": "guj",
    "he": "heb", "hi": "hin", "hr": "hbs", "hu": "hun", "hy": "hye", "id": "ind", "is": "isl",
    "it": "ita", "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor",
    "ky": "kir", "lo": "lao", "lt": "lit", "lv": "lvs", "mk": "mkd", "ml": "mal", "mr": "mar",
    "ms": "zlm", "mt": "mlt", "my": "mya", "nb": "nob", "ne": "nep", "nl": "nld", "nn": "nno",
    "no": "nob", "oc": "oci", "or": "ori", "pa": "pan", "pl": "pol", "pt": "por", "ro": "ron",
    "ru": "rus", "sc": "srd", "se": "sme", "si": "sin", "sk": "slk", "sl": "slv", "sq": "sqi",
    "sr": "hbs", "sv": "swe", "sw": "swh", "ta": "tam", "te": "tel", "th": "tha", "tl": "tgl",
    "tr": "tur", "tt": "tat", "uk": "ukr", "ur": "urd", "uz": "uzb", "vi": "vie", "yo": "yor",
    "zh": "zho",
}
# fmt: on


def primary(tag: str) -> str:
    """The language of a tag, without script and region.

    >>> primary("zh-Hans"), primary("ES")
    ('zh', 'es')
    """
    return tag.split("-")[0].lower()


def three_letters(tag: str) -> str:
    """ISO 639-3, as Apertium and the many-language models of OPUS have it.

    >>> three_letters("es"), three_letters("pt-BR"), three_letters("yue")
    ('spa', 'por', 'yue')
    """
    return _THREE.get(primary(tag), primary(tag))
