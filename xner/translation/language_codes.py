"""A language as each engine spells it; inside xner languages are BCP-47 tags (`de`, `zh-Hans`).

A spelling is None where an engine's makers have none for the language: never that of another.
"""

# ISO 639-1 to 639-3, for the engines whose makers write three letters.
# fmt: off
_THREE = {
    "af": "afr", "ak": "aka", "am": "amh", "an": "arg", "ar": "ara", "as": "asm", "ay": "aym",
    "az": "aze", "ba": "bak", "be": "bel", "bg": "bul", "bm": "bam", "bn": "ben", "bo": "bod",
    "br": "bre", "bs": "hbs", "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu",
    "dz": "dzo", "ee": "ewe", "el": "ell", "en": "eng", "eo": "epo", "es": "spa", "et": "est",
    "eu": "eus", "fa": "pes", "ff": "ful", "fi": "fin", "fj": "fij", "fo": "fao", "fr": "fra",
    "fy": "fry", "ga": "gle", "gd": "gla", "gl": "glg", "gn": "grn", "gu": "guj", "ha": "hau",
    "he": "heb", "hi": "hin", "hr": "hbs", "ht": "hat", "hu": "hun", "hy": "hye", "id": "ind",
    "ig": "ibo", "is": "isl", "it": "ita", "ja": "jpn", "jv": "jav", "ka": "kat", "kg": "kon",
    "ki": "kik", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor", "kr": "kau", "ks": "kas",
    "ku": "kur", "ky": "kir", "lb": "ltz", "lg": "lug", "li": "lim", "ln": "lin", "lo": "lao",
    "lt": "lit", "lv": "lvs", "mg": "mlg", "mi": "mri", "mk": "mkd", "ml": "mal", "mn": "mon",
    "mr": "mar", "ms": "zlm", "mt": "mlt", "my": "mya", "nb": "nob", "ne": "nep", "nl": "nld",
    "nn": "nno", "no": "nob", "ny": "nya", "oc": "oci", "om": "orm", "or": "ori", "pa": "pan",
    "pl": "pol", "ps": "pus", "pt": "por", "qu": "que", "rn": "run", "ro": "ron", "ru": "rus",
    "rw": "kin", "sa": "san", "sc": "srd", "sd": "snd", "se": "sme", "sg": "sag", "si": "sin",
    "sk": "slk", "sl": "slv", "sm": "smo", "sn": "sna", "so": "som", "sq": "sqi", "sr": "hbs",
    "ss": "ssw", "st": "sot", "su": "sun", "sv": "swe", "sw": "swh", "ta": "tam", "te": "tel",
    "tg": "tgk", "th": "tha", "ti": "tir", "tk": "tuk", "tl": "tgl", "tn": "tsn", "tr": "tur",
    "ts": "tso", "tt": "tat", "tw": "twi", "ug": "uig", "uk": "ukr", "ur": "urd", "uz": "uzb",
    "vi": "vie", "wo": "wol", "xh": "xho", "yi": "yid", "yo": "yor", "zh": "zho", "zu": "zul",
}
# Withdrawn or three-lettered where BCP-47 has two, but seen in corpora: the tag to read them as.
_ALIASES = {
    "in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro", "sh": "sr", "fil": "tl",
    "cmn": "zh", "swa": "sw", "ara": "ar", "arb": "ar", "fas": "fa", "lav": "lv", "msa": "ms",
    "zsm": "ms", "nor": "no", "bos": "bs", "hrv": "hr", "srp": "sr", "npi": "ne", "ory": "or",
    "pbt": "ps", "als": "sq", "azj": "az", "gaz": "om", "khk": "mn", "plt": "mg", "uzn": "uz",
    "ydd": "yi", "ekk": "et",
}
_TWO = {three: two for two, three in _THREE.items() if two not in ("bs", "hr", "sr", "nb")}

# The languages of M2M-100, as its makers spell them.
M2M100 = [
    "af", "am", "ar", "ast", "az", "ba", "be", "bg", "bn", "br", "bs", "ca", "ceb", "cs", "cy",
    "da", "de", "el", "en", "es", "et", "fa", "ff", "fi", "fr", "fy", "ga", "gd", "gl", "gu",
    "ha", "he", "hi", "hr", "ht", "hu", "hy", "id", "ig", "ilo", "is", "it", "ja", "jv", "ka",
    "kk", "km", "kn", "ko", "lb", "lg", "ln", "lo", "lt", "lv", "mg", "mk", "ml", "mn", "mr",
    "ms", "my", "ne", "nl", "no", "ns", "oc", "or", "pa", "pl", "ps", "pt", "ro", "ru", "sd",
    "si", "sk", "sl", "so", "sq", "sr", "ss", "su", "sv", "sw", "ta", "th", "tl", "tn", "tr",
    "uk", "ur", "uz", "vi", "wo", "xh", "yi", "yo", "zh", "zu",
]
_M2M100 = {"nb": "no", "nso": "ns"}

