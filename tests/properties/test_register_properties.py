"""The register keeps what it was given, and notices any change of any cell."""

from __future__ import annotations

import sqlite3
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from dearth.register import Register, holdings
from dearth.register.database import SCHEMA
from register_records import application, determination, drawdown, licence, outcome

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.dictionaries(texts, plain, max_size=4), min_size=1, max_size=6))
def test_any_json_is_kept_as_it_was(answers: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Register.open(Path(folder) / "r") as register:
        for answer in answers:
            register.append(determination(answer=answer))
        assert [row.record["answer"] for row in register.rows()] == answers
        assert register.verify(register.head) == []


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 5), st.sampled_from(("number", "kind", "day", "payload", "previous", "hash")), st.data()
)
def test_a_change_of_any_cell_is_noticed(number: int, column: str, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r"
        with Register.open(path) as register:
            for record in (determination(), licence(), drawdown(1), application(), outcome()):
                register.append(record)
            head = register.head
            cell = str(getattr(register.row(number), column))
        place = data.draw(st.integers(0, len(cell) - 1))
        changed = cell[:place] + chr((ord(cell[place]) - 47) % 10 + 48) + cell[place + 1 :]
        connection = sqlite3.connect(path, isolation_level=None)
        for name in SCHEMA.keys() - {"entry"}:
            connection.execute(f"DROP TRIGGER {name}")
        try:
            connection.execute(f"UPDATE entry SET {column} = ? WHERE number = ?", (changed, number))
        except sqlite3.IntegrityError:  # a number that is taken, or a day that is none: the table refuses it
            connection.close()
            return
        for name, sql in SCHEMA.items():
            if name != "entry":
                connection.execute(sql)
        connection.close()
        assert (Register.check(path, head) == []) is (changed == cell)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400), st.sampled_from(("kg", "g", "t"))), max_size=6))
def test_a_licence_is_drawn_down_exactly(draws: list[tuple[int, str]]) -> None:
    grams = {"g": 1, "kg": 1000, "t": 1_000_000}
    with tempfile.TemporaryDirectory() as folder, Register.open(Path(folder) / "r") as register:
        register.append(licence(quantity=1000))
        left = 1000 * grams["kg"]
        for amount, unit in draws:
            row = register.append(drawdown(amount / 10, unit=unit))
            over = amount * grams[unit] > left * 10
            left -= amount * grams[unit] / 10
            assert ("warnings" in row.record) is over
        held = holdings(register.rows()).licences["L-1"].left
        assert held is not None
        assert float(held) * 1000 == left or abs(float(held) * 1000 - left) < 1e-6
