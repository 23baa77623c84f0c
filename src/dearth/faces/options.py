"""The options that commands share, each written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from dearth.errors import Fault
from dearth.faces.files import asked_for
from dearth.world import DEFAULT_SCENARIO

__all__ = [
    "Book",
    "CsvFile",
    "Firm",
    "HtmlFile",
    "Json",
    "Quiet",
    "Request",
    "Workers",
    "command_of",
    "overrides_of",
    "parameters",
    "table_of",
]

_MAX_WORKERS: Final = 256

Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output, nothing else there.")]
CsvFile = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write a CSV table.")]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", help="Write one self-contained page.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No messages on standard error.")]
_Scenario = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A name from `dearth scenario list`, or a YAML file.")
]
_Draws = Annotated[str | None, typer.Option("--draws", metavar="N", help="Size of the ensemble.")]
_Seed = Annotated[str | None, typer.Option("--seed", metavar="S", help="Seed of the ensemble.")]
_Weeks = Annotated[str | None, typer.Option("--weeks", metavar="N", help="Weeks to follow.")]
_AsOf = Annotated[
    str | None, typer.Option("--as-of", metavar="DATE", help="Day up to which facts and events are known.")
]
_Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Override a scenario value or an assumption; repeatable."
    ),
]
Workers = Annotated[
    int, typer.Option("--workers", metavar="N", min=1, max=_MAX_WORKERS, help="Threads to work with.")
]
Book = Annotated[
    list[Path] | None,
    typer.Option(
        "--book", metavar="OVERLAY", help="Your own rows over the data book: CSV, folder, XLSX; repeatable."
    ),
]
Firm = Annotated[
    Path | None,
    typer.Option("--firm", metavar="FILE", help="Your own firm's workbook, see `dearth firm template`."),
]
_Keep = Annotated[
    Path | None,
    typer.Option(
        "--keep", metavar="FOLDER", help="Keep finished blocks of a large ensemble here, and go on from them."
    ),
]
_Cluster = Annotated[
    str | None,
    typer.Option("--cluster", metavar="ADDRESS", help="Run a large ensemble on a Dask cluster."),
]
_ForPlace = Annotated[
    str | None,
    typer.Option(
        "--for",
        metavar="PLACE",
        help="Whose plan: outside (all, the default), EUR, USA, JPN, KOR, IND, DEU, FRA.",
    ),
]

# option -> (type with its help, default)
_SHARED: Final[dict[str, tuple[Any, Any]]] = {
    "scenario": (_Scenario, DEFAULT_SCENARIO),
    "draws": (_Draws, None),
    "seed": (_Seed, None),
    "weeks": (_Weeks, None),
    "as_of": (_AsOf, None),
    "set": (_Set, None),
    "workers": (Workers, 1),
    "keep": (_Keep, None),
    "cluster": (_Cluster, None),
    "book": (Book, None),
    "firm": (Firm, None),
    "for_place": (_ForPlace, None),
    "json": (Json, False),
    "csv": (CsvFile, None),
    "html": (HtmlFile, None),
    "quiet": (Quiet, False),
}


def table_of(options: Mapping[str, tuple[Any, Any]]) -> list[Parameter]:
    """Return the parameters of a table: name -> type with its help, default."""
    kind = Parameter.POSITIONAL_OR_KEYWORD
    return [Parameter(n, kind, default=d, annotation=t) for n, (t, d) in options.items()]


def command_of(run: Callable[..., None], wanted: Sequence[Parameter]) -> Callable[..., None]:
    """Return `run` as a command that takes the wanted options."""
    run.__signature__ = Signature(wanted)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in wanted}
    return run


def parameters(names: Iterable[str]) -> list[Parameter]:
    """Return the parameters of a command that takes the named shared options."""
    return [
        Parameter(
            name, Parameter.POSITIONAL_OR_KEYWORD, default=_SHARED[name][1], annotation=_SHARED[name][0]
        )
        for name in names
    ]


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asked of a study, as the shared options gave it."""

    scenario: str = DEFAULT_SCENARIO
    draws: str | None = None
    seed: str | None = None
    weeks: str | None = None
    as_of: str | None = None
    set: Sequence[str] | None = None
    workers: int = 1
    keep: Path | None = None
    cluster: str | None = None
    book: Sequence[Path] | None = None
    for_place: str | None = None
    firm: Path | None = None
    json: bool = False
    csv: Path | None = None
    html: Path | None = None
    quiet: bool = False
    targets: dict[str, Path] = field(init=False)

    def __post_init__(self) -> None:
        named = {"--csv": self.csv, "--html": self.html}
        found = asked_for(named)
        object.__setattr__(self, "targets", found)

    def overrides(self) -> tuple[dict[str, str], list[Fault]]:
        """Return overrides of the scenario, from ``--set`` and the options of their own name, and faults."""
        named = {"draws": self.draws, "seed": self.seed, "weeks": self.weeks, "as_of": self.as_of}
        given = {key: text for key, text in named.items() if text is not None}
        overrides, faults = overrides_of(self.set or (), given)
        return overrides, [*faults, *self._faults()]

    @property
    def in_blocks(self) -> bool:
        """Whether it asks for something that only an ensemble in blocks can do."""
        return self.keep is not None or self.cluster is not None

    def _faults(self) -> list[Fault]:
        """Return which options do not go together."""
        if self.firm is None or not self.in_blocks:
            return []
        cure = "leave out --keep and --cluster"
        return [Fault("an ensemble of a firm is not run in blocks", "--firm", cure=cure)]


def overrides_of(
    pairs: Iterable[str], named: Mapping[str, str] | None = None
) -> tuple[dict[str, str], list[Fault]]:
    """Return scenario overrides by key, and what is wrong with the pairs.

    Parameters
    ----------
    pairs
        Texts ``KEY=VALUE``; a key that is no scenario value names an assumption.
    named
        Overrides that came as options of their own.
    """
    found = dict(named or {})
    faults = []
    for pair in pairs:
        key, equals, text = (part.strip() for part in pair.partition("="))
        name = _full_name(key)
        if not (key and equals and text):
            faults.append(Fault(f"{pair[:80]!r} is not KEY=VALUE", "--set", cure="write e.g. --set weeks=26"))
        elif name in found:
            faults.append(Fault(f"{key[:80]!r} is set twice", "--set", cure="give it once"))
        else:
            found[name] = text
    return found, faults


def _full_name(key: str) -> str:
    """Return ``weeks`` for ``weeks`` and ``set.cover-wind`` for ``cover-wind``."""
    from dearth.world.scenario_override import OVERRIDES  # noqa: PLC0415 (a fast start)

    plain = key.replace("-", "_")
    if key.startswith("set.") or plain in OVERRIDES:
        return key if key.startswith("set.") else plain
    return f"set.{key}"
