"""What is said where a GGUF file cannot be loaded: one sentence, with the mend, and exit code 2."""

import subprocess
import sys
from pathlib import Path

import pytest

import webagent
from llamacpp import tiny
from webagent import ModelConfigurationError, Settings
from webagent.gguf_file import find_gguf
from webagent.gguf_server import check_gguf
from webagent.model import load_model


def said(**settings: object) -> str:
    """Return the sentence with which a model cannot be loaded."""
    with pytest.raises(ModelConfigurationError) as refused:
        load_model(Settings.model_validate(settings))
    (line,) = str(refused.value).splitlines()
    return line


def test_a_file_that_was_not_downloaded_whole_is_said(files: Path, tmp_path: Path) -> None:
    whole = (files / "tiny.gguf").read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[:300_000])
    sentence = said(model=f"gguf/{tmp_path}/cut.gguf")
    assert "cut.gguf could not be loaded by llama.cpp (it ended with 1: " in sentence
    assert "corrupted or incomplete): was it downloaded whole" in sentence


def test_a_kind_that_is_not_known_is_said(tmp_path: Path) -> None:
    tiny.model(tmp_path / "odd.gguf", general__architecture="nosuchkind")
    sentence = said(model=f"gguf/{tmp_path}/odd.gguf")
    assert "nosuchkind" in sentence
    assert "is xllamacpp new enough for it (pip install -U xllamacpp)?" in sentence


def test_a_missing_part_of_a_split_model_is_said(tmp_path: Path) -> None:
    tiny.model(tmp_path / "m-00001-of-00002.gguf", split__no=0, split__count=2, split__tensors__count=26)
    assert "could not be loaded by llama.cpp" in said(model=f"gguf/{tmp_path}/m-00001-of-00002.gguf")


def test_a_part_for_pictures_that_does_not_fit_is_said(files: Path, tmp_path: Path) -> None:
    tiny.mmproj(tmp_path / "wide.gguf", 128)
    (tmp_path / "cut.gguf").write_bytes((files / "mmproj-tiny.gguf").read_bytes()[:300_000])
    for name in ("wide", "cut"):
        sentence = said(model=f"gguf/{files / 'tiny.gguf'}", mmproj=tmp_path / f"{name}.gguf")
        assert f"--mmproj {tmp_path / name}.gguf could not be loaded with {files / 'tiny.gguf'} (" in sentence
        assert sentence.endswith("give the mmproj-….gguf that was published with that very model")


def test_the_part_beside_it_is_taken_where_one_alone_fits(tmp_path: Path) -> None:
    path = tiny.model(tmp_path / "m.gguf")

    def found() -> str | None:
        part = check_gguf(str(path), None).mmproj
        return part.name if part is not None else None

    assert found() is None
    tiny.mmproj(tmp_path / "mmproj-other.gguf", 128)
    (tmp_path / "mmproj-broken.gguf").write_text("nothing")
    assert found() is None
    silent = tiny.mmproj(tmp_path / "mmproj-silent.gguf")
    silent.write_bytes(silent.read_bytes().replace(b"clip.vision.projection_dim", b"clip.vision.projection_xxx"))
    assert find_gguf(silent).width == 0
    assert found() is None  # it could be anybody's
    tiny.mmproj(tmp_path / "mmproj-Q8_0.gguf")
    assert found() == "mmproj-Q8_0.gguf"
    tiny.mmproj(tmp_path / "mmproj-f16.gguf")
    assert found() is None
    named = check_gguf(str(path), tmp_path / "mmproj-f16.gguf").mmproj
    assert named == tmp_path / "mmproj-f16.gguf"


def test_memory_that_does_not_suffice_is_said(smollm2: Path) -> None:
    program = f"""
import resource, sys
from webagent import Settings, ModelConfigurationError
from webagent.model import load_model
import webagent.gguf_model
resource.setrlimit(resource.RLIMIT_AS, (450_000_000, 450_000_000))
try:
    load_model(Settings(model="gguf/" + {str(smollm2)!r}))
except ModelConfigurationError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = done.stdout.splitlines()
    assert "does not fit into memory (it " in line
    assert "take a file of fewer bits (Q4_K_M), or a smaller model" in line


def test_a_thread_that_cannot_be_started_is_said(blind: Path) -> None:
    program = f"""
import threading, psutil
from webagent import Settings, ModelConfigurationError
from webagent.model import load_model
threading.stack_size(1 << 46)
try:
    load_model(Settings(model="gguf/" + {str(blind)!r}))
except ModelConfigurationError as error:
    print(error)
print(len(psutil.Process().children()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=110, check=True)
    sentence, left = done.stdout.splitlines()
    assert "llama.cpp could not be started (can't start new thread): is there memory, and may a process" in sentence
    assert left == "0"


@pytest.mark.parametrize("left", ["an empty folder", "all but its metadata"])
def test_a_package_that_is_half_removed_is_said(blind: Path, tmp_path: Path, left: str) -> None:
    """All packages are there in a folder of their own, but for a part of this one."""
    import xllamacpp

    for one in Path(xllamacpp.__file__).parent.parent.iterdir():
        if not one.name.startswith("xllamacpp"):
            (tmp_path / one.name).symlink_to(one)
    if left == "an empty folder":
        (tmp_path / "xllamacpp").mkdir()
    else:
        (tmp_path / "xllamacpp").symlink_to(Path(xllamacpp.__file__).parent)
    program = f"""
import sys
sys.path[:0] = [{str(Path(webagent.__file__).parent.parent)!r}]
sys.path += [{str(tmp_path)!r}]
from webagent import Settings
from webagent.model_check import check_model
print(check_model(Settings(model="gguf/" + {str(blind)!r}), {{}})[:2])
"""
    words = [sys.executable, "-I", "-S", "-c", program]
    done = subprocess.run(words, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    if left == "an empty folder":
        assert done.stdout.startswith("(False, ")
        assert "xllamacpp, which is not installed here: pip install xllamacpp" in done.stdout
    else:
        assert done.stdout.startswith("(True, ")
        assert "by llama.cpp of xllamacpp, context" in done.stdout.replace(";", ",")


@pytest.mark.parametrize("what", ["folder", "nowhere", "text", "cut", "mmproj alone", "mmproj for another"])
def test_the_command_says_it_in_one_sentence(files: Path, tmp_path: Path, what: str) -> None:
    (tmp_path / "text.gguf").write_text("a text")
    (tmp_path / "cut.gguf").write_bytes((files / "tiny.gguf").read_bytes()[:300_000])
    flags = {
        "folder": [f"gguf/{tmp_path}"],
        "nowhere": ["gguf/nowhere.gguf"],
        "text": [f"gguf/{tmp_path}/text.gguf"],
        "cut": [f"gguf/{tmp_path}/cut.gguf"],
        "mmproj alone": [f"gguf/{files}/mmproj-tiny.gguf"],
        "mmproj for another": ["openai/gpt-4o", "--mmproj", f"{files}/mmproj-tiny.gguf"],
    }[what]
    done = subprocess.run(
        [sys.executable, "-m", "webagent", "task", "--session-dir", str(tmp_path / "s"), "--json", "--model", *flags],
        cwd=tmp_path, capture_output=True, text=True, timeout=110, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    lines = [line for line in done.stderr.splitlines() if line.startswith("webagent: ") and "does not see" not in line]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
