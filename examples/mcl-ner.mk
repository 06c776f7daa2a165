# MCL-NER on the example corpora: relations between words, two contrasts, self-training.
#
#     make -f mcl-ner.mk demo-mcl-ner    vanilla against MCL-NER on the German test set
#
# The labelled English sentences (S) get German phrases from a word list (cs). A token-pair tagger
# learns both and contrasts each cs with its S (src). Round I tags German text with the tagger of the
# round before, and another learns what that says, of whole entities and of every pair of words.
include Makefile

LEXICON := lexicon.en-de.tsv
ROUNDS  ?= 2
# a small encoder that begins at random wants a small head, and larger steps than the paper's
HEAD := --head token-pair,fused=128,size=64,projected=32 --pooling max
STEP := --epochs 10 --learning-rate 5e-4 --head-rate 5e-4 --source en.train.conll --dev en.dev.conll
SURE := 0.9

.PHONY: demo-mcl-ner
# keep what is made on the way
.SECONDARY:
.DEFAULT_GOAL := demo-mcl-ner

demo-mcl-ner: work/mcl-ner/$(ROUNDS)/test.jsonl work/en.jsonl
	$(XNER) evaluate $< --gold de.test.conll --against work/en.jsonl --to table

# the source sentences with half of their phrases in German, and their own as origin
work/mcl-ner/cs.jsonl: en.train.conll $(LEXICON)
	@mkdir -p $(@D)
	$(XNER) translate-spans $< --lang en --mode word --engine lexicon:$(LEXICON) --to-lang de \
	  | $(XNER) codeswitch --swap phrases --ratio 0.5 --output $@

models/mcl-ner/0/xner.json: work/mcl-ner/cs.jsonl en.train.conll en.dev.conll
	$(XNER) train $< --source en.train.conll --source $< $(HEAD) --output $(@D) \
	  --loss semantic-contrastive=0.1 --loss relation-contrastive=0.1

# $(call round,its number,the number before)
define round
work/mcl-ner/$1/pseudo.jsonl: de.txt models/mcl-ner/$2/xner.json
	@mkdir -p $$(@D)
	$$(XNER) weak-tag $$< --model models/mcl-ner/$2 --min-score $(SURE) --drop-empty --drop-broken --output $$@
models/mcl-ner/$1/xner.json: work/mcl-ner/$1/pseudo.jsonl models/mcl-ner/$2/xner.json
	$$(XNER) distill $$< --teacher models/mcl-ner/$2 --init models/mcl-ner/$2 $(STEP) --output $$(@D) \
	  --loss hard-ce --loss mse --loss relation-contrastive=0.1
work/mcl-ner/$1/test.jsonl: de.test.conll models/mcl-ner/$1/xner.json
	@mkdir -p $$(@D)
	$$(XNER) weak-tag $$< --model models/mcl-ner/$1 --output $$@
endef

$(foreach I,$(shell seq $(ROUNDS)),$(eval $(call round,$I,$(shell expr $I - 1))))
# the tagger before any self-training, to be compared with
work/mcl-ner/0/test.jsonl: de.test.conll models/mcl-ner/0/xner.json
	@mkdir -p $(@D)
	$(XNER) weak-tag $< --model models/mcl-ner/0 --output $@
