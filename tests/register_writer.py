"""A process that appends to a register, run by the tests of kills and of two writers.

``writer.py PATH NAME COUNT [WORD]``: append COUNT records and print the number of each when it is durable;
with WORD, kill the own process just before the database runs a statement that begins with it, in the
fifth record.  That record is larger than the database's cache, so by its COMMIT half of it is on the disk.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from dearth.register import Register
from register_records import determination

FIFTH = 4
LARGE = 8 * 2**20


def main(path: str, name: str, count: int, word: str) -> None:
    with Register.open(Path(path)) as register:
        for number in range(count):
            if word and number == FIFTH:

                def kill(statement: str) -> None:
                    if statement.startswith(word):
                        os.kill(os.getpid(), signal.SIGKILL)

                register._connection.set_trace_callback(kill)
            big = {"answer": {"determination": "x" * LARGE}} if word and number == FIFTH else {}
            row = register.append(determination(number, note=name * 2000, **big))
            sys.stdout.write(f"{row.number}:{row.hash}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), (sys.argv[4:] or [""])[0])