# The languages of NLLB-200: ISO 639-3 and the scripts that it writes them in, the usual one first.
_NLLB = {
    code: scripts.split("/")
    for scripts, codes in {
        "Latn": "afr aka als ast ayr azj bam ban bem bos bug cat ceb ces cjk crh cym dan deu dik "
        "dyu eng epo est eus ewe fao fij fin fon fra fur fuv gaz gla gle glg grn hat hau hrv hun "
        "ibo ilo ind isl ita jav kab kac kam kbp kea kik kin kmb kmr kon lij lim lin lit lmo ltg "
        "ltz lua lug luo lus lvs min mlt mos mri nld nno nob nso nus nya oci pag pap plt pol por "
        "quy ron run sag scn slk slv smo sna som sot spa srd ssw sun swe swh szl tgl tpi tsn tso "
        "tuk tum tur twi umb uzn vec vie war wol xho yor zsm zul",
        "Arab": "acm acq aeb ajp apc arb ars ary arz azb ckb pbt pes prs snd uig urd",
        "Cyrl": "bak bel bul kaz khk kir mkd rus srp tat tgk ukr",
        "Deva": "awa bho hin hne mag mai mar npi san",
        "Beng": "asm ben mni sat",
        "Latn/Arab": "ace bjn knc",
        "Arab/Deva": "kas",
        "Latn/Tfng": "taq",
        "Hans/Hant": "zho",
        "Hant": "yue", "Jpan": "jpn", "Hang": "kor", "Ethi": "amh tir", "Mymr": "mya shn",
        "Tibt": "bod dzo", "Hebr": "heb ydd", "Grek": "ell", "Armn": "hye", "Geor": "kat",
        "Guru": "pan", "Gujr": "guj", "Orya": "ory", "Taml": "tam", "Telu": "tel", "Knda": "kan",
        "Mlym": "mal", "Sinh": "sin", "Thai": "tha", "Laoo": "lao", "Khmr": "khm", "Tfng": "tzm",
    }.items()
    for code in codes.split()
}
NLLB = sorted(f"{code}_{script}" for code, scripts in _NLLB.items() for script in scripts)
# What NLLB means by a language that ISO 639-3 divides further, or that others write otherwise.
_INDIVIDUAL = {
    "ar": "arb", "ay": "ayr", "az": "azj", "bs": "bos", "din": "dik", "fa": "pes", "ff": "fuv",
    "hr": "hrv", "kr": "knc", "ku": "kmr", "lv": "lvs", "mg": "plt", "mn": "khk", "ms": "zsm",
    "ne": "npi", "om": "gaz", "or": "ory", "ps": "pbt", "qu": "quy", "sq": "als", "sr": "srp",
    "uz": "uzn", "yi": "ydd",
}
# A script or a country that makes it another language.
_OTHERWISE = {("ku", "Arab"): "ckb", ("az", "Arab"): "azb", ("fa", "AF"): "prs"}
_TRADITIONAL = {"TW", "HK", "MO"}
# fmt: on


def primary(tag: str) -> str:
    """The language of a tag, without script and region.

    >>> primary("zh-Hans"), primary("ES"), primary("iw")
    ('zh', 'es', 'he')
    """
    language = tag.replace("_", "-").split("-")[0].lower()
    return _ALIASES.get(language) or _TWO.get(language, language)


def three_letters(tag: str) -> str:
    """ISO 639-3, as Apertium and the many-language models of OPUS have it.

    >>> three_letters("es"), three_letters("pt-BR"), three_letters("yue")
    ('spa', 'por', 'yue')
    """
    return _THREE.get(primary(tag), primary(tag))


def m2m100(tag: str) -> str | None:
    """As M2M-100 has it, which tells no scripts apart.

    >>> m2m100("zh-Hant"), m2m100("nb"), m2m100("nn")
    ('zh', 'no', None)
    """
    code = _M2M100.get(primary(tag), primary(tag))
    return code if code in M2M100 else None


def nllb(tag: str) -> str | None:
    """ISO 639-3 and the script, as NLLB-200 has it; the usual script if the tag says none.

    >>> nllb("de"), nllb("zh-TW"), nllb("sr-Cyrl"), nllb("sr-Latn")
    ('deu_Latn', 'zho_Hant', 'srp_Cyrl', None)
    """
    script, region = _script(tag), _region(tag)
    language = primary(tag)
    three = _OTHERWISE.get((language, script or region or ""))
    three = three or _INDIVIDUAL.get(language) or three_letters(language)
    scripts = _NLLB.get(three, [])
    if three == "zho" and not script:
        script = "Hant" if region in _TRADITIONAL else "Hans"
    if script:
        return f"{three}_{script}" if script in scripts else None
    return f"{three}_{scripts[0]}" if scripts else None


def _script(tag: str) -> str | None:
    """The script of a tag, if it names one: four letters."""
    parts = tag.replace("_", "-").split("-")[1:]
    return next((part.title() for part in parts if len(part) == 4 and part.isalpha()), None)


def _region(tag: str) -> str | None:
    parts = tag.replace("_", "-").split("-")[1:]
    return next((part.upper() for part in parts if len(part) == 2 and part.isalpha()), None)
