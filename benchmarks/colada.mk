# CoLaDa: English translated by DeepL with projected labels, raw text, and two taggers that correct
# each other's labels. Gold labels of the target languages are read by `evaluate` alone.

K      := $(WORK)/colada-$(SEED)
# a quarter of the English and of the translated training data and a third of the raw text, once; as many
# steps for each of the two taggers of an iteration, and for the one that they begin with
COLADA := --steps 220 --batch-size 16 --learning-rate 1e-4 --max-pieces 128 --seed $(SEED)
LANGS  ?= es de

$(K)/en.jsonl:
	mkdir -p $(@D)
	$(XNER) convert $(DATA)/conll/en/train.tsv --lang en --shard 1/4 -q -o $@
$(K)/vanilla/train.json: $(K)/en.jsonl
	mkdir -p $(@D)
	$(XNER) train --source $< --encoder $(ENCODER) $(COLADA) -o $(@D)/model -q > $@

# D_trans; D_tgt, and the same sentences with their gold labels, for looking at weights alone
$(K)/%/D_trans.jsonl:
	mkdir -p $(@D)
	$(XNER) convert $(DATA)/deepl/$*/train.tsv --lang $* --shard 1/4 -q -o $@
$(K)/%/D_tgt.gold.jsonl:
	mkdir -p $(@D)
	$(XNER) convert $(DATA)/conll/$*/train.tsv --lang $* --shard 1/3 -q -o $@
$(K)/%/D_tgt.jsonl: $(K)/%/D_tgt.gold.jsonl
	$(XNER) convert $< --strip-tags -q -o $@
$(K)/%/vanilla/train.json: $(K)/vanilla/train.json
	mkdir -p $(@D)
	ln -sfn ../../vanilla/model $(@D)/model
	cp $< $@

# D_trans alone, as translate-train has it
$(K)/%/trans/train.json: $(K)/%/D_trans.jsonl
	mkdir -p $(@D)
	$(XNER) train --source $< --encoder $(ENCODER) $(COLADA) --loss ce=1,reduction=token -o $(@D)/model -q > $@

SCORES_COLADA = $(foreach l,$(LANGS),$(foreach r,$(1),$(K)/$(l)/$(r)/test-$(l).json))

# step1 LANGUAGE, ROW, ROW BEFORE, LOSSES, WEIGHER: what the tagger before says of D_trans, and a tagger that
# learns from that and from the projected labels
define step1
$(K)/$(1)/$(2)/trans.soft.jsonl: $(K)/$(1)/D_trans.jsonl $(K)/$(1)/$(3)/train.json
	mkdir -p $$(@D)
	$(XNER) weak-tag $$< --model $(K)/$(1)/$(3)/model --keep-tags --probs -q -o $$@
$(K)/$(1)/$(2)/trans.jsonl: $(K)/$(1)/$(2)/trans.soft.jsonl
	$(if $(5),$(XNER) knn-weight $$< --model $(K)/$(1)/$(3)/model $(5) --log-json -o $$@ 2> $$(@:.jsonl=.log),cp $$< $$@)
$(K)/$(1)/$(2)/trans/train.json: $(K)/$(1)/$(2)/trans.jsonl
	mkdir -p $$(@D)
	$(XNER) distill $$< --init $(K)/$(1)/$(3)/model $(COLADA) $(4) -o $$(@D)/model -q > $$@
endef

# hard LANGUAGE, ROW, ROW BEFORE: a tagger that goes on with the projected labels alone
define hard
$(K)/$(1)/$(2)/trans/train.json: $(K)/$(1)/D_trans.jsonl $(K)/$(1)/$(3)/train.json
	mkdir -p $$(@D)
	$(XNER) distill $$< --init $(K)/$(1)/$(3)/model $(COLADA) --loss hard-ce -o $$(@D)/model -q > $$@
endef

# step2 LANGUAGE, ROW, TEACHER, LOSSES, WEIGHER: what the teacher says of D_tgt, and a student from the encoder
define step2
$(K)/$(1)/$(2)/tgt.soft.jsonl: $(K)/$(1)/D_tgt.jsonl $(K)/$(1)/$(3)/train.json
	mkdir -p $$(@D)
	$(XNER) weak-tag $$< --model $(K)/$(1)/$(3)/model --probs -q -o $$@
