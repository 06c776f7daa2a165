"""Entities put where a translation model finds them most probable.

After CODEC (Le, Chen and Ritter, "Constrained decoding for cross-lingual label projection", 2024):
the tagged sentence is marked around one entity, and of all ways to mark the other sentence the
one is taken that is the most probable translation. Nothing is generated, so nothing can go wrong
in the words; an entity is found in nearly every sentence.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import exp

from xner.errors import OptionError, XnerError
from xner.projection.marked_places import Markable
from xner.projection.place_search import Job, Search
from xner.projection.projector import Candidate, Projector, Transfer
from xner.tokenization import detokenize
from xner.translation.engine import Settings, build
from xner.translation.marker_styles import STYLES
from xner.translation.scoring import Row, Scorer

_TOGETHER = 64  # transfers whose rows are scored in common
_UNEVEN = 8  # pieces that a sentence may have more with its markers elsewhere
_KEPT = 16  # places of an entity, the best
_LEAST = 1e-6  # what the score of a place is at least

_Languages = tuple[str, str]


class Constrained(Projector):
    """The places whose marking is the most probable translation of the entity's marking.

    `marker` is what stands around an entity: brackets, slot or xml, as in translate-spans
    --marker-style. A place has at most `max_words` words, or twice the entity's own if that is
    more. Where there are more than k² of them, a short list is scored: after the `k` words where
    an opening marker is most probable, the k² places with the most probable closing one. `exact`
    goes on until no other place can be better, at many times the cost.

    A place's score is its share of the probability of all those that were scored.
    """

    def __init__(
        self,
        engine: str,
        settings: Settings,
        marker: str = "brackets",
        max_words: int = 10,
        k: int = 8,
        exact: bool = False,
    ):
        if marker not in STYLES:
            raise OptionError(f"--match constrained: marker '{marker}' is not {', '.join(STYLES)}")
        for name, value in (("max-words", max_words), ("k", k)):
            if value < 1:
                raise OptionError(f"--match constrained: {name} '{value}' is not 1 or more")
        self.engine = engine
        self.settings = settings
        self.marker = marker
        self.max_words = max_words
        self.k = k
        self.exact = exact
        self._scorers: dict[tuple[str, str], Scorer] = {}

    def candidates(self, transfers: Sequence[Transfer]) -> Iterator[list[list[Candidate]]]:
        """The best places of each entity; none where a sentence is too long for the model.

        Raises XnerError for a sentence whose language nobody has named.
        """
        for low in range(0, len(transfers), _TOGETHER):
            searches: list[list[Search | None]] = []
            by_languages: dict[_Languages, list[Search]] = defaultdict(list)
            for transfer in transfers[low : low + _TOGETHER]:
                own = self._searches(transfer) if transfer.source.spans else []
                searches.append(own)
                if own:
                    by_languages[_languages(transfer)] += [one for one in own if one]
            for languages, some in by_languages.items():
                self._run(self._scorers[languages], some)
            yield from ([_best(one) for one in own] for own in searches)

    def close(self) -> None:
        """Give the models back."""
        for scorer in self._scorers.values():
            scorer.engine.close()

    def _searches(self, transfer: Transfer) -> list[Search | None]:
        """A search for each entity; None where the model cannot read the sentence."""
        source, target = transfer.source, transfer.target
        scorer = self._scorer(_languages(transfer))
        plain = [detokenize(side.tokens, side.lang) for side in (source, target)]
        style = STYLES[self.marker](" ".join(plain), 1)
        text = Markable(
            target.tokens, target.lang, (style.opening(0), style.closing(0)), scorer.target
        )
        made: list[Search | None] = []
        for span in source.spans:
            marked = scorer.source(style.written(source.tokens, [span], source.lang))
            fits = scorer.fits(Row(marked, text.marked((0, 1))), _UNEVEN)
            self.counts["entities in sentences too long for the model"] += not fits
            widest = max(self.max_words, 2 * (span.end - span.start))
            made.append(Search(marked, text, widest) if fits else None)
        return made

    def _scorer(self, languages: _Languages) -> Scorer:
        if languages not in self._scorers:
            # one model has the GPU for all
            alone = self.settings.gpu_lock and not self._scorers
            settings = replace(self.settings, gpu_lock=alone)
            scorer = Scorer(build(self.engine, *languages, settings))
            self._check_markers(scorer)
            same = (
                s.engine for s in self._scorers.values() if s.engine.folder == scorer.engine.folder
            )
            if other := next(same, None):  # languages share a model that knows them all
                scorer.engine.model = other.model
            self._scorers[languages] = scorer
        return self._scorers[languages]

    def _check_markers(self, scorer: Scorer) -> None:
        """Raises OptionError where the model would see its unknown piece for a marker."""
        if _is_readable(self.marker, scorer):
            return
        others = [name for name in STYLES if _is_readable(name, scorer)]
        remedy = " or ".join(f"marker={name}" for name in others) or "another engine"
        raise OptionError(
            f"--match constrained: the model of engine '{scorer.engine.name}' cannot read the "
            f"markers of marker={self.marker}; give {remedy}"
        )

    def _run(self, scorer: Scorer, searches: Sequence[Search]) -> None:
        """Score the places of all searches: all that there are, or a short list."""
        short = self.k**2
        many = [one for one in searches if len(one) > short]
        few = [one for one in searches if len(one) <= short]
        _do(scorer, (job for one in many for job in one.raw_jobs()))
        _do(scorer, (job for one in many for job in one.opened_jobs(one.likely_starts(self.k))))
        wanted = [(one, one.likely_places(short)) for one in many]
        wanted += [(one, list(one.text.places(one.widest))) for one in few]
        _do(scorer, (job for one, places in wanted for job in one.marked_jobs(places)))
        while self.exact and many:
            _do(scorer, (job for one in many for job in one.opened_jobs(one.open_starts())))
            _do(scorer, (job for one in many for job in one.marked_jobs(one.open_places())))
            many = [one for one in many if one.open_starts() or one.open_places()]


def _is_readable(marker: str, scorer: Scorer) -> bool:
    style = STYLES[marker]("", 1)
    text = f"{style.opening(0)} {style.closing(0)}"
    unknown = scorer.engine.tokenizer.unk_token_id
    return unknown not in (*scorer.source(text), *scorer.target(text))


def _languages(transfer: Transfer) -> _Languages:
    """From which language into which."""
    source, target = transfer.source, transfer.target
    if source.lang and target.lang:
        return source.lang, target.lang
    side = "translation or origin" if source.lang or target.lang else "translation and origin"
    raise XnerError(
        f"sentence '{target.id}': --match constrained wants to know the languages, and its {side} "
        "names none; give --lang, and --origin-lang to xner convert, where they are read"
    )


def _do(scorer: Scorer, jobs: Iterable[Job]) -> None:
    """Score the rows of all jobs together."""
    given = list(jobs)
    for job, scored in zip(given, scorer.scored([job.row for job in given]), strict=True):
        job.take(scored)


def _best(search: Search | None) -> list[Candidate]:
    """The best places, by their share of the probability of those that were scored."""
    if search is None:
        return []
    scores = search.scores
    highest = max(scores.values())
    weights = {place: exp(score - highest) for place, score in scores.items()}
    whole = sum(weights.values())
    ranked = sorted(weights, key=lambda place: -scores[place])[:_KEPT]
    return [Candidate(*place, max(weights[place] / whole, _LEAST)) for place in ranked]
