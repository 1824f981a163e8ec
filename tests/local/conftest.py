"""Tests of models in this process: they need the extra `local`, and are left out, and said to be, where it is not."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

_NEEDS = [name for name in ("torch", "transformers", "accelerate") if find_spec(name) is None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the tests of this folder out, unless CI says that nothing may be."""
    if not _NEEDS or os.environ.get("LEAVE_NO_TEST_OUT"):
        return
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.skip(f"needs {', '.join(_NEEDS)}: pip install -e '.[local]'"))


@pytest.fixture(scope="session", autouse=True)
def _few_threads() -> Iterator[None]:
    """Tests run three at a time: threads of torch would only wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Qwen2.5-VL of random weights."""
    from local.checkpoint import make

    folder = tmp_path_factory.mktemp("checkpoint")
    make(folder)
    return folder
