# What every method has to beat, and what none without target labels can be asked for (`supervised`).
$(OF_ENGLISH:%=$(R)/%/train.json): $(R)/%/train.json: $(E)/%/train.json
	$(STEP) ln -sfn $(abspath $(E)/$*/model) $(@D)/model && cp $< $@

$(R)/translate-train/train.json: $(D)/en.jsonl $(D)/$(L)/translated.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
$(R)/word/train.json: $(D)/en.jsonl $(D)/$(L)/T.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
$(R)/supervised/train.json: $(D)/$(L)/gold.jsonl
	$(TRAIN) $(FRESH) --source $< > $@

BASELINES := vanilla translate-train word supervised
