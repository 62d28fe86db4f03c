"""The pages of one process: compressed once, bounded in bytes, the longest unused falling out first."""

from __future__ import annotations

import gzip
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b

import brotli
from django.conf import settings
from django.http import HttpResponse
from django.urls import ResolverMatch

from .keys import Key

GZIP_LEVEL = 6
# By brotli's scale to 11, where 11 takes four times as long as 10 for the last three hundredths.
GOOD, QUICK = 10, 5  # 12 ms for an article, a fifth smaller than gzip; 1 ms, a tenth smaller
OVERHEAD = 2000  # bytes: the key, the headers and what Python adds
LONGEST_TURN = 10.0  # seconds to wait for another thread's page, then it is made twice


@dataclass(frozen=True)
class Page:
    """An answer with status 200.

    gzipped, brotlied  its body
    etag               changes with the body
    headers            all others
    match              the view that made it, for the log
    """

    gzipped: bytes
    brotlied: bytes
    etag: str
    headers: dict[str, str]
    match: ResolverMatch | None

    @classmethod
    def of(cls, response: HttpResponse, match: ResolverMatch | None, *, is_rare: bool = False) -> Page:
        """The page that `response` is. One that is rare is compressed quickly, others once for many readers."""
        body = response.content
        headers = {
            name: value for name, value in response.items() if name not in ("Content-Length", "Vary")
        } | {
            "Vary": "Accept-Encoding, Cookie, Sec-GPC",
            "Cache-Control": "private, no-cache",  # the reader's own browser keeps it, and asks each time
        }
        return cls(
            gzip.compress(body, GZIP_LEVEL, mtime=0),
            brotli.compress(body, mode=brotli.MODE_TEXT, quality=QUICK if is_rare else GOOD),
            f'W/"{blake2b(body, digest_size=12).hexdigest()}"',  # weak: one for all encodings
            headers,
            match,
        )

    @property
    def size(self) -> int:
        return len(self.gzipped) + len(self.brotlied) + OVERHEAD

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.gzipped)

    def encoded(self, encoding: str) -> bytes:
        """The body in the content coding "br", "gzip" or "" (none)."""
        return {"br": self.brotlied, "gzip": self.gzipped}.get(encoding) or self.body

    def headers_for(self, encoding: str, length: int | None) -> dict[str, str]:
        """The headers of a whole answer, or of status 304 if there is no `length`."""
        headers = self.headers | {"ETag": self.etag}
        if length is None:
            headers.pop("Content-Type", None)
            return headers
        if encoding:
            headers["Content-Encoding"] = encoding
        return headers | {"Content-Length": str(length)}


class Store:
    """Safe to be used by several threads."""

    def __init__(self) -> None:
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()
        self._turns: dict[Key, tuple[threading.Lock, int]] = {}

    def get(self, key: Key) -> Page | None:
        """The page under `key`, which is now the last to fall out."""
        with self._lock:
            page = self._pages.get(key)
            if page is not None:
                self._pages.move_to_end(key)
            return page

    def put(self, key: Key, page: Page, *, is_rare: bool = False) -> None:
        """Keep `page`, in place of those unused for longest if it would be too much (PAGE_CACHE_BYTES).

        is_rare  until somebody asks for it again it is the first to fall out: any number of such pages, from
                 addresses that somebody makes up, do not push out those that many read
        """
        with self._lock:
            self._drop(key)
            if page.size > settings.PAGE_CACHE_BYTES:
                return
            while self._size + page.size > settings.PAGE_CACHE_BYTES:
                self._drop(next(iter(self._pages)))
            self._pages[key] = page
            self._size += page.size
            if is_rare:
                self._pages.move_to_end(key, last=False)

    def _drop(self, key: Key) -> None:
        page = self._pages.pop(key, None)
        if page is not None:
            self._size -= page.size

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._size

    def __len__(self) -> int:
        return len(self._pages)

    @contextmanager
    def turn(self, key: Key) -> Iterator[None]:
        """One thread at a time may make the page of `key`; the others find it when their turn comes."""
        with self._lock:
            lock, waiting = self._turns.get(key, (threading.Lock(), 0))
            self._turns[key] = (lock, waiting + 1)
        has_turn = lock.acquire(timeout=LONGEST_TURN)
        try:
            yield
        finally:
            if has_turn:
                lock.release()
            with self._lock:
                lock, waiting = self._turns.pop(key)
                if waiting > 1:
                    self._turns[key] = (lock, waiting - 1)


pages = Store()
