"""Every answer is on disk before it is used: one append-only file for each attempt at a chunk.

A file is four bytes of magic and then frames: length and CRC-32 of the payload (two little-endian uint32), payload
(MessagePack array). A frame that is cut or does not match its checksum ends the file; what stands before it counts.
"""

from __future__ import annotations

import logging
import os
import struct
import threading
import zlib
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import msgspec

from goodsmith.errors import Corrupt, StoreError
from goodsmith.records import Answer, Usage
from goodsmith.store.disk import disk, disk_error

log = logging.getLogger(__name__)

MAGIC: Final = b"GSJ1"
GROUP_S: Final = 0.05  # an fsync covers what came in within this time,
GROUP_RECORDS: Final = 64  # or this many records of one file
ANSWER_ROOM: Final = 8_192  # disk space set aside for each answer on its way, so that a full disk loses none
ROOM_STEP: Final = 1 << 20  # it is set aside in steps of this size

# What a record holds, in this order; new fields go to the end, so that older journals can be read.
ANSWER_FIELDS: Final = (
    "text",
    "model",
    "finish_reason",
    "cost_nanos",
    "currency",
    "latency_s",
    "request_id",
    "from_cache",
    "retries",
)
USAGE_FIELDS: Final = ("input_tokens", "output_tokens", "cached_tokens", "thinking_tokens")

_ANSWER = attrgetter(*ANSWER_FIELDS)
_USAGE = attrgetter(*USAGE_FIELDS)
_SENT: Final = 0
_RECEIVED: Final = 1
_FRAME = struct.Struct("<II")


