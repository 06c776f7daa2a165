# What English alone gives, for every language to go on from. Makefile calls this file before rows.mk.
ifndef R
include recipes.mk
.DEFAULT_GOAL := source
endif

$(D)/en.jsonl: $(DATA)/conll/en/train.tsv
	$(STEP) $(XNER) convert $< --lang en --shard 1/$(FRACTION) -o $@
# half of it, for looking whether a row is worth anything without a label of the target language
$(D)/en.dev.gold.jsonl: $(DATA)/conll/en/dev.tsv
	$(STEP) $(XNER) convert $< --lang en --shard 1/2 -o $@
$(D)/en.dev.jsonl: $(D)/en.dev.gold.jsonl
	$(STEP) $(XNER) convert $< --strip-tags -o $@

$(E)/vanilla/train.json: $(D)/en.jsonl
	$(TRAIN) $(FRESH) --source $< > $@
# without a stream consistency under dropout is one system for all languages
$(E)/conner-dropout/train.json: $(D)/en.jsonl
	$(TRAIN) $(FRESH) --source $< --loss dropout-kl=0.5 > $@
# relations between words instead of tags, read from one view of a pair, as in the paper, or from both;
# and with the paper's mean over pairs
PAIR := --head token-pair --pooling max
$(E)/pair-vanilla/train.json: $(D)/en.jsonl
	$(TRAIN) $(FRESH) $(PAIR) --source $< > $@
$(E)/pair-views/train.json: $(D)/en.jsonl
	$(TRAIN) $(FRESH) $(subst token-pair,token-pair$(COMMA)relation=both,$(PAIR)) --source $< > $@
$(E)/pair-mean/train.json: $(D)/en.jsonl
	$(TRAIN) $(FRESH) $(PAIR) --source $< --loss ce=1$(COMMA)reduction=pair > $@

OF_ENGLISH := vanilla conner-dropout pair-vanilla pair-views pair-mean
.PHONY: source
source: $(D)/en.dev.jsonl $(patsubst %,$(E)/%/train.json,$(filter $(or $(ROWS),$(OF_ENGLISH)) vanilla,$(OF_ENGLISH)))