$(K)/$(1)/$(2)/tgt.jsonl: $(K)/$(1)/$(2)/tgt.soft.jsonl
	$(if $(5),$(XNER) knn-weight $$< --model $(K)/$(1)/$(3)/model $(5) --audit --log-json -o $$@ 2> $$(@:.jsonl=.log),cp $$< $$@)
$(K)/$(1)/$(2)/train.json: $(K)/$(1)/$(2)/tgt.jsonl
	$(XNER) distill $$< --encoder $(ENCODER) $(COLADA) $(4) -o $$(@D)/model -q > $$@
endef

HALVES := --loss soft-ce=0.5 --loss hard-ce=0.5,weights=ignore
MOSTLY := --loss soft-ce=0.9 --loss hard-ce=0.1,weights=ignore
SOFT   := --loss soft-ce
BY_NEIGHBOURS := --k 500 --alpha 6

# colada LANGUAGE: the rows of the paper's ablation. `full-1` is its "one iteration", `hard-1` its "no model
# collaboration", `hard-2` its β1 = 0
define colada
$(call step1,$(1),full-1,vanilla,$(HALVES),$(BY_NEIGHBOURS))
$(call step2,$(1),full-1,full-1/trans,$(SOFT),$(BY_NEIGHBOURS))
$(call step1,$(1),full-2,full-1,$(MOSTLY),$(BY_NEIGHBOURS))
$(call step2,$(1),full-2,full-2/trans,$(SOFT),$(BY_NEIGHBOURS))
$(call step1,$(1),alike-1,vanilla,$(HALVES),)
$(call step2,$(1),alike-1,alike-1/trans,$(SOFT),)
$(call step1,$(1),alike-2,alike-1,$(MOSTLY),)
$(call step2,$(1),alike-2,alike-2/trans,$(SOFT),)
$(call hard,$(1),hard-1,vanilla)
$(call step2,$(1),hard-1,hard-1/trans,$(SOFT),$(BY_NEIGHBOURS))
$(call hard,$(1),hard-2,hard-1)
$(call step2,$(1),hard-2,hard-2/trans,$(SOFT),$(BY_NEIGHBOURS))
$(call step2,$(1),neither,hard-1/trans,$(SOFT),)
$(call step2,$(1),code,full-1/trans,--loss hard-ce,--preset colada-code --labels tags)
$(call step2,$(1),distance,full-1/trans,$(SOFT),$(BY_NEIGHBOURS) --vote distance)
$(call step2,$(1),span,full-1/trans,$(SOFT),$(BY_NEIGHBOURS) --unit span)
$(call step2,$(1),refined,full-1/trans,$(SOFT),$(BY_NEIGHBOURS) --refine 0.5)
$(call step2,$(1),bank,full-1/trans,$(SOFT),$(BY_NEIGHBOURS) --bank $(K)/$(1)/full-1/trans.jsonl)
endef
$(foreach l,$(LANGS),$(eval $(call colada,$(l))))

COLADA_ROWS    := vanilla trans full-1 full-2 alike-1 alike-2 hard-1 hard-2 neither
COLADA_BEYOND  := code distance span refined bank
# how the weights of D_tgt go with its gold labels
COLADA_BINS     = $(foreach l,$(LANGS),$(K)/$(l)/full-1/bins.json)

$(K)/%/test-es.json: $(K)/%/train.json
	$(XNER) evaluate --model $(@D)/model --gold $(DATA)/conll/es/test.tsv --to json > $@
$(K)/%/test-de.json: $(K)/%/train.json
	$(XNER) evaluate --model $(@D)/model --gold $(DATA)/conll/de/test.tsv --to json > $@
$(K)/%/bins.json: $(K)/%/train.json
	$(XNER) evaluate $(@D)/tgt.jsonl --gold $(@D)/../D_tgt.gold.jsonl --by-weight-bin 10 --to json > $@

colada: $(call SCORES_COLADA,$(COLADA_ROWS)) $(COLADA_BINS)
	$(PYTHON) table.py $(addprefix $(K)/,$(LANGS))
colada-beyond: $(call SCORES_COLADA,$(COLADA_ROWS) $(COLADA_BEYOND))
	$(PYTHON) table.py $(addprefix $(K)/,$(LANGS))
