"""What lasts: the control database, journals of answers, parts of results, the answer cache, files.

`open_store` opens the control database; SQLAlchemy is loaded only then, so that worker processes, which write journals
and parts, do without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodsmith.store.ledger import Store


def open_store(
    home: Path, database_url: str | None = None, *, files_url: str | None = None, wait_s: float = 15.0
) -> Store:
    """Open the store of a home folder, and bring its database to the newest shape.

    database_url: `postgresql://user@host/name`; None: the SQLite file `control.db` in `home`.
    files_url: where runs keep their files for all machines, `s3://bucket/prefix` or `file:///folder`; None: only here.
    wait_s: seconds to wait for a database that another program has locked.
    """
    from goodsmith.store.ledger import Store  # noqa: PLC0415 - loads SQLAlchemy

    return Store(home, database_url, files_url=files_url, wait_s=wait_s)
