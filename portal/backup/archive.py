"""The tar file: written and read as a stream, one member after the other."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, Protocol

from portal.backup import FORMAT, BackupError

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
BLOCK = 1024 * 1024


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


class Hashing:
    """A source that knows the SHA-256 of what was read from it."""

    def __init__(self, source: Source) -> None:
        self._source, self._hash = source, hashlib.sha256()

    def read(self, size: int = BLOCK) -> bytes:
        octets = self._source.read(size)
        self._hash.update(octets)
        return octets

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class Target:
    """Where tarfile writes; unlike its own streams it leaves a file alone that was given up."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._written = file, 0

    def write(self, octets: bytes) -> int:
        self._written += len(octets)
        return self._file.write(octets)

    def tell(self) -> int:
        return self._written


class Writer:
    """Adds members, and their checksums at the end."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.TarFile(fileobj=Target(file), mode="w")  # type: ignore[arg-type] # it only writes
        self._sums: dict[str, str] = {}

    def add(self, name: str, source: Source, size: int, modified: float = 0) -> None:
        """Add `size` bytes of `source`. Raises BackupError if there are fewer."""
        if "\n" in name:
            raise BackupError(f"The name of the file {name!r} has a line break. Rename it.")
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = size, modified, 0o600
        hashing = Hashing(source)
        try:
            self._tar.addfile(info, hashing)
        except OSError as error:
            if "unexpected end of data" in str(error):
                raise BackupError(f"{name} became shorter while it was read. Start again.") from error
            raise
        self._tar.members = []  # type: ignore[attr-defined] # it would remember each of them
        self._sums[name] = hashing.hexdigest()

    def add_bytes(self, name: str, octets: bytes) -> None:
        self.add(name, io.BytesIO(octets), len(octets))

    def finish(self) -> None:
        """Write the checksums and the end of the archive."""
        lines = "".join(f"{digest}  {name}\n" for name, digest in self._sums.items())
        self.add_bytes(SUMS, lines.encode(errors="surrogateescape"))
        self._tar.close()


@dataclass(frozen=True)
class Contents:
    """What an archive says of itself, once every checksum was found to be right."""

    manifest: dict[str, Any]
    sums: dict[str, str]  # of each member but SUMS


def members(file: IO[bytes]) -> Iterator[tuple[str, IO[bytes]]]:
    """Name and content of each member in order; a content is read before the next is asked for.

    raises  BackupError where the archive breaks off or holds anything but files
    """
    latest = "its beginning"
    try:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            while info := tar.next():
                tar.members = []  # type: ignore[attr-defined] # it would remember each of them
                content = tar.extractfile(info)
                if content is None or not info.isreg():
                    raise BackupError(f"The archive is damaged: {info.name} is no file.")
                latest = info.name
                yield info.name, content
    except tarfile.TarError as error:
        raise BackupError(f"The archive is damaged: it breaks off after {latest} ({error}).") from error


def check(file: IO[bytes]) -> Contents:
    """Read the whole archive and compare every checksum.

    raises  BackupError: damaged (naming the member, and its two checksums), incomplete, of a newer format
    """
    manifest = b""
    wanted: dict[str, str] | None = None
    found: dict[str, str] = {}
    for name, content in members(file):
        hashing = Hashing(content)
        if not found and name == MANIFEST:
            manifest = _read_all(hashing)
            _check_format(manifest)
        elif name == SUMS:
            wanted = _sums(content.read())
            continue
        with _named(name):
            while hashing.read():
                pass
        found[name] = hashing.hexdigest()
    if not manifest:
        raise BackupError("This is no backup of the portal: it does not begin with a manifest.")
    if wanted is None:
        raise BackupError(f"The archive is damaged: it ends after {list(found)[-1]}, without {SUMS}.")
    _compare(found, wanted)
    return Contents(json.loads(manifest), wanted)


def _compare(found: dict[str, str], wanted: dict[str, str]) -> None:
    for name, digest in wanted.items():
        if name not in found:
            raise BackupError(f"The archive is damaged: {name} is missing.")
        if found[name] != digest:
            raise BackupError(
                f"The archive is damaged: {name} has the SHA-256 {found[name]}, and should have {digest}."
            )
    if unknown := sorted(set(found) - set(wanted)):
        raise BackupError(f"The archive is damaged: {unknown[0]} is not listed in {SUMS}.")


@contextmanager
def _named(name: str) -> Iterator[None]:
    try:
        yield
    except tarfile.TarError as error:
        raise BackupError(f"The archive is damaged: it breaks off in {name} ({error}).") from error


def _read_all(source: Source) -> bytes:
    octets = b""
    while block := source.read(BLOCK):
        octets += block
    return octets


def _check_format(manifest: bytes) -> None:
    """Raises BackupError for a format that we do not know. One that cannot be read has the wrong checksum."""
    try:
        number = int(json.loads(manifest)["format"])
    except (ValueError, KeyError, TypeError):
        return
    if number > FORMAT:
        raise BackupError(
            f"The archive has format {number}, and this portal knows formats up to {FORMAT}. Restore it with a newer one."
        )


def _sums(octets: bytes) -> dict[str, str]:
    lines = octets.decode(errors="surrogateescape").split("\n")  # nothing else ends a line
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines if line)}
