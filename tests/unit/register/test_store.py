"""The file of the register: appending, the chain, tampering, foreign and damaged files."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from dearth.errors import InputError
from dearth.register import Head, Register, Row, row_hash
from dearth.register.chain import GENESIS, canonical
from dearth.register.database import APPLICATION, SCHEMA
from register_records import SHA, determination, drawdown, licence


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.sqlite"


def filled(path: Path, count: int = 5) -> Head:
    with Register.open(path) as register:
        for number in range(1, count + 1):
            register.append(determination(number))
        return register.head


def tamper(path: Path, *statements: str) -> None:
    """Change the file as someone with a database tool would, triggers out of the way and back again."""
    connection = sqlite3.connect(path, isolation_level=None)
    for name in SCHEMA.keys() - {"entry"}:
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    for name, sql in SCHEMA.items():
        if name != "entry":
            connection.execute(sql)
    connection.close()


def whats(path: Path, head: Head | str | None = None) -> list[str]:
    return [str(fault) for fault in Register.check(path, head)]


def test_what_is_written_is_read_again(path: Path) -> None:
    with Register.open(path) as register:
        row = register.append(determination(1, title="Größe, 镝, =1+1"))
        assert register.rows() == (row,)
        assert register.row(1) == row
    with Register.open(path) as again:
        assert again.row(1).record["title"] == "Größe, 镝, =1+1"
        assert (again.row(1).kind, again.row(1).day) == ("determination", "2026-01-05")


def test_the_head_follows_the_last_row(path: Path) -> None:
    with Register.open(path) as register:
        assert str(register.head) == f"0:{GENESIS}"
        row = register.append(determination())
        assert register.head == Head(1, row.hash) == Head.read(str(row.head))


def test_the_hash_can_be_made_by_hand() -> None:
    from hashlib import sha256  # noqa: PLC0415

    text = 'dearth-register/1\n[1,"void","2026-01-01","{}","' + GENESIS + '"]'
    assert row_hash(1, "void", "2026-01-01", "{}", GENESIS) == sha256(text.encode()).hexdigest()


def test_the_same_records_give_the_same_hashes(tmp_path: Path) -> None:
    assert filled(tmp_path / "a") == filled(tmp_path / "b")


def test_a_whole_register_verifies(path: Path) -> None:
    head = filled(path)
    assert whats(path) == whats(path, head) == whats(path, f"0:{GENESIS}") == []


def test_an_earlier_head_still_verifies_after_more_rows(path: Path) -> None:
    head = filled(path)
    filled(path, 3)
    assert whats(path, str(head)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entry SET payload = '{}' WHERE number = 1",
        "DELETE FROM entry",
        "DELETE FROM entry WHERE number = 5",
        "INSERT OR REPLACE INTO entry SELECT 3, kind, day, '{}', previous, hash FROM entry WHERE number = 3",
        "REPLACE INTO entry SELECT * FROM entry WHERE number = 5",
        f"INSERT INTO entry VALUES (6, 'void', '2026-01-01', '{{}}', '{GENESIS}', '{GENESIS}')",
        "INSERT INTO entry SELECT 9, kind, day, payload, hash, hash FROM entry WHERE number = 5",
        "INSERT INTO entry SELECT NULL, kind, day, payload, hash, hash FROM entry WHERE number = 5",
        "UPDATE OR IGNORE entry SET number = 9 WHERE number = 5",
    ],
)
def test_triggers_refuse_everything_but_the_next_row(path: Path, sql: str) -> None:
    head = filled(path)
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|does not follow"):
        connection.execute(sql)
    connection.close()
    assert whats(path, head) == []


def test_a_changed_row_is_found(path: Path) -> None:
    filled(path)
    tamper(path, "UPDATE entry SET payload = replace(payload, 'LIC', 'NLR') WHERE number = 3")
    assert whats(path) == ["row 3: was changed after it was written (its hash is not that of its content)"]


@pytest.mark.parametrize(
    "column", ["kind = 'void'", "day = '2020-01-01'", f"previous = '{SHA}'", f"hash = '{SHA}'"]
)
def test_every_column_counts(path: Path, column: str) -> None:
    filled(path)
    tamper(path, f"UPDATE entry SET {column} WHERE number = 3")
    assert any("row 3" in what or "row 4" in what for what in whats(path))


def test_a_changed_row_with_its_hash_made_anew_breaks_the_next(path: Path) -> None:
    filled(path)
    with Register.open(path) as register:
        old = register.row(3)
    payload = canonical({"answer": "other"})
    fresh = row_hash(3, old.kind, old.day, payload, old.previous)
    tamper(path, f"UPDATE entry SET payload = '{payload}', hash = '{fresh}' WHERE number = 3")
    assert [what.split(":")[0] for what in whats(path)] == ["row 4"]


def test_a_removed_row_is_found(path: Path) -> None:
    filled(path)
    tamper(path, "DELETE FROM entry WHERE number = 3")
    assert "row 4: row 3 is missing" in whats(path)[0]


def test_rows_out_of_order_are_found(path: Path) -> None:
    filled(path)
    swap = [
        "SET number = 99 WHERE number = 2",
        "SET number = 2 WHERE number = 3",
        "SET number = 3 WHERE number = 99",
    ]
    tamper(path, *(f"UPDATE entry {part}" for part in swap))
    found = whats(path)
    assert any(what.startswith("row 2") for what in found)
    assert any(what.startswith("row 3") for what in found)


def test_a_cut_tail_is_found_without_a_head(path: Path) -> None:
    filled(path)
    tamper(path, "DELETE FROM entry WHERE number > 3")
    assert "the file counted 5 rows and ends at row 3" in whats(path)[0]


def test_a_tail_cut_with_care_is_found_by_a_head(path: Path) -> None:
    head = filled(path)
    tamper(path, "DELETE FROM entry WHERE number > 3", "UPDATE sqlite_sequence SET seq = 3")
    assert whats(path) == []
    assert "rows 4-5 are gone" in whats(path, head)[0]


def test_a_register_written_anew_is_found_by_a_head(path: Path, tmp_path: Path) -> None:
    head = filled(path)
    other = tmp_path / "other"
    with Register.open(other) as register:
        for number in range(1, 7):
            register.append(determination(number, note="another history"))
    assert whats(other) == []
    assert whats(other, head) == ["row 5: is not the row that the head names (its hash differs)"]


def test_nothing_is_appended_to_a_changed_last_row(path: Path) -> None:
    filled(path)
    tamper(path, "UPDATE entry SET payload = '{}' WHERE number = 5")
    with Register.open(path) as register:
        with pytest.raises(InputError, match="was changed"):
            register.append(determination())
        assert register.head.number == 5
        with pytest.raises(InputError, match="was changed"):
            register.row(5)


def test_removed_triggers_are_told_and_the_register_is_not_opened(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER no_delete")
    connection.execute("DELETE FROM entry WHERE number = 2")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="'no_delete' was removed"):
        Register.open(path)
    assert [what for what in whats(path) if "row 2 is missing" in what]


def test_a_table_or_trigger_of_a_stranger_is_told(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("CREATE TRIGGER extra AFTER INSERT ON entry BEGIN SELECT 1; END")
    connection.commit()
    connection.close()
    with pytest.raises(InputError, match="holds 'extra'"):
        Register.open(path)


def foreign_sqlite(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE entry (number INTEGER)")
    connection.commit()
    connection.close()


def later_format(path: Path) -> None:
    filled(path)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()


def own_mark_only(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA application_id = {APPLICATION}")
    connection.execute("PRAGMA user_version = 1")
    connection.close()


def scribbled(path: Path) -> None:
    filled(path, 40)
    data = bytearray(path.read_bytes())
    data[100:4096] = b"\xff" * (4096 - 100)
    path.write_bytes(bytes(data))


BAD_FILES: list[tuple[Callable[[Path], object], str]] = [
    (lambda path: path.write_bytes(b""), "is empty"),
    (lambda path: path.write_text("number,kind\n1,void\n"), "is not a register"),
    (lambda path: path.write_bytes(b"PK\x03\x04" + b"\x00" * 2000), "is not a register"),
    (lambda path: path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 5000), "corrupted"),
    (lambda path: path.write_bytes(b"SQLite format 3\x00"), "corrupted"),
    (lambda path: path.mkdir(), "not a regular file"),
    (foreign_sqlite, "another program"),
    (later_format, "format 99"),
    (own_mark_only, "'entry' was removed"),
    (scribbled, "corrupted"),
]


@pytest.mark.parametrize(("make", "says"), BAD_FILES)
def test_a_foreign_or_damaged_file_is_refused_and_left_as_it_was(
    path: Path, make: Callable[[Path], object], says: str
) -> None:
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(InputError, match=says):
        Register.open(path)
    assert Register.check(path)
    assert (path.read_bytes() if path.is_file() else b"") == before
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_damage_inside_the_rows_is_an_error_and_not_a_loss(path: Path) -> None:
    filled(path, 400)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 300] = b"\x00" * 300
    path.write_bytes(bytes(data))
    assert whats(path)
    assert path.read_bytes() == bytes(data)


def test_a_truncated_file_is_told(path: Path) -> None:
    filled(path, 400)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    assert whats(path)


def test_no_file_is_made_when_none_is_asked_for(path: Path) -> None:
    with pytest.raises(InputError, match="no such register"):
        Register.open(path, create=False)
    with pytest.raises(InputError, match="no such folder"):
        Register.open(path.parent / "none" / "register.sqlite")
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize(
    "name", ["a b.sqlite", "ä?mode=memory#x.sqlite", "%41.sqlite", "镝.sqlite", "file:x"]
)
def test_strange_names_are_plain_files(tmp_path: Path, name: str) -> None:
    filled(tmp_path / name, 1)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(InputError):
        Register.open(Path("a\x00b"))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"answer": {"ratio": float("nan")}}, "not JSON compliant|Out of range"),
        ({"answer": {"ratio": float("inf")}}, "not JSON compliant|Out of range"),
        ({"answer": {1: "a"}}, "key 1 is not a text"),
        ({"answer": {"day": {1, 2}}}, "set is not JSON"),
        ({"answer": {"text": "\ud800"}}, "surrogates"),
        ({"case": {"deep": json.loads("[" * 900 + "]" * 900)}}, None),
    ],
)
def test_what_json_cannot_keep_is_refused_and_nothing_written(
    path: Path, more: dict[str, object], says: str | None
) -> None:
    with Register.open(path) as register:
        register.append(determination())
        if says is None:
            register.append(determination(**more))
            return
        with pytest.raises(InputError, match=says):
            register.append(determination(**more))
        assert register.head.number == 1
    assert whats(path) == []


def test_endless_nesting_is_refused(path: Path) -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with Register.open(path) as register, pytest.raises(InputError, match="RecursionError"):
        register.append(determination(case={"deep": deep}))


def test_a_copy_goes_on_by_itself(path: Path, tmp_path: Path) -> None:
    filled(path)
    copy = tmp_path / "copy"
    shutil.copy(path, copy)
    filled(copy, 1)
    assert whats(copy) == whats(path) == []


def test_a_locked_register_says_so(path: Path) -> None:
    filled(path)
    with Register.open(path) as holder, Register.open(path, busy_seconds=0.05) as waiting:
        holder._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(InputError, match="another writer"):
            waiting.append(determination())
        holder._connection.execute("ROLLBACK")
        waiting.append(determination())


@pytest.mark.parametrize("text", ["", "5", "x:y", "1:" + "g" * 64, "-1:" + SHA, None])
def test_a_head_that_is_none_is_refused(path: Path, text: str) -> None:
    with pytest.raises(InputError, match="no head"):
        Head.read(text)


def test_an_unknown_row_is_refused(path: Path) -> None:
    filled(path, 2)
    with Register.open(path) as register:
        for number in (0, -1, 3, 2**70):
            with pytest.raises(InputError, match="rows 1-2"):
                register.row(number)


def test_rows_of_one_kind(path: Path) -> None:
    with Register.open(path) as register:
        register.append(determination())
        register.append(licence())
        found: tuple[Row, ...] = register.rows("licence")
        assert [row.number for row in found] == [2]
        assert register.append(drawdown(1)).number == 3
