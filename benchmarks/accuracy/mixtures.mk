# What none of the papers has.

# ConNER whose spans count by how their words' neighbours are labelled (CoLaDa's weights)
$(R)/conner-weighted/soft.jsonl: $(R)/pairs.jsonl $(E)/vanilla/train.json
	$(TAG) $< --model $(models) --keep-tags --probs
$(R)/conner-weighted/pairs.jsonl: $(R)/conner-weighted/soft.jsonl $(E)/vanilla/train.json
	$(WEIGH) $< --model $(models) --labels tags
$(R)/conner-weighted/train.json: $(D)/en.jsonl $(R)/conner-weighted/pairs.jsonl
	$(TRAIN) $(FRESH) --stream-batch-size 8 --source $^ \
	  --loss span-kl=0.5$(COMMA)weights=use --loss dropout-kl=0.5 > $@

# CROP's rows, each word by its weight; and those rows with what TransAdv's teachers say of them
$(R)/crop-weighted/soft.jsonl: $(R)/crop-1/projected.jsonl $(R)/translate-train/train.json
	$(TAG) $< --model $(models) --keep-tags --probs
$(R)/crop-weighted/projected.jsonl: $(R)/crop-weighted/soft.jsonl $(R)/translate-train/train.json
	$(WEIGH) $< --model $(models) --labels tags
$(R)/crop-weighted/train.json: $(D)/en.jsonl $(R)/crop-weighted/projected.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
$(R)/crop-transadv/train.json: $(R)/crop-weighted/projected.jsonl \
  $(foreach t,src entity context order,$(R)/transadv/$(t)/train.json)
	$(DISTILL) $(FRESH) $< $(addprefix --teacher ,$(models)) --loss kl --loss hard-ce > $@

# all labelled text there is, whoever made it
$(R)/all-sources/train.json: $(D)/en.jsonl $(D)/$(L)/translated.jsonl $(D)/$(L)/T.jsonl $(R)/crop-1/projected.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@

# taggers that err in different places, together; a student of them, from the encoder; and with weights
COMMITTEE := translate-train crop-1 transadv-context all-sources
TAGGERS   := $(COMMITTEE:%=$(R)/%/train.json)
$(R)/committee/test.jsonl: $(D)/$(L)/test.jsonl $(TAGGERS)
	$(TAG) $< --probs $(addprefix --model ,$(models))
$(R)/committee/dev.jsonl: $(D)/en.dev.jsonl $(TAGGERS)
	$(TAG) $< --probs $(addprefix --model ,$(models))
$(R)/committee/unseen.jsonl: $(D)/$(L)/unseen.jsonl $(TAGGERS)
	$(TAG) $< --probs $(addprefix --model ,$(models))
$(R)/committee/raw.jsonl: $(D)/$(L)/raw.jsonl $(TAGGERS)
	$(TAG) $< --probs $(addprefix --model ,$(models))
$(R)/committee-student/train.json: $(R)/committee/raw.jsonl
	$(DISTILL) $(FRESH) --loss kl $< > $@
$(R)/committee-weighted/raw.jsonl: $(R)/committee/raw.jsonl $(R)/all-sources/train.json
	$(WEIGH) $< --model $(models)
$(R)/committee-weighted/train.json: $(R)/committee-weighted/raw.jsonl
	$(DISTILL) $(FRESH) --loss kl $< > $@
# a student that goes on from one of them; and that one, going on with what it says itself
$(R)/committee-on/train.json: $(R)/committee/raw.jsonl $(R)/all-sources/train.json
	$(DISTILL) --init $(models) --loss kl $< > $@
$(R)/all-sources-on/raw.jsonl: $(D)/$(L)/raw.jsonl $(R)/all-sources/train.json
	$(TAG) $< --probs --model $(models)
$(R)/all-sources-on/train.json: $(R)/all-sources-on/raw.jsonl $(R)/all-sources/train.json
	$(DISTILL) --init $(models) --loss kl $< > $@
# from the best single method on, after as many steps again of its own, which speaks, too; and as many steps of
# that method
$(R)/crop-committee/raw.jsonl: $(D)/$(L)/raw.jsonl $(foreach t,crop-on translate-train transadv-context all-sources,$(R)/$(t)/train.json)
	$(TAG) $< --probs $(addprefix --model ,$(models))
$(R)/crop-committee/train.json: $(R)/crop-committee/raw.jsonl $(R)/crop-on/train.json
	$(DISTILL) --init $(models) --loss kl $< > $@
$(R)/crop-on-on/train.json: $(D)/en.jsonl $(R)/crop-1/projected.jsonl $(R)/crop-on/train.json
	$(TRAIN) --init $(models) $(addprefix --source ,$(streams)) > $@

MIXTURES := conner-weighted crop-weighted crop-transadv all-sources committee committee-student committee-weighted \
            committee-on all-sources-on crop-committee crop-on-on

# a tagger and translate-test
ifeq ($(L),es)
$(R)/committee-on+translate-test/test.jsonl: $(R)/committee-on/test.jsonl $(R)/translate-test/test.jsonl
	$(STEP) $(XNER) fuse $^ --by probs -o $@
$(R)/committee-on+translate-test/row.json: $(R)/committee-on+translate-test/test.json
	@$(PYTHON) row.py $(@D) > $@
MIXTURES += committee-on+translate-test
endif

ALL_ROWS = $(BASELINES) $(CONNER) $(TRANSADV) $(COLADA) $(CROP) $(MCL_NER) $(MIXTURES)
