"""Training objectives. Name on the command line -> where it lives.

A loss is `NAME[=WEIGHT][,key=value]…`: `--loss ce --loss span-kl=0.5,divergence=js`. Its unit is
nats per *thing it looks at*, and the weight multiplies that: `ce` per sentence, `dropout-kl`,
`kl`, `soft-ce` and `hard-ce` per word, `span-kl` per pair of spans, `adversarial-language` per
word, `adversarial-order` and `semantic-contrastive` per sentence, `relation-contrastive` per view
of a pair of words, the two of `train --task translation` per piece of the
target.
"""

LOSSES = {
    "ce": "xner.losses.cross_entropy:CrossEntropy",
    "span-kl": "xner.losses.span_kl:SpanKL",
    "dropout-kl": "xner.losses.dropout_kl:DropoutKL",
    "adversarial-language": "xner.losses.adversarial_language:AdversarialLanguage",
    "adversarial-order": "xner.losses.adversarial_order:AdversarialOrder",
    "semantic-contrastive": "xner.losses.semantic_contrastive:SemanticContrastive",
    "relation-contrastive": "xner.losses.relation_contrastive:RelationContrastive",
    "mse": "xner.losses.distillation:MeanSquaredError",
    "kl": "xner.losses.distillation:KullbackLeibler",
    "soft-ce": "xner.losses.distillation:SoftCrossEntropy",
    "hard-ce": "xner.losses.hard_cross_entropy:HardCrossEntropy",
    "translation": "xner.losses.translation:Translation",
    "labelled-translation": "xner.losses.translation:LabelledTranslation",
}
