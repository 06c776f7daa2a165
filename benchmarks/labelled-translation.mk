# The labelled-sequence translator: does a small model learn to carry markers? English to German,
# Multi30k; `before` has seen plain pairs only, `after` goes on with plain and marked ones.

L     := $(WORK)/labelled-translation
PLAIN := --task translation --batch-tokens 1500 --steps 2000 --evaluate-every 400 --device cpu
AFTER := --task translation --batch-tokens 1500 --steps 700 --evaluate-every 350 --device cpu \
         --learning-rate 5e-4

$(L):
	mkdir -p $@
$(L)/%.jsonl: | $(L)
	$(XNER) convert $(DATA)/bitext/$*.de.gz --lang de --origin $(DATA)/bitext/$*.en.gz --origin-lang en \
	  --from text --origin-from text -o $@
$(L)/train.pairs.jsonl: $(L)/train.jsonl
	$(XNER) translate-spans $< --make-training-pairs --aligner eflomal -o $@
# held out: the first 150 choose the checkpoint, phrases of the others are judged
$(L)/dev.pairs.jsonl: $(L)/val.jsonl
	head -150 $< | $(XNER) translate-spans --make-training-pairs --aligner eflomal -o $@
$(L)/test.pairs.jsonl: $(L)/val.jsonl
	tail -n +151 $< | $(XNER) translate-spans --make-training-pairs --aligner eflomal --max-slots 3 -o $@
$(L)/test.jsonl: $(L)/test.pairs.jsonl
	$(PYTHON) marked_phrases.py tagged $< > $@
$(L)/%.plain.jsonl: $(L)/%.pairs.jsonl
	grep '"marked":false' $< > $@

$(L)/before/xner.json: $(L)/train.plain.jsonl $(L)/dev.plain.jsonl
	$(XNER) train $< --dev $(L)/dev.plain.jsonl --encoder mini $(PLAIN) -o $(@D)
$(L)/after/xner.json: $(L)/train.pairs.jsonl $(L)/dev.pairs.jsonl $(L)/before/xner.json
	$(XNER) train $< --dev $(L)/dev.pairs.jsonl --encoder $(L)/before --marker-tokens 10 $(AFTER) -o $(@D)
# the same steps without markers: what more training alone is worth
$(L)/longer/xner.json: $(L)/train.plain.jsonl $(L)/dev.plain.jsonl $(L)/before/xner.json
	$(XNER) train $< --dev $(L)/dev.plain.jsonl --encoder $(L)/before $(AFTER) -o $(@D)

define carried
$(L)/$(1).marker.jsonl $(L)/$(1).unmarked.jsonl: $(L)/test.jsonl $(L)/$(1)/xner.json
	$(XNER) translate-spans $$< --mode marker --engine opus:$(L)/$(1) --to-lang de --beams 2 --no-cache \
	  --device cpu -o $(L)/$(1).marker.jsonl
	$(XNER) translate-spans $$< --mode plain --engine opus:$(L)/$(1) --to-lang de --beams 2 --no-cache \
	  --device cpu -o $(L)/$(1).unmarked.jsonl
CARRIED += $(L)/$(1).marker.jsonl $(L)/$(1).unmarked.jsonl
endef
$(foreach m,before after longer,$(eval $(call carried,$(m))))

labelled-translation: $(CARRIED)
	$(PYTHON) marked_phrases.py judge $^
