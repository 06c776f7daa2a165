# ConNER: spans under translation, words under dropout, each alone, both, and the first held one way only.
define conner
$(R)/$(1)/train.json: $(D)/en.jsonl $(R)/pairs.jsonl
	$$(TRAIN) $$(FRESH) --stream-batch-size 8 --source $$^ $(2) > $$@
endef
$(eval $(call conner,conner,--loss span-kl=0.5 --loss dropout-kl=0.5))
$(eval $(call conner,conner-translation,--loss span-kl=0.5))
$(eval $(call conner,conner-one-sided,--loss span-kl=0.5$(COMMA)divergence=translation))

CONNER := conner conner-translation conner-dropout conner-one-sided
