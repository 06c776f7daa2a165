"""M2M-100 (Fan et al., JMLR 2021): one model from any of a hundred languages into any other."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

from xner.errors import EngineError, OptionError
from xner.registry import split_options
from xner.translation import language_codes
from xner.translation.engine import Settings
from xner.translation.generation import Seq2Seq
from xner.translation.model_folder import WEIGHTS, located


class Family(NamedTuple):
    """How models of a kind are told their languages: each has a code, and a piece for the code."""

    name: str
    spelled: Callable[[str], str | None]
    codes: Sequence[str]
    piece: str


FAMILY = Family("m2m100", language_codes.m2m100, language_codes.M2M100, "__{}__")


class M2M100(Seq2Seq):
    """`m2m100`, `m2m100:FOLDER` or `m2m100:HUB-NAME`; behind it may stand `,key=value` with

    - `source=` and `target=`, a language as the model spells it, where it knows more than its kind;
    - `tokenizer=`, a folder or hub name, where that of the model is not the one it learned with.
    """

    family: ClassVar[Family] = FAMILY
    hub: ClassVar[str] = "facebook/m2m100_418M"
    tokenizer_files: ClassVar[tuple[str, ...]] = ("sentencepiece.bpe.model", "vocab.json")

    def __init__(self, argument: str, source: str, target: str, settings: Settings):
        kind = self.family.name
        name, options = split_options(argument)
        name = name or self.hub
        own = options.pop("tokenizer", None)
        codes = chosen_codes(self.family, f"{kind}:{name}", source, target, options)
        if options:
            raise OptionError(
                f"--engine {kind}:{argument}: {kind} has no option '{min(options)}'; it has "
                "source, target and tokenizer"
            )
        files = ("config.json", WEIGHTS) + (() if own else self.tokenizer_files)
        folder = located(name, files, settings.offline, kind)
        tokenizer = located(own, self.tokenizer_files, settings.offline, kind) if own else None
        super().__init__(f"{kind}:{name}", folder, source, target, settings, tokenizer)
        self.codes = codes
        self.identity = f"{kind} {self.identity} {'>'.join(codes)}"

    @cached_property
    def tokenizer(self) -> Any:
        """The model's own, told both languages."""
        tokenizer = super().tokenizer
        direct(tokenizer, self.family, self.codes, self.name)
        return tokenizer

    def options(self) -> dict[str, Any]:
        """Translations begin with the piece of their language."""
        piece = self.family.piece.format(self.codes[1])
        return {"forced_bos_token_id": self.tokenizer.convert_tokens_to_ids(piece)}

    @property
    def unspoken(self) -> frozenset[int]:
        """The languages' pieces."""
        return self._unspoken

    @cached_property
    def _unspoken(self) -> frozenset[int]:
        return language_pieces(self.tokenizer, self.family)


def chosen_codes(
    family: Family, name: str, source: str, target: str, options: dict[str, str]
) -> tuple[str, str]:
    """The codes of both languages, from `options` (taken out) or from their tags."""

    def code(side: str, tag: str) -> str:
        found = options.pop(side, None) or family.spelled(tag)
        if found is None:
            raise EngineError(
                f"engine '{name}' does not know the language '{tag}'; it knows "
                f"{' '.join(family.codes)}; name another engine, or one of these with {side}=CODE"
            )
        return found

    return code("source", source), code("target", target)


def direct(tokenizer: Any, family: Family, codes: tuple[str, str], name: str) -> None:
    """Tell a tokenizer which language its texts are in, and which its target texts.

    Raises EngineError where its vocabulary has no piece for one of them.
    """
    for code in codes:
        if not has_piece(tokenizer, family.piece.format(code)):
            known = [one for one in family.codes if has_piece(tokenizer, family.piece.format(one))]
            raise EngineError(
                f"engine '{name}': its vocabulary has no '{family.piece.format(code)}'; "
                + (f"it knows {' '.join(known)}" if known else f"it is no {family.name} model")
            )
    tokenizer.src_lang, tokenizer.tgt_lang = codes


def language_pieces(tokenizer: Any, family: Family) -> frozenset[int]:
    """The numbers of all languages' pieces, which not every tokenizer leaves out of a text."""
    pieces = [family.piece.format(code) for code in family.codes]
    return frozenset(
        tokenizer.convert_tokens_to_ids(piece) for piece in pieces if has_piece(tokenizer, piece)
    )


def has_piece(tokenizer: Any, piece: str) -> bool:
    """Whether a piece has a number of its own."""
    return tokenizer.convert_tokens_to_ids(piece) not in (None, tokenizer.unk_token_id)
