"""What tiny models learn to copy: stretches of one to six words."""

from tests.tiny_marian import TEXTS

_WORDS = " ".join(TEXTS).split()
LESSONS = [" ".join(_WORDS[start : start + 1 + start % 6]) for start in range(40)]
