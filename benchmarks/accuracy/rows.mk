# The rows of one SEED and one language L; Makefile calls this file.
R := $(WORK)/$(SEED)/$(L)

include recipes.mk source.mk data.mk baselines.mk conner.mk transadv.mk colada.mk crop.mk mcl-ner.mk mixtures.mk

ROWS ?= $(ALL_ROWS)
# among which there is a choice without labels
CHOICE ?= vanilla translate-train transadv-context crop-1 crop-on all-sources committee committee-on crop-committee
.PHONY: rows table
.DEFAULT_GOAL := rows
rows: $(patsubst %,$(R)/%/row.json,$(ROWS))

table:
	@$(PYTHON) table.py $(WORK) $(ROWS) $(SHOWN)

# what each tagger says of the test set, of English, and of text to choose among them by
$(R)/%/test.jsonl: $(D)/$(L)/test.jsonl $(R)/%/train.json
	$(TAG) $< --model $(models) --probs
$(R)/%/dev.jsonl: $(D)/en.dev.jsonl $(R)/%/train.json
	$(TAG) $< --model $(models) --probs
$(R)/%/unseen.jsonl: $(D)/$(L)/unseen.jsonl $(R)/%/train.json
	$(TAG) $< --model $(models) --probs
$(R)/%/test.json: $(R)/%/test.jsonl $(GOLD)
	$(STEP) $(XNER) evaluate $< --gold $(GOLD) --to json -o $@
$(R)/%/dev.json: $(R)/%/dev.jsonl $(D)/en.dev.gold.jsonl
	$(STEP) $(XNER) evaluate $< --gold $(D)/en.dev.gold.jsonl --to json -o $@
$(R)/%/row.json: $(R)/%/test.json $(R)/%/dev.json
	@$(PYTHON) row.py $(@D) > $@

.PHONY: choice
choice: $(R)/agreement.json $(CHOICE:%=$(R)/%/row.json)
$(R)/agreement.json: $(CHOICE:%=$(R)/%/unseen.jsonl)
	$(STEP) $(XNER) evaluate $^ --agreement --to json -o $@
