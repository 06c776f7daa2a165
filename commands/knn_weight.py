"""Weigh each word's label by how its neighbours are labelled."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from commands import plumbing
from commands.option_groups import given as given_options
from commands.options import Compute, Manners, Reading, Writing
from commands.scratch import Scratch
from commands.word_bank import WordBank
from commands.word_votes import Comparing, voted
from xner.errors import OptionError, XnerError
from xner.registry import with_values
from xner.retrieval.neighbours import Search, Votes
from xner.retrieval.reliability import Weighing, by_span, consistency, refined, reliability
from xner.sentence import Sentence
from xner.tag_schemes import label_of, spans_of

if TYPE_CHECKING:
    import numpy as np

_DIGITS = 5  # of what is written
_FEW = 0.9  # of the neighbours found, which is to be told

# CoLaDa's sections 3.1 and 4.1, and what its released code does where it differs.
_PAPER: dict[str, Any] = {
    **{"layers": "-1", "pooling": None, "k": 500, "vote": "count", "alpha": 6.0},
    **{"agreement": "type", "centre": None, "consistency": "share", "scale": "none"},
}
_CODE: dict[str, Any] = {
    **{"layers": "-1,-2,-3", "pooling": "mean"},
    **{"centre": "tag", "consistency": "relative", "scale": "largest"},
}
PRESETS: dict[str, dict[str, Any]] = {"colada": _PAPER, "colada-code": _PAPER | _CODE}


@dataclass(frozen=True)
class Outcome:
    """What is written."""

    unit: Annotated[
        Literal["token", "span"],
        "What has a weight of its own: a word, or an entity of the labels weighed, by its first "
        "and last word.",
    ] = "token"
    refine: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the neighbours' votes mixed into probs.")
    ] = 0.0
    audit: Annotated[
        bool,
        typer.Option("--audit", help="Keep what the weights are made of in the record's meta."),
    ] = False


@dataclass(frozen=True)
class _Words:
    """The stream's words: label, votes of the neighbours, lambda and weight of each."""

    names: list[str]
    own: "np.ndarray"
    shares: "np.ndarray"
    lambdas: "np.ndarray"
    weights: "np.ndarray"


def command(
    context: typer.Context,
    reading: Reading,
    writing: Writing,
    manners: Manners,
    compute: Compute,
    comparing: Comparing,
    search: Search,
    weighing: Weighing,
    outcome: Outcome,
    preset: Annotated[
        Literal["colada", "colada-code"] | None,
        typer.Option(help="Values of the paper, or of its released code; flags win."),
    ] = None,
) -> None:
    """Weigh each word's label by how its neighbours are labelled.

    Maps one record to one and buffers; words' vectors go to a temporary file (in TMPDIR), 4 bytes
    times features of each word. Replaces weights. Learn from the result with distill, or train.
    """
    if preset:
        given = given_options(context, rival="preset")
        values = PRESETS[preset]
        comparing = with_values(comparing, values, given)
        search = with_values(search, values, given)
        weighing = with_values(weighing, values, given)
    if reading.shard:
        raise OptionError("--shard would hide neighbours from each other; cut up what comes out")
    if search.vote != "distance" and "temperature" in given_options(context):
        raise OptionError("--temperature is for --vote distance; give that too")
    if not comparing.model:
        raise OptionError("--model DIR is missing: the tagger that labelled the words")
    with (
        plumbing.stream("knn-weight", reading, writing, manners) as stream,
        Scratch() as scratch,
    ):
        if stream.output and stream.output.form.split(",")[0] not in ("jsonl", "pretty"):
            stream.talk.warn(f"{stream.output.form} has no place for weights; --to jsonl has")
        bank = WordBank(scratch, comparing.labels, comparing.seed, whole=outcome.refine > 0)
        _fill(bank, stream, comparing.bank or [], outcome)
        if bank.asked:  # else no model is loaded for nothing
            names, labels, own = bank.close()
            found = voted(bank, labels, len(names), comparing, search, compute, stream)
            words = _judged(bank, names, own, found, weighing)
            for sentence in _weighed(bank, words, outcome):
                stream.write(sentence)
            _say(stream, search, found, words)


