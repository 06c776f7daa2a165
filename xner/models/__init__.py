"""Taggers: an encoder that gives a vector a word, and a head that turns vectors into tags.

Axis names of every tensor: `batch` sentences, `word` and `piece` positions, `row` stretches of
text that the encoder sees at once (a long sentence has several), `hidden` features, `tag` tags of
the model's scheme, `span` linked entities, `type` entity types, `class` types and O.
"""

HEADS = {
    "softmax": "xner.models.softmax:Softmax",
    "crf": "xner.models.crf:Crf",
}
