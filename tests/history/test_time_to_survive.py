"""A published worked example of time to survive.

Three plants with 30, 45 and 60 units a week make two vehicles of which 75 and 50 a week are sold; 20 and 25
are in stock.  The time to survive the loss of each plant is printed there as 2.250, 1.286 and 0.900 weeks;
with all plants running demand is met for good.

Source: course case "Disruption analytics - Ford Motor", problem 1, HEC Montreal Supply Chain Analytics,
https://github.com/acedesci/scanalytics_cases (Case3_1_Disruption_Risk_Analytics), after the model of
Simchi-Levi, Schmidt, Wei, Zhang, Combs, Ge, Gusikhin, Sanders, Zhang (2015), Interfaces 45(5), 375-390,
https://doi.org/10.1287/inte.2015.0804
"""

from __future__ import annotations

import pytest

from dearth.firm.network import Bill, Firm, Head, Line, Part, Plant, Site, Source, Stock, Supplier
from dearth.firm.survive import survive

CAPACITY = {"S1": 30.0, "S2": 45.0, "S3": 60.0}
DEMAND = {"P1": 75.0, "P2": 50.0}
INVENTORY = {"P1": 20.0, "P2": 25.0}
PUBLISHED = {"S1": 2.250, "S2": 1.286, "S3": 0.900}


def published_firm() -> Firm:
    """Any split that fits the capacities may stand for the usual one; each plant can make all of both."""
    usual = {"P1": {"S1": 0.3, "S2": 0.3, "S3": 0.4}, "P2": {"S1": 0.1, "S2": 0.4, "S3": 0.5}}
    return Firm(
        head=Head("Ford case", "USD"),
        plants=(Plant(id="dealers", place="USA"),),
        lines=tuple(Line(id=f"sold {name}", plant="dealers", weekly_output=d) for name, d in DEMAND.items()),
        parts=tuple(Part(id=name) for name in DEMAND),
        bill=tuple(Bill(parent=f"sold {name}", part=name, quantity=1.0) for name in DEMAND),
        suppliers=(Supplier(id="maker", name="maker"),),
        sites=tuple(
            Site(id=name, supplier="maker", place="USA", recover_weeks=2.0, capacity=c)
            for name, c in CAPACITY.items()
        ),
        sources=tuple(
            Source(part=part, site=site, share=share, most_share=1.0)
            for part, shares in usual.items()
            for site, share in shares.items()
        ),
        stocks=tuple(Stock(item=name, quantity=units) for name, units in INVENTORY.items()),
    )


def test_the_published_weeks_come_out() -> None:
    found = {one.name: one for one in survive(published_firm()) if one.kind == "site"}
    for name, weeks in PUBLISHED.items():
        print(f"{name}: published {weeks:.3f}, here {found[name].weeks:.4f} weeks")  # noqa: T201
        assert found[name].weeks == pytest.approx(weeks, abs=5e-4)


def test_the_plant_that_recovers_in_time_costs_nothing() -> None:
    found = {one.name: one for one in survive(published_firm()) if one.kind == "site"}
    late = {
        name
        for name, one in found.items()
        if name in CAPACITY and (one.weeks or 0) < (one.recover_weeks or 0)
    }
    assert late == {"S2", "S3"}
