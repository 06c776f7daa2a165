# ConNER: consistency of spans under translation and of words under dropout, each alone and both.

COMMA := ,
BOTH := --loss span-kl=0.5 --loss dropout-kl=0.5

# row NAME, LANGUAGE, STREAM, LOSSES: train and score one system
define row
$(W)/$(1)/train.json: $(W)/en.jsonl $(3)
	mkdir -p $$(@D)
	$(XNER) train $(3) --source $$< --encoder $(ENCODER) $(BUDGET) $(4) -o $$(@D)/model > $$@
$(W)/$(1)/dev.json: $(W)/$(1)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/en/dev.tsv --to json > $$@
$(W)/$(1)/test-$(2).json: $(W)/$(1)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/$(2)/test.tsv --to json > $$@
ROWS += $(W)/$(1)/dev.json $(W)/$(1)/test-$(2).json
endef

# no stream: the same systems for every language
define also
$(W)/$(1)/test-$(2).json: $(W)/$(1)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/$(2)/test.tsv --to json > $$@
ROWS += $(W)/$(1)/test-$(2).json
endef

$(eval $(call row,vanilla,es,,--loss ce))
$(eval $(call row,dropout,es,,--loss dropout-kl=0.5))
$(eval $(call also,vanilla,de))
$(eval $(call also,dropout,de))

# raw Spanish, tagged by the vanilla system and turned to English by Apertium
$(W)/es.pairs.jsonl: $(W)/vanilla/train.json
	$(XNER) weak-tag $(DATA)/conll/es/train.tsv --lang es --model $(W)/vanilla/model \
	  | $(XNER) translate-spans --engine apertium --no-cache --log-json -o $@ 2> $(W)/es.translate.log

$(eval $(call row,apertium-translation,es,$(W)/es.pairs.jsonl,--loss span-kl=0.5))
$(eval $(call row,apertium-both,es,$(W)/es.pairs.jsonl,$(BOTH)))

# ConNER's released pairs, translated by Google
$(W)/%.released.jsonl: | $(W)
	$(XNER) convert --from conner,origin=$(DATA)/conner/$*/unlabel.txt $(DATA)/conner/$*/trans.txt \
	  --lang en -o $@

$(foreach l,es de,\
  $(eval $(call row,released-$(l)-translation,$(l),$(W)/$(l).released.jsonl,--loss span-kl=0.5))\
  $(eval $(call row,released-$(l)-both,$(l),$(W)/$(l).released.jsonl,$(BOTH))))

# What a weight is worth hangs on the unit of `ce`: per word it makes span-kl count some fifteen times
# as much as per sentence, summed over the batch, as in the released code, a sixteenth.
$(eval $(call row,released-es-translation-token,es,$(W)/es.released.jsonl,\
  --loss ce=1$(COMMA)reduction=token --loss span-kl=0.5))
$(eval $(call row,released-es-translation-sum,es,$(W)/es.released.jsonl,\
  --loss ce=1$(COMMA)reduction=sum --loss span-kl=0.5))
$(eval $(call row,released-de-translation-sum,de,$(W)/de.released.jsonl,\
  --loss ce=1$(COMMA)reduction=sum --loss span-kl=0.5))

# From the vanilla tagger on, for half as many steps: the spans' distributions mean something from
# the first step. warm-vanilla is what those steps are worth without the stream.
WARM := --encoder $(W)/vanilla/model --steps 110 --learning-rate 5e-5
$(eval $(call row,warm-vanilla,es,,$(WARM) --loss ce))
$(eval $(call also,warm-vanilla,de))
$(foreach l,es de,\
  $(eval $(call row,warm-released-$(l)-translation,$(l),$(W)/$(l).released.jsonl,\
    $(WARM) --loss span-kl=0.5)))
$(W)/warm-vanilla/train.json $(W)/warm-released-es-translation/train.json \
  $(W)/warm-released-de-translation/train.json: $(W)/vanilla/train.json

conner: $(ROWS)
	$(PYTHON) table.py $(W)
