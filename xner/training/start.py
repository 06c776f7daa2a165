"""The tagger that a run begins with: an encoder with a fresh head, or one that is trained."""

import tempfile
from collections.abc import Collection, Iterable
from pathlib import Path

from xner.errors import OptionError
from xner.models import HEADS
from xner.models.mini import write_mini
from xner.models.tagger import Tagger, TaggerSettings
from xner.registry import load, split_options
from xner.sentence import Sentence, nested_spans
from xner.tag_schemes import OUTSIDE, label_of
from xner.training.options import MINI, ModelOptions


def tagger_for(
    model: ModelOptions,
    types: Collection[str],
    text: Iterable[Sentence],
    seed: int,
    offline: bool = False,
) -> Tagger:
    """A tagger for these entity types, frozen as far as `model` says.

    `text` is what the encoder `mini` is made from. Raises OptionError where `init` names a tagger
    that does not know all the types.
    """
    if model.init is not None:
        tagger = Tagger.load(model.init, offline, max_pieces=model.max_pieces)
        if unknown := sorted(set(types) - set(tagger.types)):
            raise OptionError(
                f"--init {model.init} knows {', '.join(tagger.types)}, not {', '.join(unknown)}; "
                "--encoder makes a head for the types at hand"
            )
    else:
        settings = TaggerSettings(model.head, model.pooling, model.scheme, model.max_pieces)
        with tempfile.TemporaryDirectory() as scratch:
            encoder = model.encoder
            if encoder == MINI:
                encoder = scratch
                write_mini(Path(scratch), text, seed)
            tagger = Tagger.build(encoder, sorted(types), settings, offline)
    tagger.tokenize.on_long = model.on_long
    tagger.freeze(model.freeze_layers, model.freeze_embeddings)
    return tagger


def types_of(model: ModelOptions, sentences: Iterable[Sentence]) -> set[str]:
    """The entity types of sentences; of nested ones too if the head to be made learns those."""
    name, _ = split_options(model.head)
    nested = not load(name, HEADS, "head").of_words
    types: set[str] = set()
    for sentence in sentences:
        types |= {label_of(tag) for tag in sentence.tags or []} - {OUTSIDE}
        if nested:
            types |= {span.label for span in nested_spans(sentence)}
    return types
