"""OPUS-MT: Marian models, one for a direction (or few that share one), through transformers."""

from functools import cached_property
from typing import Any

from xner.errors import EngineError, OptionError
from xner.registry import split_options
from xner.translation.engine import Engine, Settings
from xner.translation.generation import Seq2Seq
from xner.translation.language_codes import primary, three_letters
from xner.translation.model_folder import WEIGHTS, located

_HUB = "Helsinki-NLP/opus-mt-{source}-{target}"
_FILES = ("config.json", "source.spm", "target.spm", "vocab.json", WEIGHTS)
# The hub's names have `jap` where Japanese is the target.
_TARGETS = {"ja": "jap"}


class Marian(Seq2Seq):
    """`opus`, `opus:FOLDER` or `opus:HUB-NAME`; `opus:NAME,prefix=>>deu<<` chooses the language.

    A model with several target languages wants to be told which by a mark before each text; it is
    found from the target language unless `prefix` names it.
    """

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        name, options = split_options(argument)
        self._prefix = options.pop("prefix", None)
        if options:
            raise OptionError(f"--engine opus:{argument}: the only option of opus is prefix")
        spelled = _TARGETS.get(primary(target), primary(target))
        name = name or _HUB.format(source=primary(source), target=spelled)
        folder = located(name, _FILES, settings.offline)
        super().__init__(f"opus:{name}", folder, source, target, settings)
        self.identity = f"opus {self.identity} {self._prefix or ''}"

    def prepared(self, text: str) -> str:
        """The text behind the mark of its target language, where the model has such marks."""
        return f"{self.mark} {text}" if self.mark else text

    @cached_property
    def mark(self) -> str:
        """`>>deu<<` and the like, or nothing for a model with one target language."""
        return self._prefix if self._prefix is not None else mark(self.tokenizer, self)


def mark(tokenizer: Any, engine: Engine) -> str:
    """The mark that makes a Marian model translate into the engine's target language.

    Empty for a model with one target language; EngineError for one that lacks this one.
    """
    known: list[str] = tokenizer.supported_language_codes
    fitting = [f">>{primary(engine.target)}<<", f">>{three_letters(engine.target)}<<"]
    found = [one for one in fitting if one in known]
    if known and not found:
        family = engine.name.partition(":")[0]
        raise EngineError(
            f"engine '{engine.name}' does not know the language '{engine.target}'; choose one of "
            f"{' '.join(sorted(known))} with {family}:NAME,prefix=MARK"
        )
    return found[0] if known else ""
