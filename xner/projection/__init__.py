"""Writing the entities of one sentence onto another that says the same.

A *projector* proposes places for each entity and knows nothing of records; `assignment.py` chooses
among them, all entities of a sentence at once; `carrying.py` takes records apart and puts the
result together; `filters.py` says which results are fit to train on. A projector is one file and
one line here.
"""

PROJECTORS = {
    "strict": "xner.projection.from_match:Strict",
    "loose": "xner.projection.from_match:Loose",
    "fuzzy": "xner.projection.from_likeness:Fuzzy",
    "align": "xner.projection.from_alignment:Aligned",
    "constrained": "xner.projection.from_scores:Constrained",
}
