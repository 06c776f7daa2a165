"""Translating sentences with their entities: the engines, and the modes of using one.

An *engine* turns texts into texts and knows nothing of sentences (`engine.py` says what it
promises). A *mode* says which texts of a sentence to send, and makes a sentence of what comes
back; it knows nothing of engines. Both are one file and one line here.
"""

ENGINES = {
    "opus": "xner.translation.marian:Marian",
    "m2m100": "xner.translation.m2m100:M2M100",
    "nllb": "xner.translation.nllb:Nllb",
    "ctranslate2": "xner.translation.ctranslate2:CTranslate2",
    "easynmt": "xner.translation.easynmt:EasyNMT",
    "apertium": "xner.translation.apertium:Apertium",
    "command": "xner.translation.shell:Command",
    "lexicon": "xner.translation.word_by_word:WordByWord",
    "vectors": "xner.translation.vectors:Vectors",
}

MODES = {
    "placeholder": "xner.translation.placeholder:Placeholder",
    "marker": "xner.translation.marker:Marker",
    "plain": "xner.translation.plain:Plain",
    "word": "xner.translation.word:Word",
    "phrase": "xner.translation.phrase:Phrase",
    "word-phrase": "xner.translation.phrase:WordPhrase",
}
