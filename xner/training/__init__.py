"""The one training loop and what feeds it. Task on the command line -> where it lives."""

TASKS = {
    "tagging": "xner.training.tagging_task:Tagging",
    "translation": "xner.training.translation_task:Translation",
    "distillation": "xner.training.distillation_task:Distilling",
}
