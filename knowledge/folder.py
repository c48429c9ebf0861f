"""Where the data files are: those of the package, and over them those of an installation, file by file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import IO, Any


def data_folder(overlay: Path | None = None) -> Traversable:
    """The data files, whether the package lies in a folder or in an archive. A file in `overlay` stands in for ours of the same name."""
    ours = files(__package__).joinpath("data")
    return ours if overlay is None else _Layered(overlay, ours)


class _Layered(Traversable):
    """A folder seen through another: what both have is the upper one's."""

    def __init__(self, upper: Path, lower: Traversable) -> None:
        self._upper, self._lower = upper, lower

    @property
    def name(self) -> str:
        return self._lower.name

    def is_dir(self) -> bool:
        return True

    def is_file(self) -> bool:
        return False

    def iterdir(self) -> Iterator[Traversable]:
        names = {file.name for file in self._lower.iterdir()} if self._lower.is_dir() else set()
        if self._upper.is_dir():
            names |= {file.name for file in self._upper.iterdir()}
        for name in sorted(names):
            yield self / name

    def __truediv__(self, child: Any) -> Traversable:
        upper, lower = self._upper / str(child), self._lower / str(child)
        if upper.is_file():
            return upper
        return _Layered(upper, lower) if upper.is_dir() else lower

    def joinpath(self, *descendants: Any) -> Traversable:
        found: Traversable = self
        for step in descendants:
            found = found / step
        return found

    def open(self, mode: str = "r", *args: Any, **kwargs: Any) -> IO[Any]:
        raise IsADirectoryError(self.name)

    def read_bytes(self) -> bytes:
        raise IsADirectoryError(self.name)

    def read_text(self, encoding: str | None = None) -> str:
        raise IsADirectoryError(self.name)
