"""Encryption by age (https://age-encryption.org/v1): authenticated chunks of 64 KiB, numbered, the last one marked.

So a chunk that was changed, moved, left out or cut off is refused. Whoever has the secret key reads the archive without
the portal: `age --decrypt -i key.txt portal-….tar.age | tar -x`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any

from portal.backup import BackupError

SECRET = "AGE-SECRET-KEY-1"  # noqa: S105  (how all of them begin)
MAGIC = b"age-encryption.org/"


def new_key() -> tuple[str, str]:
    """A new pair: the secret key, which reads and writes archives, and the public one, which only writes them."""
    identity = _age().x25519.Identity.generate()
    return str(identity), str(identity.to_public())


@contextmanager
def sealed(file: IO[bytes], key: str) -> Iterator[IO[bytes]]:
    """Where to write what shall be in `file`: encrypted for `key`, or as it is if that is empty.

    raises  BackupError if the key is none, or `file` cannot be written
    """
    if not key:
        yield file
        return
    recipient = _recipient(key)
    reading, writing = os.pipe()
    task = Task(lambda: _age().encrypt_io(source, file, [recipient]), lambda: source.close())
    with open(reading, "rb") as source, open(writing, "wb") as target:
        task.start()
        try:
            yield target
            target.close()
        except BrokenPipeError:
            task.join()
            if not task.error:  # which says why
                raise
        finally:
            _close(target)
            task.join()
    if task.error:
        raise BackupError(f"The archive cannot be written: {task.error}") from task.error


@contextmanager
def opened(file: IO[bytes], key: str) -> Iterator[IO[bytes]]:
    """Where to read what is in `file`, decrypted if it is encrypted.

    raises  BackupError: no key or another one, or the file was changed or cut off
    """
    is_sealed = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    if not is_sealed:
        yield file
        return
    identity = _identity(key)
    reading, writing = os.pipe()
    task = Task(lambda: _age().decrypt_io(file, target, [identity]), lambda: _close(target))
    with open(reading, "rb") as source, open(writing, "wb") as target:
        task.start()
        try:
            yield source
            while source.read(1024 * 1024):  # to the end, which says that nothing was cut off
                pass
        finally:
            error = task.error  # noted before the other end was closed; what comes after this we have caused
            source.close()
            task.join()
            if error:
                raise BackupError(
                    f"The archive cannot be decrypted: another BACKUP_KEY, or it is damaged ({error})."
                ) from error


class Task(threading.Thread):
    """One end of a pipe. `error` is what `work` raised; it is known before the other end sees `close`."""

    def __init__(self, work: Callable[[], Any], close: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._work, self._close = work, close
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:
            self.error = error
        finally:
            self._close()


def _close(file: IO[bytes]) -> None:
    """Close the writing end of a pipe, whose reader may be gone."""
    with suppress(BrokenPipeError):
        file.close()


def _recipient(key: str) -> Any:
    try:
        if key.startswith(SECRET):
            return _age().x25519.Identity.from_str(key).to_public()
        return _age().x25519.Recipient.from_str(key)
    except (_age().IdentityError, _age().RecipientError) as error:
        raise BackupError("BACKUP_KEY is no key of age. `manage.py backup --new-key` makes one.") from error


def _identity(key: str) -> Any:
    if not key.startswith(SECRET):
        raise BackupError(f"The archive is encrypted: set BACKUP_KEY to the secret key, {SECRET}….")
    try:
        return _age().x25519.Identity.from_str(key)
    except _age().IdentityError as error:
        raise BackupError("BACKUP_KEY is no secret key of age.") from error


def _age() -> Any:
    try:
        import pyrage  # type: ignore[import-untyped]
    except ImportError as error:
        raise BackupError("Encrypted backups need the package pyrage (requirements-optional.txt).") from error
    return pyrage
