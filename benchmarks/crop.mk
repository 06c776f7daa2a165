# CROP: what each match makes of raw Spanish, and what taggers learn from it. Gold labels of the
# target languages are read by `evaluate` alone: `--strip-tags` takes them off before anything else.

C      := $(WORK)/crop-$(SEED)
# half of the English training data, once
CROP   := --steps 440 --batch-size 16 --learning-rate 1e-4 --max-pieces 128 --seed $(SEED) --loss ce
ES     := $(DATA)/conll/es
DE     := $(DATA)/conll/de
# strict is the paper's rule; released-loose is the released code's, which paints
MATCHES := strict loose fuzzy

$(C):
	mkdir -p $@

$(C)/en.jsonl: | $(C)
	$(XNER) convert $(DATA)/conll/en/train.tsv --lang en --shard 1/2 -o $@
$(C)/es.raw.jsonl: | $(C)
	$(XNER) convert $(ES)/train.tsv --lang es --strip-tags -o $@
$(C)/es.test.raw.jsonl: | $(C)
	$(XNER) convert $(ES)/test.tsv --lang es --strip-tags -o $@

# learned NAME, MORE SOURCES: a tagger for English and these, in one budget
define learned
$(C)/$(1)/train.json: $(C)/en.jsonl $(2)
	mkdir -p $$(@D)
	$(XNER) train $$(addprefix --source ,$$^) --encoder $(ENCODER) $(CROP) -o $$(@D)/model > $$@
$(C)/$(1)/dev.json: $(C)/$(1)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/en/dev.tsv --to json > $$@
CROP_ROWS += $(C)/$(1)/dev.json
endef

# scored NAME, LANGUAGE
define scored
$(C)/$(1)/test-$(2).json: $(C)/$(1)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/$(2)/test.tsv --to json > $$@
CROP_ROWS += $(C)/$(1)/test-$(2).json
endef

$(eval $(call learned,vanilla,))
$(eval $(call scored,vanilla,es))
$(eval $(call scored,vanilla,de))

# forward: to English and tagged there; back: to Spanish, every entity between two markers
$(C)/%.tagged.jsonl: $(C)/%.raw.jsonl $(C)/vanilla/train.json
	$(XNER) translate-spans $< --mode plain --engine apertium --no-cache --quiet \
	  | $(XNER) weak-tag --model $(C)/vanilla/model -o $@
$(C)/%.back.jsonl: $(C)/%.tagged.jsonl
	$(XNER) translate-spans $< --preset crop --to-lang es --engine apertium --no-cache --log-json \
	  -o $@ 2> $(C)/$*.translate.log

# projected MATCH NAME, FLAGS, INPUT: onto the raw sentences, and how good that is
define projected
$(C)/$(1).es.jsonl: $(3)
	$(XNER) project-labels $$< $(2) --log-json -o $$@ 2> $(C)/$(1).project.log
$(C)/$(1).projection.json: $(C)/$(1).es.jsonl
	$(XNER) evaluate $$< --gold $(ES)/train.tsv --projection --to json > $$@
PROJECTIONS += $(C)/$(1).projection.json
endef

$(foreach m,$(MATCHES),\
  $(eval $(call projected,$(m),--match $(m),$(C)/es.back.jsonl)))
$(eval $(call projected,released-loose,--match loose$(COMMA)guard=no,$(C)/es.back.jsonl))
$(eval $(call projected,fuzzy-partial,--match fuzzy --partial,$(C)/es.back.jsonl))
# without a way back: the tagged English is aligned with the raw sentence
$(eval $(call projected,align-eflomal,--match align --aligner eflomal,$(C)/es.tagged.jsonl))
$(eval $(call projected,align-encoder,--match align --aligner encoder:$(ENCODER),$(C)/es.tagged.jsonl))

# translate-train: the English corpus itself in Spanish
$(C)/translate-train.es.jsonl: $(C)/en.jsonl
	$(XNER) translate-spans $< --preset crop --to-lang es --engine apertium --no-cache --quiet \
	  | $(XNER) project-labels --onto translation -o $@
