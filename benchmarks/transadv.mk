# TransAdv: word-by-word translations, the source model with its discriminators, each teacher, and
# students. Gold labels of the target languages are read by `evaluate` alone: `--strip-tags` takes
# them off the text that students learn from.

T      := $(WORK)/transadv-$(SEED)
# a quarter of the English training data, once; as many steps in every row, beside those of the models
# that it goes on from or learns from
ADV    := --steps 220 --batch-size 16 --learning-rate 1e-4 --max-pieces 128 --seed $(SEED)
# a folder for each language and word list, of which % is the name
TRANSADV ?= es-wiktionary es-muse de-wiktionary de-muse
ADV_ROWS := vanilla word src src-fast english entity context order student student-of-src \
            student-kl student-kl-of-src student-from-src
language  = $(firstword $(subst -, ,$(1)))
list      = $(DATA)/lexicon/$(if $(findstring muse,$(1)),muse-en-$(call language,$(1)).txt,en-$(call language,$(1)).tsv)

$(T)/en.jsonl:
	mkdir -p $(@D)
	$(XNER) convert $(DATA)/conll/en/train.tsv --lang en --shard 1/4 -o $@

# the data: S and T (each word with its language), entities exchanged, words shuffled; a third of the raw text,
# which is more than so many steps read
$(T)/%/T.jsonl: $(T)/en.jsonl
	mkdir -p $(@D)
	$(XNER) translate-spans $< --preset transadv --engine lexicon:$(call list,$*) --no-cache \
	  --to-lang $(call language,$*) --log-json -o $@ 2> $(@D)/translate.log
$(T)/%/S.jsonl: $(T)/%/T.jsonl
	$(XNER) codeswitch $< --ratio 0 -q -o $@
$(T)/%/swS.jsonl: $(T)/%/T.jsonl
	$(XNER) codeswitch $< --swap entities --into origin --log-json -o $@ 2> $(@:.jsonl=.log)
$(T)/%/swT.jsonl: $(T)/%/T.jsonl
	$(XNER) codeswitch $< --swap entities --into translation --log-json -o $@ 2> $(@:.jsonl=.log)
$(T)/%/shuS.jsonl: $(T)/%/S.jsonl
	$(XNER) shuffle $< --log-json -o $@ 2> $(@:.jsonl=.log)
$(T)/%/shuT.jsonl: $(T)/%/T.jsonl
	$(XNER) shuffle $< --log-json -o $@ 2> $(@:.jsonl=.log)
$(T)/%/raw.jsonl:
	mkdir -p $(@D)
	$(XNER) convert $(DATA)/conll/$(call language,$*)/train.tsv --lang $(call language,$*) \
	  --strip-tags --shard 1/3 -q -o $@

ADV_TRAIN = mkdir -p $(@D) && $(XNER) train $(ADV) --stream-batch-size 8 -o $(@D)/model --log-json 2> $(@D)/train.log > $@

$(T)/vanilla/train.json: $(T)/en.jsonl
	$(ADV_TRAIN) --source $< --encoder $(ENCODER)
$(T)/%/vanilla/train.json: $(T)/vanilla/train.json
	mkdir -p $(@D)
	ln -sfn ../../vanilla/model $(@D)/model
	cp $< $@
$(T)/%/word/train.json: $(T)/%/T.jsonl
	$(ADV_TRAIN) --source $< --encoder $(ENCODER)
$(T)/%/src/train.json: $(addprefix $(T)/%/,S.jsonl T.jsonl shuS.jsonl shuT.jsonl)
	$(ADV_TRAIN) $^ --source $< --encoder $(ENCODER) --loss adversarial-language --loss adversarial-order

# at the paper's rate so short a run hardly moves the encoder; here it does
$(T)/%/src-fast/train.json: $(addprefix $(T)/%/,S.jsonl T.jsonl shuS.jsonl shuT.jsonl)
	$(ADV_TRAIN) $^ --source $< --encoder $(ENCODER) --loss adversarial-language --loss adversarial-order \
	  --generator-rate 1e-5

