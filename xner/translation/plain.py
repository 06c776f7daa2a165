"""The translation alone: what entities it has is for another command to say."""

from xner.sentence import Sentence
from xner.tokenization import detokenize, tokenize
from xner.translation.mode import Dropped, Mode, Talk


class Plain(Mode):
    """One text a sentence, without tags and alignment."""

    def talk(self, sentence: Sentence) -> Talk:
        """Send the sentence, cut what comes back into words."""
        text = detokenize(sentence.tokens, sentence.lang)
        answers = yield [text]
        tokens = tokenize(answers[text], self.target)
        if not tokens:
            return Dropped("empty translation")
        return Sentence(id=sentence.id, lang=self.target, tokens=tokens, origin=sentence)
