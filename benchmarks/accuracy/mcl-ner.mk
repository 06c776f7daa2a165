# MCL-NER: relations between words instead of tags; sentences against their code-switched twins, two views of
# a pair of words against each other; then self-training.
SEMANTIC := --loss semantic-contrastive=0.1
RELATION := --loss relation-contrastive=0.1$(COMMA)negatives=sample

# with the code-switched sentences as labelled text too, and each contrast
define paired
$(R)/$(1)/train.json: $(D)/en.jsonl $(D)/$(L)/mixed.jsonl
	$$(TRAIN) $$(FRESH) $(PAIR) $$(addprefix --source ,$$^) \
	  $(if $(2),--stream-batch-size 8 $$(lastword $$^) $(2)) > $$@
endef
$(eval $(call paired,pair-mixed,))
$(eval $(call paired,pair-semantic,$(SEMANTIC)))
$(eval $(call paired,pair-relation,$(RELATION)))
$(eval $(call paired,pair-both,$(SEMANTIC) $(RELATION)))

# a round of self-training, beside labelled English, from the encoder
$(R)/mcl-ner/pseudo.jsonl: $(D)/$(L)/raw.jsonl $(R)/pair-both/train.json
	$(TAG) $< --model $(models) --min-score 0.9 --drop-empty --drop-broken
$(R)/mcl-ner/train.json: $(R)/mcl-ner/pseudo.jsonl $(D)/en.jsonl $(R)/pair-both/train.json
	$(DISTILL) $(FRESH) $(PAIR) --source $(D)/en.jsonl --teacher $(models) \
	  --loss hard-ce --loss mse $(RELATION) $< > $@

MCL_NER := pair-vanilla pair-views pair-mean pair-mixed pair-semantic pair-relation pair-both mcl-ner