# teachers go on from the source model; two of them with its discriminator, on some of the words
GO_ON = --init $(@D)/../src/model
AGAINST = $(GO_ON) --discriminators $(@D)/../src/model --loss adversarial-language=1,words=
$(T)/%/entity/train.json: $(T)/%/T.jsonl $(T)/%/swT.jsonl $(T)/%/src/train.json
	$(ADV_TRAIN) $(filter %.jsonl,$^) $(addprefix --source ,$(filter %.jsonl,$^)) $(AGAINST)entity
$(T)/%/context/train.json: $(T)/%/T.jsonl $(T)/%/swS.jsonl $(T)/%/src/train.json
	$(ADV_TRAIN) $(filter %.jsonl,$^) $(addprefix --source ,$(filter %.jsonl,$^)) $(AGAINST)context
$(T)/%/order/train.json: $(T)/%/T.jsonl $(T)/%/shuT.jsonl $(T)/%/src/train.json
	$(ADV_TRAIN) $(addprefix --source ,$(filter %.jsonl,$^)) $(GO_ON)

# and one goes on with nothing but English: what as many steps more are worth
$(T)/%/english/train.json: $(T)/en.jsonl $(T)/%/src/train.json
	$(ADV_TRAIN) --source $< $(GO_ON)

# what all four say of the raw text, and the source model alone
TEACHERS := src entity context order
$(T)/%/soft.jsonl: $(T)/%/raw.jsonl $(foreach t,$(TEACHERS),$(T)/%/$(t)/train.json)
	$(XNER) weak-tag $< --probs $(patsubst %/train.json,--model %/model,$(filter %/train.json,$^)) -q -o $@
$(T)/%/soft-of-src.jsonl: $(T)/%/raw.jsonl $(T)/%/src/train.json
	$(XNER) weak-tag $< --probs --model $(@D)/src/model -q -o $@

# students: by the squared error, which the paper has, or the divergence; from the encoder, or the source model
ADV_DISTILL = mkdir -p $(@D) && $(XNER) distill $< $(ADV) -o $(@D)/model --log-json 2> $(@D)/train.log > $@
FRESH = --encoder $(ENCODER)
$(T)/%/student/train.json: $(T)/%/soft.jsonl
	$(ADV_DISTILL) $(FRESH)
$(T)/%/student-of-src/train.json: $(T)/%/soft-of-src.jsonl
	$(ADV_DISTILL) $(FRESH)
$(T)/%/student-kl/train.json: $(T)/%/soft.jsonl
	$(ADV_DISTILL) $(FRESH) --loss kl
$(T)/%/student-kl-of-src/train.json: $(T)/%/soft-of-src.jsonl
	$(ADV_DISTILL) $(FRESH) --loss kl
$(T)/%/student-from-src/train.json: $(T)/%/soft.jsonl
	$(ADV_DISTILL) $(GO_ON)

# scores of each row: on its language, and on English
define scored-adv
$(T)/$(1)/$(2)/dev.json: $(T)/$(1)/$(2)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/en/dev.tsv --to json > $$@
$(T)/$(1)/$(2)/test-$(call language,$(1)).json: $(T)/$(1)/$(2)/train.json
	$(XNER) evaluate --model $$(@D)/model --gold $(DATA)/conll/$(call language,$(1))/test.tsv --to json > $$@
ADV_SCORES += $(T)/$(1)/$(2)/dev.json $(T)/$(1)/$(2)/test-$(call language,$(1)).json
endef
$(foreach f,$(TRANSADV),$(foreach r,$(ADV_ROWS),$(eval $(call scored-adv,$(f),$(r)))))

transadv: $(ADV_SCORES)
	$(PYTHON) table.py $(addprefix $(T)/,$(TRANSADV))
