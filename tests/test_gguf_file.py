"""What is seen of a GGUF file before a native library gets it."""

import os
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llamacpp import tiny

from webagent import ModelConfigurationError, Settings
from webagent.gguf_file import GgufHeader, _read, find_gguf
from webagent.gguf_server import context_for
from webagent.model import check_named, speaks_openai


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("gguf")
    tiny.model(made / "tiny.gguf")
    tiny.mmproj(made / "pictures.gguf")
    tiny.model(made / "second.gguf", split__no=1, split__count=2)
    return made


def said(model: object, **settings: object) -> str:
    """Return the sentence with which a file is refused."""
    with pytest.raises(ModelConfigurationError) as refused:
        check_named(Settings.model_validate({"model": f"gguf/{model}", **settings}))
    (line,) = str(refused.value).splitlines()
    return line


def test_what_a_file_says_of_itself(folder: Path) -> None:
    model = find_gguf(folder / "tiny.gguf")
    assert (model.architecture, model.context, model.width, model.part) == ("qwen2vl", tiny.CONTEXT, tiny.WIDTH, 0)
    assert set(model.signs) == set(tiny.SIGNS)
    assert not {"he", "!"} & set(model.signs)
    assert [len(one) for one in model.signs] == sorted(map(len, model.signs), reverse=True)
    pictures = find_gguf(folder / "pictures.gguf")
    assert (pictures.architecture, pictures.width, pictures.signs) == ("clip", tiny.WIDTH, ())


@pytest.mark.parametrize(("trained", "asked"), [(0, 16_384), (2_048, 2_048), (20_000, 20_000), (128_000, 32_768)])
def test_context_is_what_it_was_trained_for_and_no_waste(trained: int, asked: int) -> None:
    assert context_for(GgufHeader("llama", trained, 64, 0, ())) == asked


