# CoLaDa on the example corpora: two taggers denoise each other's labels, neighbours say whom to trust.
#
#     make -f colada.mk demo-colada    vanilla against CoLaDa on the German test set
#
# Iteration I, in work/colada/I and models/colada/I: the tagger of German text (tgt) of the iteration
# before says what it thinks of the translation, whose tags are projected, and a tagger of the
# translation (trans) learns both (step 1); that one tags the German text for the next tgt (step 2).
# What is learned is weighed by its neighbours each time. The first tgt is the source tagger.
include Makefile

LEXICON := lexicon.en-de.tsv
ITERATIONS ?= 3
ifeq ($(filter $(ITERATIONS),$(shell seq $(ITERATIONS) 2>/dev/null)),)
$(error ITERATIONS=$(ITERATIONS) is no whole number from 1 on)
endif
# enough: the German text gets the same entities as an iteration before, by F1 of one against the other
STOP ?= 0.99

NEIGHBOURS := --k 50
# Small models that begin at random want larger steps than the paper's. As an encoder that is made on
# the spot knows nothing to begin with, step 2 begins as the source tagger and not as the encoder.
STEP := --epochs 5 --learning-rate 1e-3
# the tagger's soft labels and the projected hard ones, in the first iteration and later
HALVES := --loss soft-ce=0.5 --loss hard-ce=0.5,weights=ignore
TENTHS := --loss soft-ce=0.9 --loss hard-ce=0.1,weights=ignore

.PHONY: demo-colada
# keep what is made on the way
.SECONDARY:
.DEFAULT_GOAL := demo-colada

demo-colada: colada-1

# the source sentences word by word, with their tags
work/colada/trans.jsonl: en.train.conll $(LEXICON)
	@mkdir -p $(@D)
	$(XNER) translate-spans $< --lang en --preset colada --engine lexicon:$(LEXICON) --to-lang de --output $@

# what the source tagger says of the German text, for the first iteration to be compared with
work/colada/0/tgt.jsonl: de.txt models/en/xner.json
	@mkdir -p $(@D)
	$(XNER) weak-tag $< --model models/en --output $@

# $(call iteration,its number,the number before,the tgt before,losses)
define iteration
work/colada/$1/trans.jsonl: work/colada/trans.jsonl $3/xner.json
	@mkdir -p $$(@D)
	$$(XNER) weak-tag $$< --model $3 --keep-tags --probs --output $$@
work/colada/$1/trans-weighted.jsonl: work/colada/$1/trans.jsonl
	$$(XNER) knn-weight $$< --model $3 $$(NEIGHBOURS) --output $$@
models/colada/$1/trans/xner.json: work/colada/$1/trans-weighted.jsonl
	$$(XNER) distill $$< --init $3 $4 $$(STEP) --output $$(@D)

work/colada/$1/tgt.jsonl: de.txt models/colada/$1/trans/xner.json
	$$(XNER) weak-tag $$< --model models/colada/$1/trans --probs --output $$@
work/colada/$1/tgt-weighted.jsonl: work/colada/$1/tgt.jsonl
	$$(XNER) knn-weight $$< --model models/colada/$1/trans $$(NEIGHBOURS) --output $$@
models/colada/$1/tgt/xner.json: work/colada/$1/tgt-weighted.jsonl models/en/xner.json
	$$(XNER) distill $$< --init models/en --loss soft-ce $$(STEP) --output $$(@D)

# the next iteration, unless this one says what the one before said; no gold is asked
work/colada/$1/agreement: work/colada/$1/tgt.jsonl work/colada/$2/tgt.jsonl
	$$(XNER) evaluate $$< --gold work/colada/$2/tgt.jsonl --score-only > $$@
colada-$1: work/colada/$1/agreement models/colada/$1/tgt/xner.json
	@if [ $1 = $(ITERATIONS) ] || awk '$$$$1 < $(STOP) {exit 1}' $$<; \
	then $$(MAKE) -f colada.mk scores-$1; else $$(MAKE) -f colada.mk colada-$$$$(($1 + 1)); fi

work/colada/$1/test.jsonl: de.test.conll models/colada/$1/tgt/xner.json
	$$(XNER) weak-tag $$< --model models/colada/$1/tgt --output $$@
scores-$1: work/colada/$1/test.jsonl work/en.jsonl
	$$(XNER) evaluate $$< --gold de.test.conll --against work/en.jsonl --to table
endef

$(eval $(call iteration,1,0,models/en,$(HALVES)))
$(foreach I,$(shell seq 2 $(ITERATIONS)),$(eval \
  $(call iteration,$I,$(shell expr $I - 1),models/colada/$(shell expr $I - 1)/tgt,$(TENTHS))))
