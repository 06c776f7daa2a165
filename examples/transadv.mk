# TransAdv on the example corpora: word-by-word German, two discriminators, four teachers.
#
#     make -f transadv.mk demo-transadv    vanilla against TransAdv on the German test set
#
# The labelled English sentences (S) are translated word by word (T); entities change places between
# the two (swS, swT); words are shuffled inside each entity and each stretch between (shuS, shuT).
include Makefile

LEXICON := lexicon.en-de.tsv
# small models that begin at random want larger steps than the paper's
SRC  := --epochs 10 --generator-rate 1e-4
NEXT := --epochs 4 --generator-rate 1e-4 --learning-rate 3e-4 --init models/src

.PHONY: demo-transadv
# keep what is made on the way
.SECONDARY:
.DEFAULT_GOAL := demo-transadv

demo-transadv: work/en.jsonl work/transadv.jsonl
	$(XNER) evaluate work/transadv.jsonl --gold de.test.conll --against work/en.jsonl --to table

# S with the language of each word; T; and what is made of the two
work/T.jsonl: en.train.conll $(LEXICON) | work
	$(XNER) translate-spans $< --lang en --preset transadv --engine lexicon:$(LEXICON) --to-lang de --output $@
work/S.jsonl: work/T.jsonl
	$(XNER) codeswitch $< --ratio 0 --output $@
work/swS.jsonl: work/T.jsonl
	$(XNER) codeswitch $< --swap entities --into origin --output $@
work/swT.jsonl: work/T.jsonl
	$(XNER) codeswitch $< --swap entities --into translation --output $@
work/shu%.jsonl: work/%.jsonl
	$(XNER) shuffle $< --output $@

# the source model, against two discriminators
models/src/xner.json: work/S.jsonl work/T.jsonl work/shuS.jsonl work/shuT.jsonl
	$(XNER) train $^ --source $< --output $(@D) $(SRC) \
	  --loss adversarial-language --loss adversarial-order

# three teachers: the same contexts with entities of both languages, the same entities in contexts
# of both, the same sentences in other orders
models/entity/xner.json: work/T.jsonl work/swT.jsonl models/src/xner.json
	$(XNER) train $(filter work/%,$^) $(addprefix --source ,$(filter work/%,$^)) --output $(@D) \
	  $(NEXT) --discriminators models/src --loss adversarial-language=1,words=entity
models/context/xner.json: work/T.jsonl work/swS.jsonl models/src/xner.json
	$(XNER) train $(filter work/%,$^) $(addprefix --source ,$(filter work/%,$^)) --output $(@D) \
	  $(NEXT) --discriminators models/src --loss adversarial-language=1,words=context
models/order/xner.json: work/T.jsonl work/shuT.jsonl models/src/xner.json
	$(XNER) train $(addprefix --source ,$(filter work/%,$^)) --output $(@D) $(NEXT) --loss ce

# the student learns the mean of what the four say of raw German text. It begins as the source model:
# an encoder that is made on the spot knows nothing to begin with.
TEACHERS := models/src models/entity models/context models/order
models/transadv/xner.json: de.txt $(TEACHERS:=/xner.json)
	$(XNER) distill $< --lang de $(addprefix --teacher ,$(TEACHERS)) --init models/src \
	  --learning-rate 3e-4 --epochs 10 --output $(@D)
