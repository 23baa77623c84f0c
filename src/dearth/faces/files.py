"""Writing files: checked before the work, whole or not at all after it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from dearth.errors import Fault, InputError

__all__ = ["asked_for", "check_request", "check_targets", "write_all", "writing_error"]

_PHASE = "Checking the files to write"


def asked_for(named: Mapping[str, Path | None]) -> dict[str, Path]:
    """Return the files to write, by the option that named them; those that nobody named are left out."""
    return {option: path for option, path in named.items() if path is not None}


def check_targets(targets: Mapping[str, Path]) -> None:
    """Refuse, before any work is done, what cannot be written.

    Parameters
    ----------
    targets
        Path by the option that named it, e.g. ``{"--csv": Path("out.csv")}``.

    Raises
    ------
    InputError
        A target is a folder or a device, its folder is missing or closed, or two options name one file.
    """
    found = {option: _faults(option, path) for option, path in targets.items()}
    faults = [fault for some in found.values() for fault in some]
    seen: dict[str, str] = {}
    for option, path in targets.items():
        if found[option]:
            continue
        first = seen.setdefault(os.path.realpath(path), option)
        if first != option:
            faults.append(Fault(f"{first} and {option} name one file", str(path), cure="name two files"))
    if faults:
        raise InputError(_PHASE, faults)


def check_request(phase: str, faults: Iterable[Fault], targets: Mapping[str, Path]) -> None:
    """Refuse a request with the faults of its options and of its targets at once.

    Raises
    ------
    InputError
        There is a fault.
    """
    found = list(faults)
    try:
        check_targets(targets)
    except InputError as error:
        found.extend(error.faults)
    if found:
        raise InputError(phase, found)


def _faults(option: str, path: Path) -> list[Fault]:
    where = f"{option} {path}"
    if str(path) in ("", "-", "."):
        return [Fault("not a file name", where, cure="name a file, e.g. out.csv")]
    try:
        return _faults_of_real(Path(os.path.realpath(path)), where)
    except (OSError, ValueError) as error:
        return [Fault("cannot be written", where, _reason(error), "choose another path")]


def _faults_of_real(real: Path, where: str) -> list[Fault]:
    if real.is_dir():
        return [Fault("is a folder", where, cure="name a file in it")]
    if real.exists() and not stat.S_ISREG(real.stat().st_mode):
        return [Fault("is a device or a pipe", where, cure="name a plain file")]
    if not real.parent.is_dir():
        return [Fault("its folder does not exist", where, cure=f"create {real.parent} first")]
    if not os.access(real.parent, os.W_OK):
        return [Fault("its folder cannot be written to", where, cure="choose another folder")]
    return []


def write_all(contents: Mapping[Path, str | bytes]) -> None:
    """Write every file, text as UTF-8, or none: first beside the targets, then renamed into place.

    Raises
    ------
    InputError
        A file cannot be written; targets that existed are as they were.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, content in contents.items():
            real = Path(os.path.realpath(path))
            ready.append((_written_beside(real, content), real))
        while ready:
            temporary, real = ready[0]
            temporary.replace(real)
            ready.pop(0)
    except OSError as error:
        raise writing_error(error) from None
    finally:
        for temporary, _real in ready:
            temporary.unlink(missing_ok=True)


def _written_beside(real: Path, content: str | bytes) -> Path:
    import tempfile  # noqa: PLC0415 (a fast start)

    handle, name = tempfile.mkstemp(prefix=f".{real.name[:40]}.", suffix=".part", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(_mode(real))
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _mode(real: Path) -> int:
    """Return the permissions a plain `open` would have left."""
    if real.exists():
        return stat.S_IMODE(real.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def writing_error(error: OSError) -> InputError:
    """Return the error to raise when the system refuses to write."""
    where = str(error.filename or "")
    return InputError(
        "Writing files", Fault("cannot be written", where, _reason(error), "free space, or rights?")
    )