def _fill(bank: WordBank, stream: plumbing.Stream, others: list[str], outcome: Outcome) -> None:
    """Read the stream, and then the corpora that are only asked, which must be whole."""
    stream.check(others)
    for sentence in stream:
        if outcome.refine and sentence.probs is None:
            stream.refuse(sentence, "--refine wants probs; 'xner weak-tag --probs' makes them")
            continue
        try:
            bank.check(sentence)
        except XnerError as error:
            stream.refuse(sentence, error.message)
        else:
            bank.ask(sentence)
    if not bank.asked:
        return
    for path in others:
        _add(bank, stream, path)
    stream.count("words", len(bank.own))
    stream.count("words in the bank", len(bank.labels))
    stream.count("words unknown, of weight 0", sum(bank.unknown))
    stream.count("words whose tag is of another type than the label weighed", bank.not_of_tag)
    stream.count("words whose tag is unknown and loses its weight 0", bank.unmarked)


def _add(bank: WordBank, stream: plumbing.Stream, path: str) -> None:
    """Read a corpus that is only asked."""
    reading = stream.reading
    files = Reading(inputs=[path], encoding=reading.encoding, strict=reading.strict)
    corpus = plumbing.Stream(files, stream.talk, None)
    for sentence in corpus:
        try:
            bank.check(sentence)
        except XnerError as error:
            raise XnerError(f"sentence '{sentence.id}': {error}", source=path) from None
        bank.add(sentence)
    stream.counts.update(corpus.counts)


def _judged(
    bank: WordBank, names: list[str], own: "np.ndarray", found: Votes, weighing: Weighing
) -> _Words:
    """The stream's words by what their neighbours say."""
    import numpy as np

    shares = found.shares[np.asarray(bank.rows)]
    lambdas = consistency(shares, own, names, weighing.agreement)
    known = np.asarray(bank.unknown) == 0
    weights = np.zeros(len(own))
    # never as little as what stands for an unknown word
    heard = reliability(lambdas[known], own[known], names, weighing)
    weights[known] = np.maximum(heard, 10**-_DIGITS)
    return _Words(names, own, shares, lambdas, weights)


def _weighed(bank: WordBank, words: _Words, outcome: Outcome) -> Iterator[Sentence]:
    """The stream's sentences with weights."""
    start = 0
    for sentence in bank.stream:
        own = slice(start, start + len(sentence.tokens))
        start = own.stop
        labels = [words.names[number] for number in words.own[own]]
        if outcome.unit == "span":
            words.weights[own] = by_span(words.weights[own], spans_of(labels))
        sentence.weights = _rounded(words.weights[own])
        sentence.meta.pop("knn", None)  # of other weights
        if outcome.audit:
            sentence.meta["knn"] = {"consistency": _rounded(words.lambdas[own]), "labels": labels}
        if outcome.refine:
            _refine(sentence, words.names, words.shares[own], outcome.refine)
        yield sentence


def _refine(sentence: Sentence, names: list[str], shares: "np.ndarray", share: float) -> None:
    """Mix votes into a sentence's probs, which are over all labels from then on."""
    import numpy as np

    probs = np.zeros(shares.shape)
    probs[:, [names.index(label) for label in sentence.labels or []]] = sentence.probs
    sentence.labels, sentence.probs = list(names), _rounded(refined(probs, shares, share))


def _rounded(values: "np.ndarray") -> list[Any]:
    return values.round(_DIGITS).tolist()


def _say(stream: plumbing.Stream, search: Search, found: Votes, words: _Words) -> None:
    """How many neighbours were asked, and what the words of each type weigh in the mean."""
    types = [label_of(name) for name in words.names]
    sums, numbers = Counter[str](), Counter[str]()
    for number, weight in zip(words.own.tolist(), words.weights.tolist(), strict=True):
        if weight:  # known
            sums[types[number]] += weight
            numbers[types[number]] += 1
    means = {kind: round(sums[kind] / numbers[kind], 3) for kind in sorted(numbers)}
    text = f"{found.k:,} neighbours of each word"
    if found.recall is not None:
        text += f", of which {search.index} finds {found.recall:.1%}"
    text += "; mean weight " + ", ".join(f"{kind} {mean:.3f}" for kind, mean in means.items())
    stream.talk.info(text, k=found.k, recall=found.recall, weights=means)
    if found.k < search.k and (search.vote == "count" or not found.k):
        stream.talk.warn(
            f"there are no {search.k:,} other words in the bank: all are neighbours of each, and "
            "weights say nothing; give a smaller --k or a larger bank"
        )
    if found.recall is not None and found.recall < _FEW:
        stream.talk.warn(
            f"{search.index} misses {1 - found.recall:.1%} of the neighbours: give it more "
            "probes=, lists= or effort=, or take flat"
        )
