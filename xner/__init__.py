"""Zero-shot cross-lingual named entity recognition as composable filters.

A labelled corpus in one language and raw text in another go in; a tagger for the
other language comes out. Everything here speaks one type, `xner.sentence.Sentence`.
"""

__version__ = "0.1.0"
