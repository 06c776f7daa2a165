"""OPUS-MT: Marian models, one for a direction (or few that share one), through transformers."""

from functools import cached_property

from xner.errors import EngineError, OptionError
from xner.registry import split_options
from xner.translation.engine import Settings
from xner.translation.generation import Seq2Seq, located
from xner.translation.language_codes import primary, three_letters

_HUB = "Helsinki-NLP/opus-mt-{source}-{target}"
_FILES = (
    "config.json",
    "source.spm",
    "target.spm",
    "vocab.json",
    "model.safetensors|pytorch_model.bin",
)
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
        if self._prefix is not None:
            return self._prefix
        known: list[str] = self.tokenizer.supported_language_codes
        fitting = [f">>{primary(self.target)}<<", f">>{three_letters(self.target)}<<"]
        found = [mark for mark in fitting if mark in known]
        if known and not found:
            raise EngineError(
                f"engine '{self.name}' does not know the language '{self.target}'; choose one of "
                f"{' '.join(sorted(known))} with opus:NAME,prefix=MARK"
            )
        return found[0] if known else ""
