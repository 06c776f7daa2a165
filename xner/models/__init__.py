"""Taggers (an encoder gives a vector a word, a head turns vectors into tags), and translators.

Axis names of every tensor: `batch` sentences, `word` and `piece` positions, `row` stretches of
text that the encoder sees at once (a long sentence has several), `hidden` features, `tag` tags of
the model's scheme, `span` linked entities, `type` entity types, `class` types and O. Translators
have `piece` positions in the source, `target` positions in the translation and a `vocabulary`.
"""

HEADS = {
    "softmax": "xner.models.softmax:Softmax",
    "crf": "xner.models.crf:Crf",
}
