"""Tests of GGUF files: they need the extra `gguf`, and are left out, and said to be, where it is not."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from llamacpp import tiny

_HERE = Path(__file__).parent
_FETCHED = _HERE.parent.parent / ".cache" / "gguf" / "SmolLM2-135M-Instruct.Q4_1.gguf"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of this folder out, unless CI says that nothing may be."""
    if os.environ.get("LEAVE_NO_TEST_OUT"):
        return
    for item in items:
        if not item.path.is_relative_to(_HERE):
            continue
        if find_spec("xllamacpp") is None:
            item.add_marker(pytest.mark.skip("needs xllamacpp: pip install -e '.[gguf]'"))
        elif "smollm2" in getattr(item, "fixturenames", ()) and not _FETCHED.exists():
            item.add_marker(pytest.mark.skip("needs a model of 98 MB: scripts/fetch-gguf"))


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """A real model, which only reads and writes."""
    return _FETCHED


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with tiny.gguf and mmproj-tiny.gguf, a Qwen2.5-VL of random weights."""
    folder = tmp_path_factory.mktemp("gguf")
    tiny.model(folder / "tiny.gguf")
    tiny.mmproj(folder / "mmproj-tiny.gguf")
    return folder


@pytest.fixture(scope="session")
def blind(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model, with nothing for pictures beside it."""
    return tiny.model(tmp_path_factory.mktemp("blind") / "blind.gguf")


@pytest.fixture(scope="session", autouse=True)
def _servers_end() -> Iterator[None]:
    """Tests run three at a time: threads of theirs would only wait for each other."""
    os.environ["LLAMA_ARG_THREADS"] = "1"
    yield
    del os.environ["LLAMA_ARG_THREADS"]
    from webagent.gguf_server import end_servers

    end_servers()
