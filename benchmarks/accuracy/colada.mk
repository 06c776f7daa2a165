# CoLaDa. D_trans is the DeepL translation with projected labels (`-word-`: the word-by-word one, which is the
# paper's for these corpora); iteration 1 begins with the vanilla tagger.
# Folders: R/colada-1/trans the tagger of translations, R/colada-1 that of raw text.
HALVES := --loss soft-ce=0.5 --loss hard-ce=0.5,weights=ignore
MOSTLY := --loss soft-ce=0.9 --loss hard-ce=0.1,weights=ignore

# step1 ROW, ROW BEFORE, LOSSES, WEIGHED?, D_TRANS: what the tagger before says of D_trans, beside the projected labels
define step1
$(R)/$(1)/trans.soft.jsonl: $(D)/$(L)/$(or $(5),translated).jsonl $(R)/$(2)/train.json
	$$(TAG) $$< --model $$(models) --keep-tags --probs
$(R)/$(1)/trans.weighted.jsonl: $(R)/$(1)/trans.soft.jsonl $(R)/$(2)/train.json
	$$(WEIGH) $$< --model $$(models)
$(R)/$(1)/trans/train.json: $(R)/$(1)/trans.$(if $(4),weighted,soft).jsonl $(R)/$(2)/train.json
	$$(DISTILL) $$< --init $$(models) $(3) > $$@
endef
# hard ROW, ROW BEFORE, D_TRANS: the projected labels alone, beta 1 = 0
define hard
$(R)/$(1)/trans/train.json: $(D)/$(L)/$(or $(3),translated).jsonl $(R)/$(2)/train.json
	$$(DISTILL) $$< --init $$(models) --loss hard-ce > $$@
endef
# step2 ROW, TEACHER, WEIGHER'S FLAGS, WEIGHED?, LOSS: a student of what the tagger of translations says of raw text
define step2
$(R)/$(1)/raw.soft.jsonl: $(D)/$(L)/raw.jsonl $(R)/$(2)/train.json
	$$(TAG) $$< --model $$(models) --probs
$(R)/$(1)/raw.weighted.jsonl: $(R)/$(1)/raw.soft.jsonl $(R)/$(2)/train.json
	$$(WEIGH) $$< --model $$(models) --audit $(3)
$(R)/$(1)/train.json: $(R)/$(1)/raw.$(if $(4),weighted,soft).jsonl
	$$(DISTILL) $$(FRESH) $$< --loss $(or $(5),soft-ce) > $$@
endef

$(eval $(call step1,colada-1,vanilla,$(HALVES),weighed))
$(eval $(call step2,colada-1,colada-1/trans,,weighed))
$(eval $(call step1,colada-2,colada-1,$(MOSTLY),weighed))
$(eval $(call step2,colada-2,colada-2/trans,,weighed))
# all weights 1
$(eval $(call step1,colada-alike-1,vanilla,$(HALVES),))
$(eval $(call step2,colada-alike-1,colada-alike-1/trans,,))
$(eval $(call step1,colada-alike-2,colada-alike-1,$(MOSTLY),))
$(eval $(call step2,colada-alike-2,colada-alike-2/trans,,))
# no word of the other tagger in step 1
$(eval $(call hard,colada-hard-1,vanilla))
$(eval $(call step2,colada-hard-1,colada-hard-1/trans,,weighed))
$(eval $(call hard,colada-hard-2,colada-hard-1))
$(eval $(call step2,colada-hard-2,colada-hard-2/trans,,weighed))
# neither; the first iteration's tagger of translations is the same
$(eval $(call step2,colada-neither,colada-hard-1/trans,,))
# what the paper has not, in its first iteration: votes by distance, one weight for an entity, the neighbours'
# votes mixed into what is learned, neighbours among the translations too; and the released code's recipe
$(eval $(call step2,colada-distance,colada-1/trans,--vote distance,weighed))
$(eval $(call step2,colada-span,colada-1/trans,--unit span,weighed))
$(eval $(call step2,colada-refined,colada-1/trans,--refine 0.5,weighed))
$(eval $(call step2,colada-bank,colada-1/trans,--bank $(R)/colada-1/trans.weighted.jsonl,weighed))
$(eval $(call step2,colada-code,colada-1/trans,--preset colada-code --labels tags,weighed,hard-ce))
# the first iteration with bad translations: all of it, no weights, no word of the other tagger
$(eval $(call step1,colada-word-1,vanilla,$(HALVES),weighed,T))
$(eval $(call step2,colada-word-1,colada-word-1/trans,,weighed))
$(eval $(call step1,colada-word-alike-1,vanilla,$(HALVES),,T))
$(eval $(call step2,colada-word-alike-1,colada-word-alike-1/trans,,))
$(eval $(call hard,colada-word-hard-1,vanilla,T))
$(eval $(call step2,colada-word-hard-1,colada-word-hard-1/trans,,weighed))

# how the weights of the first iteration go with gold labels, and F1 over iterations
.PHONY: weights
weights: $(R)/colada-1/bins.json $(R)/colada-1/iterations.svg $(R)/colada-1/raw.weighted.jsonl
	@$(PYTHON) consistency.py $(lastword $^) $(D)/$(L)/gold.jsonl
$(R)/colada-1/bins.json: $(R)/colada-1/raw.weighted.jsonl $(D)/$(L)/gold.jsonl
	$(STEP) $(XNER) evaluate $< --gold $(lastword $^) --by-weight-bin 10 --to json -o $@
$(R)/colada-1/iterations.svg: $(foreach r,vanilla colada-1 colada-2,$(R)/$(r)/test.jsonl)
	$(STEP) $(XNER) evaluate $^ --gold $(GOLD) --to json --plot $@ -o $(@:.svg=.json)

COLADA := colada-1 colada-2 colada-alike-1 colada-alike-2 colada-hard-1 colada-hard-2 colada-neither \
          colada-distance colada-span colada-refined colada-bank colada-code \
          colada-word-1 colada-word-alike-1 colada-word-hard-1
