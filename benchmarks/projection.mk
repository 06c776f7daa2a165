# Projection alone: gold labels of one side onto the other, scored against the other's gold.

P     := $(WORK)/projection
ABSA  := $(DATA)/projection-absa
PUD   := $(DATA)/pud

$(P):
	mkdir -p $@

# onto NAME, INPUT, FLAGS, GOLD
define onto
$(P)/$(1).jsonl: $(2)
	$(XNER) project-labels $$< --onto translation $(3) -o $$@
$(P)/$(1).scores: $(P)/$(1).jsonl $(4)
	$(XNER) evaluate $$< --gold $(4) --projection --to table -o $$@
ALONE += $(P)/$(1).scores
endef

# restaurant reviews, whose targets were projected by hand onto their Spanish translation
$(foreach a,awesome simalign,$(eval $(P)/absa-$(a).pairs.jsonl: | $(P)))
$(P)/absa-awesome.pairs.jsonl: ALIGNED := $(ABSA)/es/DeepL.50000.awesome.test.talp
$(P)/absa-simalign.pairs.jsonl: ALIGNED := $(ABSA)/es/DeepL.50000.simalign.test.itermax.talp
$(P)/absa-%.pairs.jsonl:
	$(XNER) convert $(ABSA)/es/manual.test.tsv --from conll,tag=2 --lang es --strip-tags \
	  --origin $(ABSA)/en.absa.test.tsv --origin-lang en --alignments $(ALIGNED) -o $@
$(P)/absa.pairs.jsonl: | $(P)
	$(XNER) convert $(ABSA)/es/manual.test.tsv --from conll,tag=2 --lang es --strip-tags \
	  --origin $(ABSA)/en.absa.test.tsv --origin-lang en -o $@
$(P)/pud-%.pairs.jsonl: | $(P)
	$(XNER) convert $(PUD)/$*.conll --lang $* --strip-tags --origin $(PUD)/en.conll --origin-lang en -o $@

$(P)/absa.gold.jsonl: | $(P)
	$(XNER) convert $(ABSA)/es/manual.test.tsv --from conll,tag=2 --lang es -o $@
GOLD := $(P)/absa.gold.jsonl
$(eval $(call onto,absa-awesome,$(P)/absa-awesome.pairs.jsonl,--keep-all,$(GOLD)))
$(eval $(call onto,absa-simalign,$(P)/absa-simalign.pairs.jsonl,--keep-all,$(GOLD)))
$(foreach a,eflomal encoder:$(ENCODER),\
  $(eval $(call onto,absa-ours-$(firstword $(subst :, ,$(a))),$(P)/absa.pairs.jsonl,\
    --aligner $(a) --keep-all,$(GOLD)))\
  $(foreach l,de pt,\
    $(eval $(call onto,pud-$(l)-ours-$(firstword $(subst :, ,$(a))),$(P)/pud-$(l).pairs.jsonl,\
      --aligner $(a) --keep-all,$(PUD)/$(l).conll))))

# eflomal with more bitext to learn from: English CoNLL and its translation by DeepL
$(P)/corpus.%.jsonl: | $(P)
	$(XNER) convert $(DATA)/deepl/$*/train.tsv --lang $* --strip-tags \
	  --origin $(DATA)/conll/en/train.tsv --origin-lang en --alignments $(DATA)/deepl/$*/train.talp -o $@
$(P)/absa-ours-eflomal-corpus.jsonl: $(P)/corpus.es.jsonl
$(P)/pud-de-ours-eflomal-corpus.jsonl: $(P)/corpus.de.jsonl
$(eval $(call onto,absa-ours-eflomal-corpus,$(P)/absa.pairs.jsonl,\
  --aligner eflomal$(COMMA)corpus=$(P)/corpus.es.jsonl --keep-all,$(GOLD)))
$(eval $(call onto,pud-de-ours-eflomal-corpus,$(P)/pud-de.pairs.jsonl,\
  --aligner eflomal$(COMMA)corpus=$(P)/corpus.de.jsonl --keep-all,$(PUD)/de.conll))

.PHONY: encoder-is-named
encoder-is-named:
	@test -n "$(ENCODER)" || { echo "name a pretrained encoder: make projection ENCODER=DIR" >&2; exit 1; }
projection: encoder-is-named $(ALONE)
	@tail -n +1 $(ALONE)