$(eval $(call learned,translate-train,$(C)/translate-train.es.jsonl))
$(eval $(call scored,translate-train,es))

# round 1, and round 2 with what the tagger of round 1 says of the same sentences
define rounds
$$(eval $$(call learned,crop-$(1)-1,$(C)/$(1).es.jsonl))
$$(eval $$(call scored,crop-$(1)-1,es))
$(C)/$(1).second.jsonl: $(C)/es.raw.jsonl $(C)/crop-$(1)-1/train.json
	$(XNER) weak-tag $$< --model $(C)/crop-$(1)-1/model -o $$@
$(C)/$(1)-2.es.jsonl: $(2) $(C)/$(1).second.jsonl
	$(XNER) project-labels $$< $(3) --agree-with $(C)/$(1).second.jsonl \
	  --fallback $(C)/$(1).second.jsonl --log-json -o $$@ 2> $(C)/$(1)-2.project.log
$(C)/$(1)-2.projection.json: $(C)/$(1)-2.es.jsonl
	$(XNER) evaluate $$< --gold $(ES)/train.tsv --projection --to json > $$@
PROJECTIONS += $(C)/$(1)-2.projection.json
$$(eval $$(call learned,crop-$(1)-2,$(C)/$(1)-2.es.jsonl))
$$(eval $$(call scored,crop-$(1)-2,es))
endef
$(eval $(call rounds,strict,$(C)/es.back.jsonl,--match strict))
$(eval $(call rounds,fuzzy,$(C)/es.back.jsonl,--match fuzzy))

# translate-test by the same commands, and its fusion with taggers
$(C)/translate-test/es.jsonl: $(C)/es.test.back.jsonl
	mkdir -p $(@D)
	$(XNER) project-labels $< --match fuzzy --keep-all -o $@
$(C)/%/es.test.jsonl: $(C)/es.test.raw.jsonl $(C)/%/train.json
	$(XNER) weak-tag $< --model $(C)/$*/model --probs -o $@
define fused
$(C)/$(1)+translate-test/es.jsonl: $(C)/$(1)/es.test.jsonl $(C)/translate-test/es.jsonl
	mkdir -p $$(@D)
	$(XNER) fuse $$^ --by $(2) -o $$@
CROP_ROWS += $(C)/$(1)+translate-test/test-es.json
endef
$(C)/%/test-es.json: $(C)/%/es.jsonl
	$(XNER) evaluate $< --gold $(ES)/test.tsv --to json > $@
CROP_ROWS += $(C)/translate-test/test-es.json
$(foreach r,vanilla translate-train crop-strict-2 crop-fuzzy-2,$(eval $(call fused,$(r),probs)))

# German through DeepL: the labels that come with the translation, and ours from its alignments
$(C)/deepl-released.de.jsonl: | $(C)
	$(XNER) convert $(DATA)/deepl/de/train.tsv --lang de --shard 1/2 -o $@
$(C)/deepl-aligned.de.jsonl: | $(C)
	$(XNER) convert $(DATA)/deepl/de/train.tsv --lang de --strip-tags -q \
	    --origin $(DATA)/conll/en/train.tsv --origin-lang en --alignments $(DATA)/deepl/de/train.talp \
	  | $(XNER) convert --shard 1/2 -q \
	  | $(XNER) project-labels --onto translation --match align$(COMMA)complete=yes$(COMMA)contiguous=yes \
	    --log-json -o $@ 2> $(@:.de.jsonl=.project.log)
$(foreach s,released aligned,\
  $(eval $(call learned,translate-train-deepl-$(s),$(C)/deepl-$(s).de.jsonl))\
  $(eval $(call scored,translate-train-deepl-$(s),de)))

crop: $(CROP_ROWS) $(PROJECTIONS)
	$(PYTHON) table.py $(C)
