"""What one request, one run and one server may take."""

from __future__ import annotations

from dataclasses import dataclass

from dearth.errors import Fault, InputError

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a server.

    Attributes
    ----------
    body_bytes, upload_bytes
        Largest body of a question, and of a file.
    runs, waiting
        Runs at once, and runs that may wait for one of them to end; more are refused with 429.
    requests
        Requests at once of any kind; more are refused with 429.
    run_cells, job_cells
        Draws times weeks of an interactive run, and of a background job: a run takes about 30 kB for each.
    light_cells
        Draws times weeks up to which runs go side by side; larger ones go one after another.
    run_seconds, job_seconds
        Time after which a run is called off.
    jobs, job_bytes
        Background jobs that are kept, and the size of their answers together.
    cache_bytes
        Size of the answers that are kept for the same question.
    """

    body_bytes: int = 1 << 20
    upload_bytes: int = 8 << 20
    runs: int = 2
    waiting: int = 8
    requests: int = 64
    run_cells: int = 200 * 104
    job_cells: int = 400 * 104
    light_cells: int = 20 * 104
    run_seconds: float = 120.0
    job_seconds: float = 1800.0
    jobs: int = 16
    job_bytes: int = 64 << 20
    cache_bytes: int = 64 << 20

    def check_run(self, draws: int, weeks: int) -> None:
        """Refuse an interactive run that is too large to wait for.

        Raises
        ------
        InputError
            With the cure: a background job.
        """
        if draws * weeks > self.run_cells:
            what = f"{draws} draws of {weeks} weeks are too many to wait for"
            why = f"an interactive run has at most {self.run_cells} draws x weeks"
            raise InputError(_PHASE, Fault(what, "draws", why, "take fewer, or send it to /jobs"))

    def check_job(self, draws: int, weeks: int) -> None:
        """Refuse a background job that is too large for this server.

        Raises
        ------
        InputError
            With the cure: the command line.
        """
        if draws * weeks > self.job_cells:
            what = f"{draws} draws of {weeks} weeks are too many"
            why = f"a job has at most {self.job_cells} draws x weeks"
            raise InputError(_PHASE, Fault(what, "draws", why, "take fewer, or use the command line"))


_PHASE = "Checking the size of a run"
