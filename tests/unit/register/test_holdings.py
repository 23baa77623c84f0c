"""Licences and applications: drawn down, warned of, and exact to the gram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dearth.errors import InputError
from dearth.register import Register, holdings
from register_records import application, determination, drawdown, licence, outcome


@pytest.fixture
def register(tmp_path: Path) -> Any:
    with Register.open(tmp_path / "register.sqlite") as found:
        yield found


def told(register: Register, record: dict[str, Any]) -> list[str]:
    return list(register.append(record).record.get("warnings", []))


def held(register: Register, on: str = "2026-03-01", **more: Any) -> dict[str, Any]:
    return holdings(register.rows(), on).to_dict(on, **more)


def test_a_draw_down_inside_its_licence_is_quiet(register: Register) -> None:
    register.append(licence())
    assert told(register, drawdown(40)) == []
    one = held(register)["licences"][0]
    assert (one["drawn"], one["left"], one["state"], one["days_left"], one["warnings"]) == (
        40,
        60,
        "live",
        128,
        [],
    )


def test_over_quantity_is_recorded_and_warned_of(register: Register) -> None:
    register.append(licence())
    register.append(drawdown(70))
    assert told(register, drawdown(40)) == ["over quantity: 40 kg drawn, 30 kg left"]
    one = held(register)["licences"][0]
    assert (one["left"], one["warnings"]) == (-10, ["overdrawn by 10 kg"])


def test_the_last_day_counts_and_the_day_after_does_not(register: Register) -> None:
    register.append(licence())
    assert told(register, drawdown(1, day="2026-07-07")) == []
    assert told(register, drawdown(1, day="2026-07-08")) == [
        "licence L-1 expired on 2026-07-07, before 2026-07-08"
    ]
    assert told(register, drawdown(1, day="2026-01-08")) == []
    assert told(register, drawdown(1, day="2026-01-07")) == [
        "licence L-1 was issued on 2026-01-08, after 2026-01-07"
    ]


def test_a_wrong_consignee_and_a_wrong_item_are_warned_of(register: Register) -> None:
    register.append(licence())
    found = told(register, drawdown(1, consignee="Andere AG", item="Terbium oxide"))
    assert [what.split(" is ")[0] for what in found] == ["consignee 'Andere AG'", "item 'Terbium oxide'"]
    assert (
        told(
            register,
            drawdown(1, consignee="BEISPIEL  Magnet \uff27\uff4d\uff42\uff28", item="dysprosium OXIDE"),
        )
        == []
    )


def test_a_reference_drawn_twice_is_warned_of(register: Register) -> None:
    register.append(licence())
    register.append(drawdown(1, reference="D-7"))
    assert told(register, drawdown(1, reference="D-7")) == ["reference 'D-7' was drawn down before, in row 2"]


def test_ten_tenths_empty_a_licence_of_one(register: Register) -> None:
    register.append(licence(quantity=1))
    assert [told(register, drawdown(0.1)) for _ in range(10)] == [[]] * 10
    assert held(register)["licences"][0]["warnings"] == ["nothing is left"]
    assert told(register, drawdown(0.001)) == ["over quantity: 0.001 kg drawn, 0 kg left"]


def test_grams_and_tonnes_are_drawn_from_kilograms(register: Register) -> None:
    register.append(licence())
    register.append(drawdown(1, unit="g"))
    register.append(drawdown(0.01, unit="t"))
    assert held(register)["licences"][0]["left"] == 89.999
    with pytest.raises(InputError, match="cannot be turned into 'kg'"):
        register.append(drawdown(1, unit="count"))
    assert register.head.number == 3


def test_a_licence_without_a_quantity_has_no_limit(register: Register) -> None:
    register.append(licence(quantity=None, unit=None, type="general"))
    assert told(register, drawdown(1e9)) == []
    register.append(drawdown(1, unit="t"))
    one = held(register)["licences"][0]
    assert (one["left"], one["drawn"], one["unit"]) == (None, 1_000_001_000, "kg")


def test_an_unknown_licence_is_refused_with_the_nearest(register: Register) -> None:
    register.append(licence())
    with pytest.raises(InputError, match="did you mean 'L-1'"):
        register.append(drawdown(1, licence="L-11"))
    assert register.head.number == 1


def test_a_number_is_entered_once(register: Register) -> None:
    register.append(licence())
    with pytest.raises(InputError, match="row 1"):
        register.append(licence())


def test_an_expired_licence_says_what_was_unused(register: Register) -> None:
    register.append(licence())
    assert held(register, "2026-07-08")["licences"][0]["warnings"] == ["expired on 2026-07-07, 100 kg unused"]
    assert held(register, "2026-07-01", warn_days=30)["licences"][0]["warnings"] == ["expires in 6 days"]
    assert held(register, "2026-05-01", warn_days=30)["licences"][0]["warnings"] == []


def test_later_rows_are_left_out_of_an_earlier_day(register: Register) -> None:
    register.append(licence())
    register.append(drawdown(40, day="2026-04-01"))
    assert held(register, "2026-03-31")["licences"][0]["left"] == 100
    assert held(register, "2026-04-01")["licences"][0]["left"] == 60
    assert held(register, "2026-01-09")["licences"] == []


def test_an_application_is_granted_in_parts(register: Register) -> None:
    register.append(licence("L-2", consignees=["X"]))
    register.append(application())
    assert told(register, outcome(quantity=30, unit="kg", licence="L-2")) == []
    one = held(register, "2026-06-01")["applications"][0]
    assert (one["state"], one["pending"], one["days_waiting"]) == ("pending", 20, 92)
    assert told(register, outcome(quantity=30, unit="kg")) == [
        "more than pending: 30 kg decided, 20 kg pending"
    ]
    assert held(register, "2026-06-01")["applications"][0]["state"] == "granted"
    assert told(register, outcome("refused")) == ["application A-1 was granted before"]


def test_a_refusal_ends_an_application_and_waiting_is_warned_of(register: Register) -> None:
    register.append(application())
    assert held(register, "2026-06-01", late_days=63)["applications"][0]["warnings"] == [
        "pending for 92 days"
    ]
    register.append(outcome("refused"))
    one = held(register, "2026-06-01", late_days=63)["applications"][0]
    assert (one["state"], one["pending"], one["warnings"]) == ("refused", 0, [])


def test_a_decision_before_filing_is_warned_of(register: Register) -> None:
    register.append(application())
    assert told(register, outcome(day="2026-02-01")) == [
        "application A-1 was filed on 2026-03-01, after 2026-02-01"
    ]


def test_a_mistake_is_voided_and_stays_in_the_book(register: Register) -> None:
    register.append(licence())
    wrong = register.append(drawdown(400))
    void = {"kind": "void", "day": "2026-02-02", "row": wrong.number, "reason": "typed 400 for 40"}
    register.append(void)
    assert held(register)["licences"][0]["left"] == 100
    assert [row.kind for row in register.rows()] == ["licence", "drawdown", "void"]
    with pytest.raises(InputError, match="voided before"):
        register.append(void)


def test_a_voided_licence_may_be_entered_again(register: Register) -> None:
    register.append(licence(quantity=10))
    register.append(drawdown(1))
    void = {"kind": "void", "day": "2026-02-02", "row": 1, "reason": "wrong quantity"}
    assert told(register, void) == ["licence L-1 had 1 kg drawn down"]
    register.append(licence(quantity=100))
    assert held(register)["licences"][0]["quantity"] == 100


def test_a_draw_down_of_a_voided_licence_counts_for_the_one_entered_in_its_place(register: Register) -> None:
    register.append(licence(quantity=10))
    register.append(drawdown(1))
    register.append({"kind": "void", "day": "2026-02-02", "row": 1, "reason": "wrong quantity"})
    register.append(licence(quantity=100))
    assert held(register)["licences"][0]["drawn"] == 1


@pytest.mark.parametrize("row", [1, 7])
def test_a_determination_is_never_voided(register: Register, row: int) -> None:
    register.append(determination())
    with pytest.raises(InputError, match="no such entry"):
        register.append({"kind": "void", "day": "2026-02-02", "row": row, "reason": "do not like it"})
