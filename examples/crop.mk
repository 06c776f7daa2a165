# CROP on the example corpora, both rounds: German text is labelled by way of English.
#
#     make -f crop.mk demo-crop    vanilla against CROP on the German test set
#
# Real text keeps its words: labels go onto de.txt itself, never onto a translation.
include Makefile

BACK := work/de.back.jsonl

.PHONY: demo-crop
# keep what is made on the way
.SECONDARY:
.DEFAULT_GOAL := demo-crop

demo-crop: work/en.jsonl work/crop-1.jsonl work/crop-2.jsonl
	$(XNER) evaluate work/crop-2.jsonl --gold de.test.conll --against work/en.jsonl --to table

# forward: German to English, tagged there by the source tagger
work/de.en.jsonl: de.txt lexicon.en-de.tsv models/en/xner.json | work
	$(XNER) translate-spans $< --from-lang de --mode plain | $(XNER) weak-tag --output $@

# back: English to German, every entity between two markers
$(BACK): work/de.en.jsonl
	$(XNER) translate-spans $< --preset crop --to-lang de --output $@

# round 1: entities that the raw sentence repeats word for word are labelled there
work/de.round-1.jsonl: $(BACK)
	$(XNER) project-labels $< --output $@

# round 2: the tagger of round 1 must agree, and labels what could not be matched
work/de.second.jsonl: de.txt models/crop-1/xner.json
	$(XNER) weak-tag $< --model models/crop-1 --output $@
work/de.round-2.jsonl: $(BACK) work/de.second.jsonl
	$(XNER) project-labels $< --agree-with work/de.second.jsonl --fallback work/de.second.jsonl --output $@

models/crop-%/xner.json: work/de.round-%.jsonl
	$(XNER) train --source en.train.conll --source $< --loss ce --output $(@D)
