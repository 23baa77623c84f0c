"""Running ``dearth validate``: check first, then compare, or keep and score forecasts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dearth.answer import Answer
from dearth.book import load_book
from dearth.book.observations import Observation, load_observations
from dearth.errors import Fault, InputError, did_you_mean
from dearth.faces.console import console_out, print_json, progress, say
from dearth.faces.files import asked_for, check_request, write_all, writing_error

__all__ = ["Wanted", "run_validate"]

_PHASE: Final = "Checking what was asked"
_EPISODES: Final = ("2010", "2025")
_TODAY: Final = "today"
_MOST_FILES: Final = 1000


@dataclass(frozen=True)
class Wanted:
    """What was asked, as the options gave it."""

    episode: str | None = None
    draws: int = 200
    seed: int | None = None
    workers: int = 1
    market_only: bool = False
    fit: bool = False
    points: int = 5
    record: Path | None = None
    ablations: bool = False
    archive: Path | None = None
    scenario: str | None = None
    score: Path | None = None
    observations: Path | None = None
    book: Sequence[Path] | None = None
    json: bool = False
    csv: Path | None = None
    html: Path | None = None
    report: Path | None = None
    quiet: bool = False

    @property
    def targets(self) -> dict[str, Path]:
        """Files to write, by the option that named them."""
        named = {"--csv": self.csv, "--html": self.html, "--report": self.report, "--record": self.record}
        return asked_for(named)


def run_validate(wanted: Wanted) -> None:
    """Answer what was asked and show it.

    Raises
    ------
    InputError
        Anything is wrong with the command line or a file: all faults at once; no file has been touched.
    """
    _check(wanted)
    observations = load_observations(wanted.observations)
    if wanted.archive is not None:
        _archive(wanted, wanted.archive)
    elif wanted.score is not None:
        _score(wanted, wanted.score, observations)
    else:
        _validate(wanted, observations)


def _check(wanted: Wanted) -> None:
    check_request(_PHASE, _faults(wanted), wanted.targets)


def _faults(wanted: Wanted) -> Iterator[Fault]:
    if wanted.episode is not None and wanted.episode not in _EPISODES:
        cure = did_you_mean(wanted.episode, list(_EPISODES))
        yield Fault(f"unknown episode {wanted.episode[:40]!r}", "EPISODE", cure=cure)
    yield from _record_faults(wanted)
    if wanted.archive is not None and wanted.score is not None:
        yield Fault("--archive and --score cannot be told together", cure="run them one after the other")
    if wanted.scenario is not None and wanted.archive is None:
        yield Fault(
            "--scenario goes with --archive", cure="leave it out: an episode has a scenario of its own"
        )
    yield from _alone(wanted)
    for option, folder in (("--archive", wanted.archive), ("--score", wanted.score)):
        if folder is not None and not folder.is_dir():
            yield Fault("is not a folder", f"{option} {folder}", cure="name a folder that exists")


def _record_faults(wanted: Wanted) -> Iterator[Fault]:
    if wanted.record is not None and not wanted.fit:
        yield Fault("--record goes with --fit", cure="add --fit, or leave --record out")
    if wanted.fit and wanted.points == 1:
        yield Fault("a profile of one point", "--points", cure="give 0 for none, or 3 or more")
    if wanted.record is not None and wanted.record.exists():
        yield Fault(
            "exists already", f"--record {wanted.record}", "fitted sets are frozen", "name a new file"
        )


def _alone(wanted: Wanted) -> Iterator[Fault]:
    """Refuse options that have no meaning beside --archive or --score."""
    mode = "--archive" if wanted.archive is not None else "--score" if wanted.score is not None else None
    if mode is None:
        return
    beside = {
        "an episode": wanted.episode is not None,
        "--fit": wanted.fit,
        "--ablations": wanted.ablations,
        "--csv": wanted.csv is not None,
        "--html": wanted.html is not None,
        "--report": wanted.report is not None,
    }
    for name, there in beside.items():
        if there:
            yield Fault(f"{mode} takes no {name.removeprefix('an ')}", cure="run the command twice")


def _validate(wanted: Wanted, observations: Sequence[Observation]) -> None:
    from dearth.measures.refit import fitted_csv  # noqa: PLC0415 (a fast start)
    from dearth.studies.validate import Asked, validate  # noqa: PLC0415

    asked = Asked(
        episodes=_EPISODES if wanted.episode is None else (wanted.episode,),
        draws=wanted.draws,
        seed=wanted.seed,
        workers=wanted.workers,
        network=not wanted.market_only,
        fit=wanted.fit,
        points=wanted.points,
        ablations=wanted.ablations,
    )
    book = load_book(wanted.book or ())
    with progress(f"validate {' and '.join(asked.episodes)}: {asked.draws} draws", quiet=wanted.quiet):
        answer = validate(book, asked, observations, tell=lambda text: say(text, quiet=wanted.quiet))
    contents = _contents(answer, wanted)
    if wanted.record is not None:
        contents[wanted.record] = fitted_csv(answer.answer["identification"], answer.question)
    write_all(contents)
    for path in contents:
        say(f"wrote {path}", quiet=wanted.quiet)
    _show(answer, wanted)


def _contents(answer: Answer, wanted: Wanted) -> dict[Path, str]:
    from dearth.faces.validate_view import validate_csv, validate_html, validate_markdown  # noqa: PLC0415

    writers = {"--csv": validate_csv, "--html": validate_html, "--report": validate_markdown}
    return {path: writers[option](answer) for option, path in wanted.targets.items() if option in writers}


def _show(answer: Answer, wanted: Wanted) -> None:
    if wanted.json:
        sys.stdout.write(answer.to_json() + "\n")
        return
    from dearth.faces.validate_view import validate_view  # noqa: PLC0415 (rich only when asked for)

    console = console_out()
    console.print(validate_view(answer, console))


def _archive(wanted: Wanted, folder: Path) -> None:
    """Write a forecast, sealed; an archive is never written over."""
    from dearth.measures.forecast import frozen  # noqa: PLC0415 (a fast start)
    from dearth.studies.forecast import forecast  # noqa: PLC0415
    from dearth.world.scenario import load_scenario, scenario_names  # noqa: PLC0415

    name = wanted.scenario or (_TODAY if _TODAY in scenario_names() else "squeeze-2025")
    numbers = {"draws": str(wanted.draws)} | ({} if wanted.seed is None else {"seed": str(wanted.seed)})
    scenario = load_scenario(name, numbers)
    path = folder / f"forecast-{scenario.as_of.isoformat()}-{scenario.name}.json"
    if path.exists():
        fault = Fault("exists already", str(path), "a forecast is not written over", "choose another folder")
        raise InputError(_PHASE, fault)
    with progress(f"forecast of {scenario.name} as of {scenario.as_of}", quiet=wanted.quiet):
        content = forecast(load_book(wanted.book or ()), scenario, workers=wanted.workers)
    _write_new(path, frozen(content))
    say(f"wrote {path}", quiet=wanted.quiet)
    _tell_forecast(content, wanted)


def _write_new(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        fault = Fault("exists already", str(path), "a forecast is not written over", "choose another folder")
        raise InputError(_PHASE, fault) from None
    except OSError as error:
        raise writing_error(error) from None


def _tell_forecast(content: dict[str, Any], wanted: Wanted) -> None:
    if wanted.json:
        print_json(content)
        return
    from dearth.faces.validate_scores import forecast_view  # noqa: PLC0415 (rich only when asked for)

    console = console_out()
    console.print(forecast_view(content, console.width))


def _score(wanted: Wanted, folder: Path, observations: Sequence[Observation]) -> None:
    """Score every forecast of a folder; the files are read and never touched."""
    from dearth.measures.forecast import read_forecast, scored  # noqa: PLC0415 (a fast start)

    paths = sorted(p for p in folder.iterdir() if p.suffix == ".json" and p.is_file())[:_MOST_FILES]
    if not paths:
        raise InputError(
            _PHASE, Fault("holds no forecast", f"--score {folder}", cure="write one with --archive")
        )
    found: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for path in paths:
        try:
            found.append({"file": path.name, **scored(read_forecast(path.name, _read(path)), observations)})
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError("Reading archived forecasts", faults)
    if wanted.json:
        print_json({"study": "validate", "scores": found})
        return
    from dearth.faces.validate_scores import scores_view  # noqa: PLC0415 (rich only when asked for)

    console = console_out()
    console.print(scores_view(found, console.width))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            "Reading archived forecasts", Fault("cannot be read", str(path), str(error))
        ) from None