class Journal:
    """What one attempt at a chunk sends and receives (protocols.Recorder). The file appears with the first record.

    maybe_paid_twice: calls of earlier attempts that were sent and have no answer.
    recovered_nanos: cost of the answers that earlier attempts received; 0 for those without a price.
    """

    def __init__(self, path: Path, *, chunk: int, attempt: int, earlier: tuple[Path, ...] = ()) -> None:
        self._path, self.chunk, self.attempt = path, chunk, attempt
        self.maybe_paid_twice = 0
        self.recovered_nanos = 0
        self._answers: dict[tuple[int, bytes], Answer] = {}
        self._handle = -1
        self._end = self._reserved = 0
        self._on_their_way = 0
        self._unsynced = 0
        self._closed = False
        self._failure: StoreError | None = None
        self._lock = threading.Lock()  # of the file's end
        self._syncing = threading.Lock()  # held while the disk works, so that records need not wait for it
        self._encode = msgspec.msgpack.Encoder().encode
        for path_ in earlier:
            self._load(path_)
        if path.exists():  # this attempt wrote before: its process was replaced
            self._end = self._load(path)

    @classmethod
    def open(cls, folder: Path, chunk: int, attempt: int) -> Journal:
        """The journal of an attempt, with the answers of all earlier ones. folder: of the run."""
        earlier = tuple(path for path in (_path(folder, chunk, past) for past in range(1, attempt)) if path.exists())
        return cls(_path(folder, chunk, attempt), chunk=chunk, attempt=attempt, earlier=earlier)

    def recall(self, ordinal: int, call: bytes) -> Answer | None:
        """The answer exactly as an earlier attempt received it. It was paid for; no chunk has been billed for it."""
        return self._answers.get((ordinal, call))

    def sent(self, ordinal: int, call: bytes) -> None:
        """Raises StoreError if the disk has no room for the answer; then the call must not be made."""
        self._write(self._encode((_SENT, ordinal, call)), room=(self._on_their_way + 1) * ANSWER_ROOM)
        self._on_their_way += 1

    def received(self, ordinal: int, call: bytes, answer: Answer) -> None:
        self._on_their_way = max(self._on_their_way - 1, 0)
        usage = answer.usage and _USAGE(answer.usage)
        self._write(self._encode((_RECEIVED, ordinal, call, usage, *_ANSWER(answer))))

    def sync(self) -> None:
        """Make all that was recorded durable now."""
        with self._syncing:
            with self._lock:
                handle, unsynced, self._unsynced = self._handle, self._unsynced, 0
            if handle < 0 or not unsynced:
                return
            try:
                _fdatasync(handle)
            except OSError as problem:
                self._failure = disk_error(self._path, problem)
                raise self._failure from problem

    def close(self) -> None:
        """Sync and let go of the file; the answers stay for a later attempt."""
        try:
            self.sync()
        finally:
            with self._syncing, self._lock:
                handle, self._handle, self._closed = self._handle, -1, True
                if handle >= 0:
                    if self._reserved > self._end:
                        os.ftruncate(handle, self._end)
                    os.close(handle)

    def _write(self, payload: bytes, *, room: int = 0) -> None:
        if self._failure is not None:
            raise self._failure
        frame = _FRAME.pack(len(payload), zlib.crc32(payload)) + payload
        with self._lock:
            try:
                if self._handle < 0:
                    self._create()
                if room and self._end + len(frame) + room > self._reserved:
                    self._reserve(self._end + len(frame) + room)
                self._put(frame)
            except OSError as problem:
                raise disk_error(self._path, problem) from problem
            self._unsynced += 1
            unsynced = self._unsynced
        if unsynced in {1, GROUP_RECORDS}:
            _SYNCER.note(self, urgent=unsynced == GROUP_RECORDS)

    def _put(self, frame: bytes) -> None:
        done = 0
        while done < len(frame):  # a full disk may take a part; the next record then overwrites it
            done += _pwrite(self._handle, frame[done:], self._end + done)
        self._end += len(frame)

    def _create(self) -> None:
        if self._closed:
            raise StoreError(f"{self._path} is closed")
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
        self._handle = os.open(self._path, flags, 0o644)
        self._reserved = 0
        os.ftruncate(self._handle, self._end)  # drops a torn tail
        if self._end == 0:
            self._put(MAGIC)

    def _reserve(self, upto: int) -> None:
        """Take disk space ahead of the answers. A reserved tail reads as zeros, which no frame begins with."""
        if not hasattr(os, "posix_fallocate"):
            return
        upto = -(-upto // ROOM_STEP) * ROOM_STEP
        start = max(self._reserved, self._end)
        os.posix_fallocate(self._handle, start, upto - start)
        self._reserved = upto

    def _load(self, path: Path) -> int:
        """Take over what a file holds; the place where its last whole frame ends."""
        open_calls: set[tuple[int, bytes]] = set()
        last = 0
        for end, message in _frames(path):
            last = end
            call = (message[1], message[2])
            if message[0] == _SENT:
                open_calls.add(call)
            elif message[0] == _RECEIVED:
                open_calls.discard(call)
                answer = self._answers[call] = _answer(message)
                self.recovered_nanos += 0 if answer.from_cache else answer.cost_nanos or 0
        self.maybe_paid_twice += len(open_calls)
        return last


def received_nanos(folder: Path, chunk: int) -> int:
    """What the answers in a chunk's journals cost, all attempts together."""
    bought = (
        _answer(message) for path in _journals(folder, chunk) for _, message in _frames(path) if message[0] == _RECEIVED
    )
    return sum(answer.cost_nanos or 0 for answer in bought if not answer.from_cache)


def delete_journals(folder: Path, chunk: int) -> None:
    """Remove all journals of a chunk, after its commit."""
    for path in _journals(folder, chunk):
        with disk(path):
            path.unlink(missing_ok=True)


def _path(folder: Path, chunk: int, attempt: int) -> Path:
    return folder / "journal" / f"{chunk:06d}-{attempt}.log"


def _journals(folder: Path, chunk: int) -> list[Path]:
    return sorted((folder / "journal").glob(f"{chunk:06d}-*.log"))


def _frames(path: Path) -> Iterator[tuple[int, list[Any]]]:
    """(end, message) of each whole frame in order."""
    with disk(path):
        content = path.read_bytes()
    if not content.startswith(MAGIC):
        if MAGIC.startswith(content[: len(MAGIC)].rstrip(b"\0")):
            return  # cut within the magic
        raise Corrupt(f"{path} is not a journal", zh=f"{path} 不是日志文件")
    decode = msgspec.msgpack.Decoder().decode
    place = len(MAGIC)
    while place + _FRAME.size <= len(content):
        length, checksum = _FRAME.unpack_from(content, place)
        end = place + _FRAME.size + length
        payload = content[place + _FRAME.size : end]
        if not length or end > len(content) or zlib.crc32(payload) != checksum:
            break
        yield end, decode(payload)
        place = end
    if content[place:].strip(b"\0"):
        log.warning(
            "%s: %d bytes after its last whole record are dropped",
            path,
            len(content) - place,
            extra={"event": "journal_torn", "path": str(path), "bytes": len(content) - place},
        )


def _answer(message: list[Any]) -> Answer:
    _, _, _, usage, *values = message
    return Answer(
        usage=None if usage is None else Usage(**dict(zip(USAGE_FIELDS, usage, strict=False))),
        **dict(zip(ANSWER_FIELDS, values, strict=False)),  # a journal of an older version has fewer
    )


def _pwrite(handle: int, data: bytes, place: int) -> int:
    if hasattr(os, "pwrite"):
        return os.pwrite(handle, data, place)
    os.lseek(handle, place, os.SEEK_SET)
    return os.write(handle, data)


def _fdatasync(handle: int) -> None:
    getattr(os, "fdatasync", os.fsync)(handle)


class _Syncer:
    """One thread for all journals of the process: what came in since the last fsync goes to disk together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, Journal] = {}
        self._some, self._now = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._forget)

    def note(self, journal: Journal, *, urgent: bool) -> None:
        with self._lock:
            self._waiting[id(journal)] = journal
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="goodsmith-journal", daemon=True)
                self._thread.start()
        self._some.set()
        if urgent:
            self._now.set()

    def _forget(self) -> None:
        """A forked child has no thread, and locks in any state."""
        self._lock = threading.Lock()
        self._waiting = {}
        self._some, self._now = threading.Event(), threading.Event()
        self._thread = None

    def _work(self) -> None:
        while True:
            self._some.wait()
            self._now.wait(GROUP_S)
            self._some.clear()
            self._now.clear()
            with self._lock:
                waiting, self._waiting = self._waiting, {}
            for journal in waiting.values():
                try:
                    journal.sync()
                except StoreError:  # the journal keeps it and raises it at the next record
                    log.exception("journal could not be synced", extra={"event": "journal_sync_failed"})


_SYNCER = _Syncer()
