# Raw text without its labels, and translations. The same for all seeds.
CONLL := $(DATA)/conll
GOLD  := $(CONLL)/$(L)/test.tsv

$(D)/$(L)/gold.jsonl: $(CONLL)/$(L)/train.tsv
	$(STEP) $(XNER) convert $< --lang $(L) --shard 1/$(RAW) -o $@
$(D)/$(L)/raw.jsonl: $(D)/$(L)/gold.jsonl
	$(STEP) $(XNER) convert $< --strip-tags -o $@
$(D)/$(L)/test.jsonl: $(GOLD)
	$(STEP) $(XNER) convert $< --lang $(L) --strip-tags -o $@
# raw text that no tagger has read, to choose among taggers by how they agree
$(D)/$(L)/unseen.jsonl: $(CONLL)/$(L)/dev.tsv
	$(STEP) $(XNER) convert $< --lang $(L) --shard 1/2 --strip-tags -o $@

# the English sentences by DeepL, their labels projected by awesome-align. What is no translation of a sentence
# is left out before the shard is taken, or it would be of other sentences than the English one: German has 36 such.
DEEPL = $(DATA)/deepl/$(L)/train.tsv $(CONLL)/en/train.tsv $(DATA)/deepl/$(L)/train.talp
BESIDE_ENGLISH = --lang $(L) --origin $(word 2,$^) --origin-lang en --alignments $(lastword $^)
$(D)/$(L)/deepl.jsonl: $(DEEPL)
	$(STEP) $(XNER) convert $< $(BESIDE_ENGLISH) -o $@
$(D)/$(L)/translated.jsonl: $(D)/$(L)/deepl.jsonl
	$(STEP) $(XNER) convert $< --shard 1/$(FRACTION) -o $@
# without its labels, which are carried over by the same links, whole entities only
$(D)/$(L)/labelled.jsonl: $(DEEPL)
	$(STEP) $(XNER) convert $< $(BESIDE_ENGLISH) --strip-tags -o $@
$(D)/$(L)/labelled.pairs.jsonl: $(D)/$(L)/labelled.jsonl
	$(PROJECT) $< --shard 1/$(FRACTION) --onto translation --match align$(COMMA)complete=yes$(COMMA)contiguous=yes
# word by word with a word list, and what is made of that: entities exchanged, words shuffled, phrases mixed
$(D)/$(L)/T.jsonl: $(D)/en.jsonl $(DATA)/lexicon/en-$(L).tsv
	$(STEP) $(XNER) translate-spans $< --preset transadv --engine lexicon:$(lastword $^) --no-cache --to-lang $(L) -o $@
$(D)/$(L)/S.jsonl: $(D)/$(L)/T.jsonl
	$(STEP) $(XNER) codeswitch $< --ratio 0 -o $@
$(D)/$(L)/swS.jsonl: $(D)/$(L)/T.jsonl
	$(STEP) $(XNER) codeswitch $< --swap entities --into origin -o $@
$(D)/$(L)/swT.jsonl: $(D)/$(L)/T.jsonl
	$(STEP) $(XNER) codeswitch $< --swap entities --into translation -o $@
$(D)/$(L)/shu%.jsonl: $(D)/$(L)/%.jsonl
	$(STEP) $(XNER) shuffle $< -o $@
$(D)/$(L)/mixed.jsonl: $(D)/$(L)/T.jsonl
	$(STEP) $(XNER) codeswitch $< --swap phrases --ratio 0.5 -o $@

# raw text in English, `crop.jsonl` being that text: Spanish by Apertium, as a whole and, with the spans of the
# vanilla tagger, for pairs; German by Google, in the pairs that ConNER's authors have released, with their weak
# tagger's spans. Their German is the same corpus in other lines, so a third of it is another third.
ifeq ($(L),es)
$(D)/$(L)/crop.jsonl: $(D)/$(L)/raw.jsonl
	$(STEP) cp $< $@
$(D)/$(L)/english.jsonl: $(D)/$(L)/raw.jsonl
	$(STEP) $(XNER) translate-spans $< --mode plain --engine apertium --no-cache -o $@
$(R)/spans.jsonl: $(D)/$(L)/raw.jsonl $(E)/vanilla/train.json
	$(TAG) $< --model $(models)
$(R)/pairs.jsonl: $(R)/spans.jsonl
	$(STEP) $(XNER) translate-spans $< --engine apertium --no-cache -o $@
else
RELEASED = --shard 1/$(RAW) --from conner
PAIRED   = $(RELEASED)$(COMMA)origin=$(DATA)/conner/$(L)/unlabel.txt$(COMMA)origin-lang=$(L) --lang en
$(D)/$(L)/crop.jsonl: $(DATA)/conner/$(L)/unlabel.txt
	$(STEP) $(XNER) convert $< $(RELEASED) --lang $(L) --strip-tags -o $@
$(R)/pairs.jsonl: $(DATA)/conner/$(L)/trans.txt $(DATA)/conner/$(L)/unlabel.txt
	$(STEP) $(XNER) convert $< $(PAIRED) -o $@
$(D)/$(L)/english.jsonl: $(DATA)/conner/$(L)/trans.txt $(DATA)/conner/$(L)/unlabel.txt
	$(STEP) $(XNER) convert $< $(PAIRED) --strip-tags -o $@
endif
