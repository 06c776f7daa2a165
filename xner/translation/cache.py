"""Translations kept on disk, so that none is asked for twice: not by a rerun, not after a kill."""

import os
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from xner.errors import XnerError

_TABLES = """
create table if not exists scope (id integer primary key, name text unique not null);
create table if not exists translation (
    scope integer not null, text text not null, result text not null, sure integer not null,
    primary key (scope, text)
) without rowid;
"""
_AT_ONCE = 500  # SQLite's limit on parameters is 999 in old builds
_PATIENCE = 120.0  # seconds to wait for another process that writes


def default_path() -> Path:
    """Where translations are kept if nobody says where."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return caches / "xner" / "translations.db"


class Cache:
    """Texts and their translations under one `scope`: an engine's identity and a direction.

    Several processes may use one file. What `keep` was given survives the process, but is not yet
    `sure`: an engine that turns out to have skipped a line has shifted all that it gave before.
    Then `forget` drops what is not sure, whoever kept it; `confirm` makes so what was kept here.
    Without a path translations live in a file that vanishes with the process. Raises XnerError for
    a file that cannot be used.
    """

    def __init__(self, path: Path | None, scope: str):
        self.path = path
        self._not_sure = -1 - secrets.randbits(62)  # kept here, and by no other process
        with self._explained():
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(path or "", timeout=_PATIENCE, isolation_level=None)
            self._base.execute("pragma journal_mode = wal")
            self._base.execute("pragma synchronous = normal")
            self._base.executescript(_TABLES)
            self._base.execute("insert or ignore into scope (name) values (?)", [scope])
            found = self._base.execute("select id from scope where name = ?", [scope])
            self._scope: int = found.fetchone()[0]

    def find(self, texts: Sequence[str]) -> dict[str, str]:
        """The translations that are known."""
        known: dict[str, str] = {}
        with self._explained():
            for start in range(0, len(texts), _AT_ONCE):
                some = texts[start : start + _AT_ONCE]
                query = "select text, result from translation where scope = ? and text in (%s)"
                marks = ",".join("?" * len(some))
                with closing(self._base.execute(query % marks, [self._scope, *some])) as rows:
                    known.update(rows)
        return known

    def keep(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Store texts with their translations, all in one go."""
        rows = [(self._scope, text, result, self._not_sure) for text, result in pairs]
        with self._explained():
            self._base.execute("begin immediate")
            self._base.executemany("insert or replace into translation values (?, ?, ?, ?)", rows)
            self._base.execute("commit")

    def confirm(self) -> None:
        """What was kept is right."""
        self._settle("update translation set sure = 1 where scope = ? and sure = ?", self._not_sure)

    def forget(self) -> None:
        """What was kept and not confirmed, by this process or one before it, may be wrong."""
        self._settle("delete from translation where scope = ? and sure <> 1")

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _settle(self, statement: str, *values: int) -> None:
        with self._explained():
            self._base.execute(statement, [self._scope, *values])

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise XnerError(
                f"cannot use the translation cache '{self.path or 'in memory'}': {error}; if the "
                "file is broken delete it, else name another with --cache FILE, or give --no-cache"
            ) from None
