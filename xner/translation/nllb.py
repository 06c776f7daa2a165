"""NLLB-200 (NLLB Team, 2022): an M2M-100 of two hundred languages, whose codes name the script."""

from xner.translation import language_codes
from xner.translation.m2m100 import M2M100, Family

FAMILY = Family("nllb", language_codes.nllb, language_codes.NLLB, "{}")


class Nllb(M2M100):
    """`nllb`, `nllb:FOLDER` or `nllb:HUB-NAME`; `,source=`, `,target=` and `,tokenizer=` as there.

    `nllb:NAME,target=arz_Arab` asks for a language that the tag of the target does not name.
    """

    family = FAMILY
    hub = "facebook/nllb-200-distilled-600M"
    tokenizer_files = ("sentencepiece.bpe.model|tokenizer.json",)
