"""What is said where a model in this process cannot be had, or does not fit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from webagent import ModelConfigurationError, Settings
from webagent.model import check_named, load_model
from webagent.model_check import check_model


def said(**settings: object) -> str:
    """Return the sentence with which a model cannot be loaded."""
    with pytest.raises(ModelConfigurationError) as refused:
        load_model(Settings.model_validate(settings))
    (line,) = str(refused.value).splitlines()
    return line


def test_a_folder_without_a_model_is_said_before_anything_starts(tmp_path: Path) -> None:
    for name in (str(tmp_path), f"{tmp_path}/nowhere", "./nowhere", "~nosuchuser/x", "/" + "a" * 5000):
        with pytest.raises(ModelConfigurationError, match=r"there is no model in .* holds config\.json"):
            check_named(Settings(model=f"local/{name}"))
    with pytest.raises(ModelConfigurationError, match="names no model: write local/Qwen/"):
        check_named(Settings(model="local/"))


def test_a_model_without_eyes_is_said(checkpoint: Path, tmp_path: Path) -> None:
    shutil.copytree(checkpoint, tmp_path / "blind")
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "vocab_size": 448}
    (tmp_path / "blind" / "config.json").write_text(json.dumps(config))
    assert "is no model that looks at pictures (llama): take one that does" in said(model=f"local/{tmp_path}/blind")


@pytest.mark.parametrize(
    "file", ["model.safetensors", "config.json", "tokenizer.json", "preprocessor_config.json", "chat_template.jinja"]
)
@pytest.mark.parametrize("what", ["cut", "gone", "nonsense"])
def test_a_damaged_checkpoint_is_said(checkpoint: Path, tmp_path: Path, file: str, what: str) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(checkpoint, folder)
    if what == "gone":
        (folder / file).unlink()
    else:
        (folder / file).write_bytes((folder / file).read_bytes()[:200] if what == "cut" else b"{% \xff\xfe nonsense")
    sentence = said(model=f"local/{folder}")
    mends = (
        "is the folder complete",
        "holds config.json",
        "is missing beside its config.json",
        "is tokenizer.json there",
    )
    assert sum(mend in sentence for mend in mends) == 1, sentence


def test_code_that_a_checkpoint_brings_is_neither_run_nor_asked_about(checkpoint: Path, tmp_path: Path) -> None:
    folder = tmp_path / "evil"
    shutil.copytree(checkpoint, folder)
    (folder / "code.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    config = json.loads((folder / "config.json").read_text())
    config |= {
        "model_type": "evil",
        "auto_map": {"AutoConfig": "code.Config", "AutoModelForImageTextToText": "code.Model"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    assert "brings code of its own, which is not run here" in said(model=f"local/{folder}")
    assert not (tmp_path / "ran").exists()


def test_a_download_that_was_not_complete_is_asked_for_once(tmp_path: Path, checkpoint: Path) -> None:
    snapshot = tmp_path / "hub" / "models--nobody--half" / "snapshots" / "0123"
    snapshot.mkdir(parents=True)
    (snapshot.parent.parent / "refs").mkdir()
    (snapshot.parent.parent / "refs" / "main").write_text("0123")
    for file in ("config.json", "tokenizer.json"):
        shutil.copy(checkpoint / file, snapshot / file)
    program = (
        "from webagent import Settings, ModelConfigurationError\nfrom webagent.model import load_model\n"
        "try:\n    load_model(Settings(model='local/nobody/half'))\n"
        "except ModelConfigurationError as error:\n    print(error)"
    )
    told = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=told, capture_output=True, text=True, timeout=100, check=True)
    assert done.stdout.startswith("nobody/half could not be had from the Hugging Face hub"), done.stderr[-1500:]


def test_a_device_that_is_not_there_and_bits_that_it_cannot_have_are_said(checkpoint: Path) -> None:
    import torch

    if not torch.cuda.is_available():
        assert "there is no cuda for torch" in said(model=f"local/{checkpoint}", device="cuda")
        assert "leave --device out, or give --device cpu" in said(model=f"local/{checkpoint}", device="cuda")
    assert "--quantize 4bit needs an NVIDIA card" in said(model=f"local/{checkpoint}", device="cpu", quantize="4bit")


def test_flags_of_a_model_in_this_process_are_for_no_other() -> None:
    for setting in ({"device": "cpu"}, {"quantize": "4bit"}):
        with pytest.raises(ModelConfigurationError, match="openai/x is none: leave them out, or write --model local/"):
            check_named(Settings.model_validate({"model": "openai/x", **setting}))


def test_a_repository_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    program = (
        "from webagent import Settings, ModelConfigurationError\nfrom webagent.model import load_model\n"
        "try:\n    load_model(Settings(model='local/nobody/nothing'))\n"
        "except ModelConfigurationError as error:\n    print(error)"
    )
    told = {**os.environ, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=told, capture_output=True, text=True, timeout=100, check=True
    )
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("nobody/nothing could not be had from the Hugging Face hub: check its name and the")


def test_memory_that_runs_out_is_said_and_the_next_request_works(checkpoint: Path) -> None:
    """A picture of 16 megapixels asks for more than a process of this size is given."""
    program = f"""
import resource
from PIL import Image
from webagent import ModelFailed
from webagent.local_model import LocalModel
local = LocalModel({str(checkpoint)!r}, max_new_tokens=2)
small = [{{"role": "user", "content": [{{"type": "image", "image": Image.new("RGB", (280, 280))}}]}}]
large = [{{"role": "user", "content": [{{"type": "image", "image": Image.new("RGB", (4000, 4000))}}]}}]
local.generate(small)
local._max_pixels = 16_000_000
used = int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (used + 600_000_000,) * 2)
try:
    local.generate(large)
except ModelFailed as error:
    print(error)
print(local.generate(small).token_usage.input_tokens > 100)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    sentence, works = done.stdout.splitlines()
    assert "ran out of memory on cpu" in sentence
    assert "take a smaller --viewport, load it in 4 bits" in sentence
    assert works == "True"


def test_doctor_names_the_folder_and_the_device(checkpoint: Path) -> None:
    ok, says, mend = check_model(Settings(model=f"local/{checkpoint}"), {})
    assert (ok, mend) == (True, "")
    assert f"in {checkpoint}; torch " in says
    ok, says, _ = check_model(Settings(model="local/Qwen/Qwen2.5-VL-7B-Instruct"), {})
    assert ok
    assert "from the Hugging Face hub when it is first used, which was not asked now" in says
    assert not check_model(Settings(model="local/./nowhere"), {})[0]
    ok, says, _ = check_model(Settings(model=f"local/{checkpoint}", device="cpu", quantize="4bit"), {})
    assert not ok
    assert "--quantize 4bit needs an NVIDIA card" in says
