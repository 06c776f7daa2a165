# ConNER: spans under translation, words under dropout, each alone, both; the first held one way only; beside
# a `ce` that is a mean over words; on labelled text; and going on from the vanilla tagger (against `vanilla-on`).
# conner ROW, LOSSES, STREAM, TAGGER TO GO ON FROM
define conner
$(R)/$(1)/train.json: $(D)/en.jsonl $(or $(3),$(R)/pairs.jsonl) $(4)
	$$(TRAIN) $(if $(4),--init $$(models),$$(FRESH)) --stream-batch-size 8 --source $$(streams) $(2) > $$@
endef
$(eval $(call conner,conner,--loss span-kl=0.5 --loss dropout-kl=0.5))
$(eval $(call conner,conner-translation,--loss span-kl=0.5))
$(eval $(call conner,conner-one-sided,--loss span-kl=0.5$(COMMA)divergence=translation))
$(eval $(call conner,conner-other-side,--loss span-kl=0.5$(COMMA)divergence=origin))
$(eval $(call conner,conner-token,--loss ce=1$(COMMA)reduction=token --loss span-kl=0.5))
$(eval $(call conner,conner-labelled,--loss span-kl=0.5,$(D)/$(L)/labelled.pairs.jsonl))
$(eval $(call conner,conner-on,--loss span-kl=0.5,,$(R)/vanilla/train.json))

CONNER := conner conner-translation conner-dropout conner-one-sided conner-other-side conner-token conner-labelled \
          conner-on
