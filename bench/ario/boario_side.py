# ruff: noqa: E402 (threads are set before numpy is loaded)
"""BoARIO's side, run by a Python that has boario and pymrio: ``python boario_side.py FILE DAYS``.

Writes the table and the record to FILE, then runs once for every line it reads, and prints wall and CPU s.
"""

from __future__ import annotations

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
import numpy as np
import pandas as pd
import pymrio
from boario import event
from boario.extended_models import ARIOPsiModel
from boario.simulation import Simulation

START, STAYS, BACK = 5, 30, 180
LOST = {("reg1", "mining"): 0.6, ("reg1", "manufactoring"): 0.4}  # spelled as in the table


def prepared(days: int) -> Simulation:
    """Return a simulation ready to run."""
    model = ARIOPsiModel(pymrio.load_test().calc_all())
    capital = pd.Series(model.productive_capital, index=model.industries)
    impact = pd.Series({key: share * capital[key] for key, share in LOST.items()})
    impact.index = pd.MultiIndex.from_tuples(impact.index, names=["region", "sector"])
    simulation = Simulation(model, n_temporal_units_to_sim=days, register_stocks=True)
    simulation.add_event(
        event.from_series(
            impact,
            event_type="recovery",
            occurrence=START,
            duration=STAYS,
            recovery_tau=BACK,
            recovery_function="linear",
            event_monetary_factor=10**6,
        )
    )
    return simulation


def save(path: str, days: int) -> None:
    """Write the table of a year and the record of a run."""
    simulation = prepared(days)
    simulation.loop()
    model = simulation.model
    places = list(model.industries)
    np.savez(
        path, flow=model.mriot.Z.to_numpy(), final=model.mriot.Y.to_numpy().sum(axis=1),
        usual=model.mriot.x.to_numpy().ravel(), sectors=model.n_sectors,
        lost=[places.index(key) for key in LOST], shares=list(LOST.values()), event=[START, STAYS, BACK],
        made=simulation.production_realised.to_numpy(), cap=simulation.production_capacity.to_numpy(),
        stock=simulation.inputs_stocks.to_numpy().reshape(days, model.n_sectors, -1),
        unmet=simulation.final_demand_undist.to_numpy(),
    )  # fmt: skip


def main() -> None:
    """Save, then run on demand."""
    logging.disable(logging.CRITICAL)
    path, days = sys.argv[1], int(sys.argv[2])
    save(path, days)
    tools = ", ".join(f"{tool} {version(tool)}" for tool in ("boario", "pymrio", "pandas", "numpy"))
    print(json.dumps({"tools": f"Python {sys.version.split()[0]}, {tools}"}), flush=True)
    for _ in sys.stdin:
        simulation = prepared(days)
        wall, cpu = time.perf_counter(), time.process_time()
        simulation.loop()
        print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]), flush=True)


if __name__ == "__main__":
    main()
