# What every recipe begins with: one command, noted with its inputs and costs.
D := $(WORK)/data
E := $(WORK)/$(SEED)/en
COMMA := ,

.SECONDARY:
.DELETE_ON_ERROR:

STEP   = @mkdir -p $(@D) && echo "$@" && $(PYTHON) step.py $@ $^ --
BUDGET = --steps $(STEPS) --batch-size 16 --learning-rate $(RATE) --head-rate $(HEAD_RATE) \
         --max-pieces 128 --seed $(SEED) --device $(DEVICE)
FRESH  = --encoder $(ENCODER)
# the model goes beside the line of results that is the target
TRAIN   = $(STEP) $(XNER) train $(BUDGET) -q -o $(@D)/model
DISTILL = $(STEP) $(XNER) distill $(BUDGET) -q -o $(@D)/model
TAG     = $(STEP) $(XNER) weak-tag --device $(DEVICE) -o $@
PROJECT = $(STEP) $(XNER) project-labels --device $(DEVICE) -o $@
WEIGH   = $(STEP) $(XNER) knn-weight --device $(DEVICE) -o $@
# the streams among a target's prerequisites, and the model folders
streams = $(filter %.jsonl,$^)
models  = $(patsubst %/train.json,%/model,$(filter %/train.json,$^))

$(DATA)/%:
	@echo "no $@: XNER_DATA names a folder without this corpus" >&2; false
