# CROP: English translations of raw text are tagged, and the labels written back. Spanish by the paper's
# way, marked entities translated back and found again (`crop-strict`: exactly; `crop`: nearly, too);
# German, for which there is no way back, by word alignment.
$(R)/english.tagged.jsonl: $(D)/$(L)/english.jsonl $(E)/vanilla/train.json
	$(TAG) $< --model $(models)

ifeq ($(L),es)
$(R)/back.jsonl: $(R)/english.tagged.jsonl
	$(STEP) $(XNER) translate-spans $< --preset crop --to-lang $(L) --engine apertium --no-cache -o $@
MATCH := --match fuzzy
else
$(R)/back.jsonl: $(R)/english.tagged.jsonl
	$(STEP) cp $< $@
MATCH := --match align --aligner encoder:$(ENCODER)
endif

# crop-1: what the vanilla tagger says of the English; crop-2: where crop-1 agrees, or knows better
$(R)/crop-1/projected.jsonl: $(R)/back.jsonl
	$(PROJECT) $< $(MATCH)
$(R)/crop-2/said.jsonl: $(D)/$(L)/crop.jsonl $(R)/crop-1/train.json
	$(TAG) $< --model $(models)
$(R)/crop-2/projected.jsonl: $(R)/back.jsonl $(R)/crop-2/said.jsonl
	$(PROJECT) $< $(MATCH) --agree-with $(lastword $^) --fallback $(lastword $^)
$(R)/crop-1/train.json $(R)/crop-2/train.json: $(R)/%/train.json: $(D)/en.jsonl $(R)/%/projected.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
# as many steps again of the first round
$(R)/crop-on/train.json: $(D)/en.jsonl $(R)/crop-1/projected.jsonl $(R)/crop-1/train.json
	$(TRAIN) --init $(models) $(addprefix --source ,$(streams)) > $@

CROP := crop-1 crop-2 crop-on

ifeq ($(L),es)
$(R)/crop-strict/projected.jsonl: $(R)/back.jsonl
	$(PROJECT) $< --match strict
$(R)/crop-strict/train.json: $(D)/en.jsonl $(R)/crop-strict/projected.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@

# translate-test: the same done to the test set, without a tagger of its own
$(D)/$(L)/test.english.jsonl: $(D)/$(L)/test.jsonl
	$(STEP) $(XNER) translate-spans $< --mode plain --engine apertium --no-cache -o $@
$(R)/translate-test/tagged.jsonl: $(D)/$(L)/test.english.jsonl $(E)/vanilla/train.json
	$(TAG) $< --model $(models)
$(R)/translate-test/back.jsonl: $(R)/translate-test/tagged.jsonl
	$(STEP) $(XNER) translate-spans $< --preset crop --to-lang $(L) --engine apertium --no-cache -o $@
$(R)/translate-test/test.jsonl: $(R)/translate-test/back.jsonl
	$(PROJECT) $< --match fuzzy --keep-all
$(R)/translate-test/row.json: $(R)/translate-test/test.json
	@$(PYTHON) row.py $(@D) > $@

CROP += crop-strict translate-test

# what each match makes of the raw text: scores and yields against its gold
MATCHES := strict loose painted fuzzy partial align-encoder align-eflomal
FLAGS_strict  := --match strict
FLAGS_loose   := --match loose
FLAGS_painted := --match loose$(COMMA)guard=no
FLAGS_fuzzy   := --match fuzzy
FLAGS_partial := --match fuzzy --partial
$(R)/matched/%.jsonl: $(R)/back.jsonl
	$(PROJECT) $< $(FLAGS_$*)
# without the way back
$(R)/matched/align-encoder.jsonl $(R)/matched/align-eflomal.jsonl: $(R)/matched/align-%.jsonl: $(R)/english.tagged.jsonl
	$(PROJECT) $< --match align --aligner $(if $(filter encoder,$*),encoder:$(ENCODER),$*)
.PHONY: matches
matches: $(MATCHES:%=$(R)/matched/%.jsonl) $(R)/crop-2/projected.jsonl
	@$(XNER) evaluate $^ --gold $(D)/$(L)/gold.jsonl --projection --to table -q
endif
