"""Deep checks run in processes of their own, so that no model or regex can hold up the event loop or take it down.

A process has one row at a time: if it dies or hangs, the row that it had is the one to blame, and that row is blocked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from goodsmith.checks.deep_worker import Task, Verdict, read_frame, write_frame
from goodsmith.checks.running import could_not_run
from goodsmith.errors import CheckUnavailable
from goodsmith.protocols import Check
from goodsmith.records import Draft, Fields, Locale, Looked, OutputSpec

# Passing sys.path on makes the worker find what this process finds, however that was started.
_SERVE = (
    "import json, sys; given = json.loads(sys.argv[1]); sys.path[:] = given['path']; "
    "from goodsmith.checks.deep_worker import serve; serve(given['imports'])"
)
_END_S = 2.0  # for a worker to leave by itself


class DeepChecks:
    """A pool of worker processes, started when the first row needs one.

    imports: modules that the workers import first; they may add to CHECKS.
    """

    def __init__(self, *, processes: int = 1, timeout_s: float = 30.0, imports: Sequence[str] = ()) -> None:
        self._processes = max(1, processes)
        self._timeout_s = timeout_s
        self._imports = tuple(imports)
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(self._processes):
            self._idle.put(None)  # a place for a worker that is not started yet
        self._threads: ThreadPoolExecutor | None = None
        self._working: set[_Worker] = set()
        self._closed = False

    async def run(
        self,
        checks: Sequence[Check],
        drafts: Sequence[Draft],
        *,
        outputs: Mapping[str, OutputSpec],
        fields: Fields,
        locale: Locale | None,
    ) -> Looked:
        """What the checks say of one product in one locale. A check that could not run is a finding that blocks."""
        names = [check.name for check in checks]
        if not names:
            return Looked()
        texts = {name: value for name, value in fields.items() if isinstance(value, str)}
        task = Task(names=names, drafts=list(drafts), outputs=dict(outputs), fields=texts, locale=locale)
        if self._closed:
            verdict: Verdict | CheckUnavailable = _closed()
        else:
            verdict = await asyncio.get_running_loop().run_in_executor(self._open_threads(), self._ask, task)
        if isinstance(verdict, CheckUnavailable):
            tag = locale.tag if locale else ""
            return Looked(findings=tuple(could_not_run(name, verdict, locale=tag) for name in names))
        return verdict.looked

    @property
    def pids(self) -> tuple[int, ...]:
        """The worker processes that are alive now."""
        waiting = [worker for worker in tuple(self._idle.queue) if worker is not None]
        return tuple(worker.pid for worker in (*waiting, *tuple(self._working)))

    def close(self) -> None:
        """End the workers. What is still being checked becomes a finding that blocks."""
        self._closed = True
        for worker in tuple(self._working):
            worker.kill()
        if self._threads is not None:
            self._threads.shutdown(wait=True)
        while not self._idle.empty():
            left = self._idle.get()
            if left is not None:
                left.end()

    def _open_threads(self) -> ThreadPoolExecutor:
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self._processes, thread_name_prefix="deep-check")
        return self._threads

    def _ask(self, task: Task) -> Verdict | CheckUnavailable:
        """One thread drives one worker, so there is always a place free."""
        if self._closed:
            return _closed()
        worker = self._idle.get()
        try:
            if worker is not None and not worker.alive:
                worker.end()  # died between two rows: nobody's fault
                worker = None
            worker = worker or _Worker(self._imports)
            self._working.add(worker)
            return worker.ask(task, self._timeout_s)
        except CheckUnavailable as error:
            if worker is not None:
                worker.end()
            return error
        finally:
            if worker is not None:
                self._working.discard(worker)
            self._idle.put(worker if worker is not None and worker.alive else None)


def _closed() -> CheckUnavailable:
    return CheckUnavailable("the deep checks are closed", zh="深度检查已关闭")


class _Worker:
    """One child process that answers frames. It leaves when its standard input ends, so also when we die."""

    def __init__(self, imports: Sequence[str]) -> None:
        given = json.dumps({"path": sys.path, "imports": list(imports)})
        try:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and module
                [sys.executable, "-c", _SERVE, given],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            raise CheckUnavailable(f"no process for it: {error}", zh=f"无法启动进程:{error}") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, task: Task, timeout_s: float) -> Verdict:
        """Raises CheckUnavailable if the process dies or does not answer in time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        timer = threading.Timer(timeout_s, self._process.kill)
        timer.daemon = True
        timer.start()
        try:
            write_frame(self._process.stdin, task)
            answer = read_frame(self._process.stdout, Verdict)
        except OSError:
            answer = None  # its end of the pipe is gone
        finally:
            late = timer.finished.is_set()
            timer.cancel()
        if answer is None:
            if late:
                raise CheckUnavailable(f"no answer within {timeout_s:g} s", zh=f"{timeout_s:g} 秒内没有结果")
            code = self._process.wait()
            raise CheckUnavailable(f"its process died (exit {code})", zh=f"其进程意外退出(代码 {code})")
        return answer

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Ask it to leave, then make it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):  # it is gone already
            self._process.stdin.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
