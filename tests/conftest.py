"""What every test shares: one thread of linear algebra, the book, and a few worlds built once."""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # many small systems: threads only slow them

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import settings

from dearth.book import Book, load_book
from dearth.engine.arrays import Trace
from dearth.engine.run import run
from dearth.world.build import Model, build, reconciled_centres
from dearth.world.scenario import Scenario, load_scenario

# The same examples in every run: a red test is due to a change.  HYPOTHESIS_PROFILE=search looks for others.
settings.register_profile("steady", derandomize=True)
settings.register_profile("search")
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

DRAWS = 24
WEEKS = 52
HEAVY = (  # files that take longest: begun first, so that no worker is left with one at the end
    "test_page.py",
    "test_howtos.py",
    "test_record.py",
    "test_resolution.py",
    "test_run_down.py",
    "test_ensemble.py",
    "test_ario_oracle.py",
    "test_world_properties.py",
    "test_plan.py",
    "test_faults.py",
)
BROWSED = "page"
SPREAD = ("test_howtos.py",)  # files of tests that share nothing


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark of groups without the plugin that heeds it too."""
    config.addinivalue_line("markers", "xdist_group(name): tests of one name are run by one worker")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the heaviest files."""
    places = {name: place for place, name in enumerate(HEAVY)}
    items.sort(key=lambda item: places.get(item.path.name, len(HEAVY)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file, and all that drive a browser, with one worker: what they share is made once.

    (Marks of groups are lost where pytest keeps names of tests elsewhere than pytest-xdist writes them.)
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 (a plugin that may be away)

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            name = nodeid.partition("::")[0].rpartition("/")[2]
            return nodeid if name in SPREAD else BROWSED if name.startswith("test_page") else name

    config.option.loadscopereorder = False
    return ByFile(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(scope="session")
def book() -> Book:
    return load_book()


@pytest.fixture(scope="session")
def centres(book: Book) -> Mapping[str, float]:
    return reconciled_centres(book)


@pytest.fixture(scope="session")
def squeeze() -> Scenario:
    return load_scenario("squeeze-2025").model_copy(update={"draws": DRAWS, "weeks": WEEKS})


@pytest.fixture(scope="session")
def cutoff(squeeze: Scenario) -> Scenario:
    changes: dict[str, Any] = {"draws": DRAWS, "weeks": WEEKS, "seed": squeeze.seed}
    return load_scenario("cutoff").model_copy(update=changes)


@pytest.fixture(scope="session")
def model(squeeze: Scenario, book: Book, centres: Mapping[str, float]) -> Model:
    """The world of squeeze-2025."""
    return build(squeeze, book, centres=centres)


@pytest.fixture(scope="session")
def trace(model: Model) -> Trace:
    """The run of squeeze-2025."""
    return run(model.world, model.labels)


@pytest.fixture(scope="session")
def cutoff_model(cutoff: Scenario, book: Book, centres: Mapping[str, float]) -> Model:
    return build(cutoff, book, centres=centres)


@pytest.fixture(scope="session")
def cutoff_trace(cutoff_model: Model) -> Trace:
    return run(cutoff_model.world, cutoff_model.labels)
