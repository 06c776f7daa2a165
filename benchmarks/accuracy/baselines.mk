# What every method has to beat, and what none without target labels can be asked for (`supervised`).
$(OF_ENGLISH:%=$(R)/%/train.json): $(R)/%/train.json: $(E)/%/train.json
	$(STEP) ln -sfn $(abspath $(E)/$*/model) $(@D)/model && cp $< $@

$(R)/translate-train/train.json: $(D)/en.jsonl $(D)/$(L)/translated.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
$(R)/word/train.json: $(D)/en.jsonl $(D)/$(L)/T.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
$(R)/supervised/train.json: $(D)/$(L)/gold.jsonl
	$(TRAIN) $(FRESH) --source $< > $@

# as many steps again of English: what any tagger that goes on from another has to beat
$(R)/vanilla-on/train.json: $(D)/en.jsonl $(R)/vanilla/train.json
	$(TRAIN) --init $(models) --source $< > $@

BASELINES := vanilla vanilla-on translate-train word supervised

# Spanish by an engine, word by word and phrase by phrase
ifeq ($(L),es)
$(D)/$(L)/apertium-%.jsonl: $(D)/en.jsonl
	$(STEP) $(XNER) translate-spans $< --preset transadv --mode $* --engine apertium --no-cache --to-lang $(L) -o $@
$(R)/word-apertium/train.json $(R)/phrase-apertium/train.json: $(R)/%-apertium/train.json: $(D)/en.jsonl $(D)/$(L)/apertium-%.jsonl
	$(TRAIN) $(FRESH) $(addprefix --source ,$^) > $@
BASELINES += word-apertium phrase-apertium
endif
