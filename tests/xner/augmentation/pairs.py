"""Sentences and their translations, made of strings."""

import random

from tests.tiny import sentence
from xner.augmentation.codeswitch import Mixing, codeswitch, refusal
from xner.sentence import Link

TAGS = "B-ORG O B-PER I-PER O O B-LOC O"
SOURCE = "U.N. official Rolf Ekeus heads for Baghdad ."
TARGET = "VN funcionario Rolf Ekeus cabezas para Bagdad ."


def pair(own, tags, other, other_tags, rows, lang="es"):
    """A translation `other` of the English sentence `own`; `rows` lead from it to that."""
    origin = sentence(own, tags, id="a", lang="en")
    made = sentence(other, other_tags, id="a", lang=lang, origin=origin)
    made.alignment = [Link(*row) for row in rows]
    return made


def word_by_word(own, tags, other):
    rows = [(place, place + 1, place, place + 1) for place in range(len(own.split()))]
    return pair(own, tags, other, tags, rows)


def mix(record, seed=1, **options):
    assert refusal(record, Mixing(**options)) is None
    return codeswitch(record, random.Random(seed), Mixing(**options))


def text(mixed):
    return " ".join(mixed.sentence.tokens)
