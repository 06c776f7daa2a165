# TransAdv: a source model against two discriminators, three teachers that go on from it, and students of all
# four. `-plain` is the same without discriminators, `-one` a student of the source model alone.
LANGUAGE_LOSS := --loss adversarial-language=1$(COMMA)words=
AGAINST_BOTH  := --loss adversarial-language --loss adversarial-order

# teachers ROW, LOSSES OF THE SOURCE MODEL, OF THE ENTITY AND THE CONTEXT TEACHER
define teachers
$(R)/$(1)/src/train.json: $(addprefix $(D)/$(L)/,S.jsonl T.jsonl shuS.jsonl shuT.jsonl)
	$$(TRAIN) $$(FRESH) $(if $(2),--stream-batch-size 8 $$^ $(2)) --source $$< > $$@
$(R)/$(1)/entity/train.json: $(D)/$(L)/T.jsonl $(D)/$(L)/swT.jsonl $(R)/$(1)/src/train.json
	$$(TRAIN) --init $$(models) $$(addprefix --source ,$$(streams)) \
	  $(if $(3),--stream-batch-size 8 --discriminators $$(models) $$(streams) $(3)) > $$@
$(R)/$(1)/context/train.json: $(D)/$(L)/T.jsonl $(D)/$(L)/swS.jsonl $(R)/$(1)/src/train.json
	$$(TRAIN) --init $$(models) $$(addprefix --source ,$$(streams)) \
	  $(if $(4),--stream-batch-size 8 --discriminators $$(models) $$(streams) $(4)) > $$@
$(R)/$(1)/order/train.json: $(D)/$(L)/T.jsonl $(D)/$(L)/shuT.jsonl $(R)/$(1)/src/train.json
	$$(TRAIN) --init $$(models) $$(addprefix --source ,$$(streams)) > $$@
$(R)/$(1)/raw.soft.jsonl: $(D)/$(L)/raw.jsonl $(foreach t,src entity context order,$(R)/$(1)/$(t)/train.json)
	$$(TAG) $$< --probs $$(addprefix --model ,$$(models))
$(R)/$(1)/train.json: $(R)/$(1)/raw.soft.jsonl
	$$(DISTILL) $$(FRESH) --loss kl $$< > $$@
endef
$(eval $(call teachers,transadv,$(AGAINST_BOTH),$(LANGUAGE_LOSS)entity,$(LANGUAGE_LOSS)context))
$(eval $(call teachers,transadv-plain,,,))

$(R)/transadv-one/raw.soft.jsonl: $(D)/$(L)/raw.jsonl $(R)/transadv/src/train.json
	$(TAG) $< --probs --model $(models)
$(R)/transadv-one/train.json: $(R)/transadv-one/raw.soft.jsonl
	$(DISTILL) $(FRESH) --loss kl $< > $@

# the teachers themselves
TEACHERS := src entity context order
$(TEACHERS:%=$(R)/transadv-%/train.json): $(R)/transadv-%/train.json: $(R)/transadv/%/train.json
	$(STEP) ln -sfn $(abspath $(R)/transadv/$*/model) $(@D)/model && cp $< $@

TRANSADV := transadv transadv-plain transadv-one $(TEACHERS:%=transadv-%)
