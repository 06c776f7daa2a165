"""Taggers (an encoder gives a vector a word, a head turns vectors into tags), and translators.

Axis names of every tensor: `batch` sentences, `word` and `piece` positions, `row` stretches of
text that the encoder sees at once (a long sentence has several), `hidden` features, `tag` tags of
the model's scheme, `label` BIO tags, `span` linked entities, `type` entity types, `class` types and
O. Translators have `piece` positions in the source, `target` positions in the translation and a
`vocabulary`.

Of pairs of words there are a `left` and a `right`, `relation` being what they are to each other and
`cell` such a pair; `fused` are features behind a head's fusion layer, `projected` those that are
contrasted within a `set` of cells, of which each is there `twice`. a `gap` is between words.
"""

HEADS = {
    "softmax": "xner.models.softmax:Softmax",
    "crf": "xner.models.crf:Crf",
    "token-pair": "xner.models.token_pair:TokenPair",
}
