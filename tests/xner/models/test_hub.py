"""What stands beside a checkpoint and transformers does not read, in folders and on hubs."""

import pytest
import torch

from tests import tiny
from xner.errors import ModelError
from xner.models.tagger import Tagger


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tiny.bert(tmp_path_factory.mktemp("bert"))


@pytest.mark.parametrize("head", ["crf", "token-pair,fused=16,size=8"])
def test_a_head_without_its_weights_is_refused(encoder, tmp_path, head):
    tiny.tagger(encoder, head=head).save(tmp_path)
    (tmp_path / "head.safetensors").unlink()
    with pytest.raises(ModelError, match=r"lacks head\.safetensors, what its head has learned"):
        Tagger.load(str(tmp_path))


@pytest.mark.parametrize("head", ["crf", "token-pair,fused=16,size=8"])
def test_a_head_is_known_by_the_name_that_a_hub_gives_its_folder(
    encoder, tmp_path, monkeypatch, head
):
    kept = tmp_path / "models--somebody--tagger"
    saved = tiny.tagger(encoder, head=head, pooling="max")
    saved.save(kept / "snapshots" / ("1" * 40))
    (kept / "refs").mkdir()
    (kept / "refs/main").write_text("1" * 40)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    # transformers 4 has made a name of its own of that
    monkeypatch.setattr("transformers.utils.hub.TRANSFORMERS_CACHE", str(tmp_path), raising=False)
    loaded = Tagger.load("somebody/tagger", offline=True)
    assert loaded.settings == saved.settings
    for name, parameter in saved.head.named_parameters():
        assert torch.equal(parameter, loaded.head.get_parameter(name))