def test_what_is_no_gguf_file_is_said(folder: Path, tmp_path: Path) -> None:
    assert "names no file: write gguf/ and the path of one" in said("")
    assert f"{tmp_path} is a folder: name the GGUF file in it" in said(tmp_path)
    for name in (tmp_path / "nowhere.gguf", "./nowhere.gguf", "~nosuchuser/x", folder / "tiny.gguf" / "x"):
        assert "there is no file" in said(name)
    assert "cannot be read (File name too long)" in said("a" * 5000)
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "is no file" in said(tmp_path / "pipe.gguf")
    (tmp_path / "empty.gguf").touch()
    (tmp_path / "text.gguf").write_text("not a model at all")
    (tmp_path / "old.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 1, 0, 0))
    (tmp_path / "cut.gguf").write_bytes((folder / "tiny.gguf").read_bytes()[:2000])
    for name in ("empty", "text", "old", "cut"):
        assert "is no GGUF file (" in said(tmp_path / f"{name}.gguf")


def test_another_kind_of_gguf_file_is_said(folder: Path) -> None:
    assert "looks at pictures: name it with --mmproj, and the model with --model" in said(folder / "pictures.gguf")
    assert "is part 2 of a model in several files: name the first" in said(folder / "second.gguf")
    both = folder / "tiny.gguf"
    assert "is no part for pictures: give the mmproj-" in said(both, mmproj=both)
    assert "there is no file" in said(both, mmproj=folder / "nowhere")
    assert f"{folder} is a folder" in said(both, mmproj=folder)


def header(*entries: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(entries)) + b"".join(entries)


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def test_lists_that_promise_more_than_there_is_cost_nothing(tmp_path: Path) -> None:
    head = b"GGUF" + struct.pack("<IQQ", 3, 0, 1)
    for body in (
        text("a") + struct.pack("<IIQ", 9, 4, 2**60),
        text("a") + struct.pack("<IIQ", 9, 8, 2**60),
        text("a") + struct.pack("<IIQ", 9, 9, 1_000_000),
        text("a") + struct.pack("<IQ", 8, 2**62),
        text("a") + struct.pack("<I", 99),
        struct.pack("<Q", 2**63),
    ):
        (tmp_path / "bomb.gguf").write_bytes(head + body)
        assert "is no GGUF file (" in said(tmp_path / "bomb.gguf")


def test_what_is_read_is_bounded_in_all_and_not_only_one_by_one(tmp_path: Path) -> None:
    empty = text("a") + struct.pack("<IIQ", 9, 8, 1_000_000) + bytes(8_000_000)
    (tmp_path / "many.gguf").write_bytes(header(empty, empty, empty, empty))
    assert "is no GGUF file (its lists are too long)" in said(tmp_path / "many.gguf")
    long = text("a") + struct.pack("<IQ", 8, 40_000_000)
    with (tmp_path / "long.gguf").open("wb") as file:  # with holes: it has nearly nothing on disk
        file.write(header(long, b""))
        file.seek(40_000_000, 1)
        file.write(long)
        file.truncate(90_000_000)
    assert "is no GGUF file (what it says of itself is too long)" in said(tmp_path / "long.gguf")
    kind = text("general.architecture") + struct.pack("<I", 8)
    (tmp_path / "name.gguf").write_bytes(header(kind + text("x" * 70_000)))
    assert "is no GGUF file (what it says of itself is too long)" in said(tmp_path / "name.gguf")


def test_what_is_wrong_is_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(b"xxxx")
    assert "is no GGUF file (" in said(path)
    before = _read.cache_info().hits
    assert "is no GGUF file (" in said(path)
    assert _read.cache_info().hits > before
    tiny.model(path)
    assert find_gguf(path).architecture == "qwen2vl"


def signs_of(folder: Path, kinds: dict[str, int], **named: str) -> set[str]:
    """Return the signs of a model with these tokens, and `<|im_end|>`; `named` are those that the file gives a name."""
    words = [*kinds, "<|im_end|>"]
    numbers = {f"tokenizer__ggml__{name}": words.index(word) for name, word in named.items()}
    path = folder / f"{len(words)}.gguf"
    tiny.model(path, tokenizer__ggml__tokens=words, tokenizer__ggml__token_type=[*kinds.values(), 3], **{
        "tokenizer__ggml__eos_token_id": None, "tokenizer__ggml__padding_token_id": None, **numbers,
    })  # fmt: skip
    return set(find_gguf(path).signs)


def test_signs_are_the_tokens_that_llama_cpp_looks_for_in_text(tmp_path: Path) -> None:
    kinds = {
        "<unk>": 2, "<ctl>": 3, "<tool_call>": 4, "[TOOL]": 4, "  ": 4, "\n\n": 4, "word": 4, "...": 4, "<dropped>": 5,
        "<end_of_turn>": 1, "</s>": 1, "[EOT]": 5, "<eos>": 1, "<mine>": 1, "<other>": 1, "pad": 1,
    }  # fmt: skip
    signs = signs_of(tmp_path, kinds, eos_token_id="<mine>", padding_token_id="pad")
    assert signs == {
        "<unk>", "<ctl>", "<tool_call>", "[TOOL]", "<end_of_turn>", "</s>", "[EOT]", "<eos>", "<mine>", "<|im_end|>",
    }  # fmt: skip


def test_a_file_of_too_many_signs_is_said(tmp_path: Path) -> None:
    assert len(signs_of(tmp_path, {f"<{number}>": 3 for number in range(9_999)})) == 10_000
    with pytest.raises(ModelConfigurationError, match="has more than 10,000 signs of its own, too many to keep out"):
        signs_of(tmp_path, {f"<{number}>": 3 for number in range(10_001)})


def test_a_name_that_is_not_utf_8_is_said(folder: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"a\xff")
    odd.mkdir()
    for path in (tiny.model(odd / "m.gguf"), tiny.mmproj(odd / "mmproj.gguf"), odd):
        with pytest.raises(ModelConfigurationError, match=r"/a\ufffd.* is not in UTF-8, .*: rename it"):
            find_gguf(path)
    assert "is not in UTF-8" in said(folder / "tiny.gguf", mmproj=odd / "mmproj.gguf")


@settings(derandomize=True, deadline=None, database=None)
@given(at=st.integers(0, 6_000), new=st.binary(min_size=1, max_size=8))
def test_damage_is_a_sentence_or_nothing(folder: Path, at: int, new: bytes) -> None:
    whole = (folder / "tiny.gguf").read_bytes()
    damaged = folder / "damaged.gguf"
    damaged.write_bytes(whole[:at] + new + whole[at + len(new) :])
    try:
        find_gguf(damaged)
    except ModelConfigurationError as error:
        assert "is no GGUF file (" in str(error)


def test_without_the_package_it_says_how_to_get_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xllamacpp", None)  # as where it is not installed
    assert "xllamacpp, which is not installed here: pip install xllamacpp" in said(folder / "tiny.gguf")


def test_mmproj_is_for_no_other_model() -> None:
    for model in ("openai/x", "local/Qwen/Q"):
        with pytest.raises(ModelConfigurationError, match=r"--mmproj is for a GGUF file, and .* is none: leave it out"):
            check_named(Settings.model_validate({"model": model, "mmproj": "x.gguf"}))


def test_it_is_no_server_of_the_users() -> None:
    assert not speaks_openai(Settings(model="gguf/x.gguf", api_base="http://localhost:1/v1"))
