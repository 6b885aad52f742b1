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
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from goodsmith.errors import Corrupt, StoreError
from goodsmith.records import Answer, RouteStep, Usage
from goodsmith.store.disk import disk, disk_error

if TYPE_CHECKING:
    from goodsmith.store.pending import Mirror

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
    "rung",
    "route",
)
USAGE_FIELDS: Final = ("input_tokens", "output_tokens", "cached_tokens", "thinking_tokens", "cache_write_tokens")

_ANSWER = attrgetter(*ANSWER_FIELDS)
_USAGE = attrgetter(*USAGE_FIELDS)
_SENT: Final = 0
_RECEIVED: Final = 1
_FRAME = struct.Struct("<II")


class Journal:
    """What one attempt at a chunk sends and receives (protocols.Recorder). The file appears with the first record.

    maybe_paid_twice: calls of earlier attempts that were sent and have no answer.
    recovered_nanos: cost of the answers that earlier attempts received; 0 for those without a price.
    mirror: takes what is written to other machines, and has what they wrote.
    """

    def __init__(self, folder: Path, chunk: int, attempt: int, *, mirror: Mirror | None = None) -> None:
        self._path, self.chunk, self.attempt = _path(folder, chunk, attempt), chunk, attempt
        self._mirror = mirror
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
        elsewhere = mirror.load(chunk) if mirror is not None and attempt > 1 else {}
        for past in range(1, attempt):
            self._load(past, _content(_path(folder, chunk, past)), elsewhere.get(past))
        self._end = self._take(_whole(_content(self._path), self._path))  # this attempt may have been begun before

    @classmethod
    def open(cls, folder: Path, chunk: int, attempt: int, *, mirror: Mirror | None = None) -> Journal:
        """The journal of an attempt, with the answers of all earlier ones. folder: of the run."""
        return cls(folder, chunk, attempt, mirror=mirror)

    def recall(self, ordinal: int, call: bytes) -> Answer | None:
        """The answer exactly as an earlier attempt received it. It was paid for; no chunk has been billed for it."""
        return self._answers.get((ordinal, call))

    def sent(self, ordinal: int, call: bytes) -> None:
        """Raises StoreError if the disk has no room for the answer; then the call must not be made.

        Or if answers have not reached the mirror for too long.
        """
        if self._mirror is not None:
            self._mirror.check()
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
            if self._mirror is not None:
                self._mirror.flush()
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
            if self._mirror is not None:
                self._mirror.add(self.chunk, self.attempt, self._end - len(frame), frame)
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

    def _load(self, attempt: int, here: bytes, elsewhere: tuple[int, bytes] | None) -> None:
        """Take over what an earlier attempt wrote, and ship what of it is only here."""
        path = _path(self._path.parent.parent, self.chunk, attempt)
        mine, theirs = _whole(here, path), _whole(_mirrored(elsewhere), path)
        end = self._take(mine if len(mine) >= len(theirs) else theirs)
        shipped = theirs[-1][0] if theirs else len(MAGIC)
        if self._mirror is not None and end > shipped:
            self._mirror.add(self.chunk, attempt, shipped, here[shipped:end])

    def _take(self, frames: list[_Frame]) -> int:
        """Take over the answers of an attempt; the place where its last whole frame ends."""
        open_calls: set[tuple[int, bytes]] = set()
        for _, message in frames:
            call = (message[1], message[2])
            if message[0] == _SENT:
                open_calls.add(call)
            elif message[0] == _RECEIVED:
                open_calls.discard(call)
                answer = self._answers[call] = _answer(message)
                self.recovered_nanos += 0 if answer.from_cache else answer.cost_nanos or 0
        self.maybe_paid_twice += len(open_calls)
        return frames[-1][0] if frames else 0


def received_nanos(folder: Path, chunk: int, elsewhere: Mapping[int, tuple[int, bytes]] | None = None) -> int:
    """What the answers in a chunk's journals cost, all attempts together. elsewhere: what `pending.contents` says."""
    elsewhere = elsewhere or {}
    local = {int(path.stem.partition("-")[2]): path for path in _journals(folder, chunk)}
    total = 0
    for attempt in local.keys() | elsewhere.keys():
        path = _path(folder, chunk, attempt)
        both = _whole(_content(path), path), _whole(_mirrored(elsewhere.get(attempt)), path)
        bought = (_answer(message) for _, message in max(both, key=len) if message[0] == _RECEIVED)
        total += sum(answer.cost_nanos or 0 for answer in bought if not answer.from_cache)
    return total


def delete_journals(folder: Path, chunk: int) -> None:
    """Remove all journals of a chunk, after its commit."""
    for path in _journals(folder, chunk):
        with disk(path):
            path.unlink(missing_ok=True)


def _path(folder: Path, chunk: int, attempt: int) -> Path:
    return folder / "journal" / f"{chunk:06d}-{attempt}.log"


def _journals(folder: Path, chunk: int) -> list[Path]:
    return sorted((folder / "journal").glob(f"{chunk:06d}-*.log"))


def _content(path: Path) -> bytes:
    """What a file holds; nothing if it is not there."""
    try:
        with disk(path):
            return path.read_bytes()
    except StoreError as problem:
        if isinstance(problem.__cause__, FileNotFoundError):
            return b""
        raise


def _mirrored(piece: tuple[int, bytes] | None) -> bytes:
    """What stood in the file, as far as it was shipped without a gap."""
    return MAGIC + piece[1] if piece is not None and piece[0] == len(MAGIC) else b""


_Frame = tuple[int, list[Any]]


def _whole(content: bytes, path: Path) -> list[_Frame]:
    """(end, message) of each whole frame in order."""
    return list(_frames(content, path))


def _frames(content: bytes, path: Path) -> Iterator[_Frame]:
    if not content.startswith(MAGIC):
        if MAGIC.startswith(content[: len(MAGIC)].rstrip(b"\0")):
            return  # cut within the magic, or nothing
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
    said = dict(zip(ANSWER_FIELDS, values, strict=False))  # a journal of an older version has fewer
    if "route" in said:
        said["route"] = tuple(RouteStep(**step) for step in said["route"])
    return Answer(usage=None if usage is None else Usage(**dict(zip(USAGE_FIELDS, usage, strict=False))), **said)


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
