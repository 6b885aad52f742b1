import asyncio
import os
import signal
import time

import pytest

from goodsmith.base.locales import parse_locale
from goodsmith.checks import CHECKS, DeepChecks, open_checks
from goodsmith.records import Draft, OutputSpec, Severity

FATAL = """
import os, time
from goodsmith.checks import CHECKS

class Fatal:
    name = "fatal"
    deep = True
    def __call__(self, drafts, *, outputs, fields, locale):
        what = fields.get("do")
        if what == "die":
            os._exit(3)
        if what == "hang":
            time.sleep(60)
        if what == "raise":
            raise ValueError("bad row")
        print("noise between the frames")
        return ()

CHECKS["fatal"] = Fatal
"""
EN, DE = "It keeps drinks cold for a whole day.", "Sie hält Getränke einen ganzen Tag lang kalt."
OUTPUTS = {"description": OutputSpec(slot="description")}


class Named:
    """Stands for a check that lives in another module; only its name travels."""

    deep = True

    def __init__(self, name):
        self.name = name

    def __call__(self, drafts, *, outputs, fields, locale):
        raise AssertionError("a deep check ran in the process of the event loop")


@pytest.fixture
def fatal(tmp_path, monkeypatch):
    (tmp_path / "fatal_check.py").write_text(FATAL, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return [Named("fatal")]


async def ask(deep, checks, text="", **fields):
    drafts = [Draft(slot="description", locale="en-US", value=text, maker="m")]
    looked = await deep.run(checks, drafts, outputs=OUTPUTS, fields=fields, locale=parse_locale("en-US"))
    return looked.findings


def test_a_deep_check_runs_in_another_process_and_gives_its_findings():
    async def judge():
        deep = DeepChecks(processes=2)
        assert deep.pids == ()  # nothing is started before a row needs it
        strict = open_checks(["language_strict"])
        found = await asyncio.gather(*(ask(deep, strict, f"{EN} {DE}" if n % 2 else EN) for n in range(6)))
        pids = deep.pids
        deep.close()
        return found, pids

    found, pids = asyncio.run(judge())
    assert [len(one) for one in found] == [0, 1, 0, 1, 0, 1]
    assert found[1][0].rule == "language_strict"
    assert os.getpid() not in pids
    assert 1 <= len(pids) <= 2


@pytest.mark.parametrize(
    ("what", "said"), [("die", "died (exit 3)"), ("hang", "no answer within"), ("raise", "bad row")]
)
def test_a_check_that_dies_hangs_or_raises_blocks_its_row_alone(fatal, what, said):
    async def judge():
        deep = DeepChecks(processes=1, timeout_s=1.5, imports=["fatal_check"])
        found = [await ask(deep, fatal), await ask(deep, fatal, do=what), await ask(deep, fatal)]
        deep.close()
        return found

    before, during, after = asyncio.run(judge())
    assert (before, after) == ((), ())
    assert [(one.rule, one.severity) for one in during] == [("fatal", Severity.BLOCK)]
    assert said in during[0].en


def test_a_worker_that_was_killed_between_two_rows_is_replaced():
    async def judge():
        deep = DeepChecks()
        strict = open_checks(["language_strict"])
        await ask(deep, strict, EN)
        (pid,) = deep.pids
        os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(0.2)
        found = await ask(deep, strict, DE)
        deep.close()
        return found

    assert [one.severity for one in asyncio.run(judge())] == [Severity.WARNING]


def test_a_check_that_a_worker_does_not_know_blocks():
    async def judge():
        deep = DeepChecks(imports=["a_module_that_is_not_there"])
        found = await ask(deep, open_checks(["language_strict"]), EN)
        deep.close()
        return found

    assert [one.severity for one in asyncio.run(judge())] == [Severity.BLOCK]


def test_closing_ends_the_workers_and_what_still_comes_is_blocked():
    async def judge():
        deep = DeepChecks()
        strict = open_checks(["language_strict"])
        await ask(deep, strict, EN)
        (pid,) = deep.pids
        deep.close()
        deep.close()
        return pid, await ask(deep, strict, EN)

    pid, found = asyncio.run(judge())
    assert [one.severity for one in found] == [Severity.BLOCK]
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_closing_does_not_wait_for_a_check_that_hangs(fatal):
    async def judge():
        deep = DeepChecks(timeout_s=60, imports=["fatal_check"])
        waiting = asyncio.ensure_future(ask(deep, fatal, do="hang"))
        while not deep.pids:  # noqa: ASYNC110  the pool is asked, not told
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.5)
        deep.close()
        return await waiting

    started = time.monotonic()
    assert [one.severity for one in asyncio.run(judge())] == [Severity.BLOCK]
    assert time.monotonic() - started < 10


def test_a_pool_that_nobody_used_closes_without_a_process():
    deep = DeepChecks()
    deep.close()
    assert deep.pids == ()
    assert any(opener().deep for opener in CHECKS.values())
