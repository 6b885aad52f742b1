"""Runs from the command line: plans, queues, looks from outside, interruptions, pipes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

FULL = Path("/dev/full")
SLOW = ("-m", "rehearsal/smooth", "--concurrency", "2", "--price", "in=1,out=2,currency=CNY", "--locale", "en-US")


def wait_for(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def test_a_dry_run_is_a_result_and_makes_no_run(goodsmith):
    goodsmith.products()
    done = goodsmith("run", "products.csv", "--locale", "en-US", "--dry-run")
    assert "4 of 4 rows selected" in done.stdout
    assert "title: " in done.stdout
    assert goodsmith.json("runs") == []


def test_sentences_that_make_nothing_of_a_source_are_noticed_before_the_run(goodsmith):
    goodsmith.products()
    assert "--locale en-US" in goodsmith("run", "products.csv", "--locale", "zh-CN", "--dry-run").stdout
    assert "Note" not in goodsmith("run", "products.csv", "--locale", "en-US", "--dry-run").stdout


def test_a_file_that_cannot_be_written_is_noticed_before_the_run(goodsmith):
    goodsmith.products()
    goodsmith("run", "products.csv", "-o", "products.csv", exit_code=2)
    goodsmith("run", "products.csv", "-o", "nowhere/out.xlsx", exit_code=2)
    assert goodsmith.json("runs") == []


def test_a_queued_run_waits_for_a_worker(goodsmith):
    goodsmith.products()
    queued = goodsmith.json("run", "products.csv", "--locale", "en-US", "--queue")
    assert goodsmith.json("status")["state"] == "ready"
    assert "goodsmith worker" in goodsmith("status").stdout
    assert f"Run {queued['run']}: complete" in goodsmith("worker", "--once").stderr
    assert goodsmith.json("status", queued["run"])["made"] == 4
    assert "Nothing waits" in goodsmith("worker", "--once").stderr


def test_a_run_without_a_price_says_that_its_cost_is_unknown(goodsmith):
    goodsmith.products()
    command = ("run", "products.csv", "-m", "own-model", "--base-url", "http://127.0.0.1:9/v1", "--locale", "en-US")
    assert "price is unknown" in goodsmith(*command, "--dry-run").stdout
    refused = goodsmith(*command, "--budget", "1CNY", exit_code=2)
    assert "--price" in refused.stderr


def test_a_run_that_is_out_of_money_says_how_to_go_on(goodsmith):
    goodsmith.products()
    priced = ("-m", "rehearsal/instant", "--price", "in=1,out=2,currency=CNY", "--locale", "en-US")
    done = goodsmith("run", "products.csv", *priced, "--budget", "0.001CNY", exit_code=3)
    run = done.stderr.rpartition("goodsmith resume ")[2].split()[0]
    facts = goodsmith.json("resume", run, "--budget", "5CNY")
    assert (facts["made"], facts["exit_code"]) == (4, 0)
    assert facts["cost"] > 0


def left_by_the_driver(goodsmith):
    return list(goodsmith.folder.glob(".goodsmith/runs/*/live.json"))


@pytest.mark.slow
def test_status_tells_what_another_process_is_doing_and_ctrl_c_how_to_go_on(goodsmith):
    goodsmith.products(400)
    process = goodsmith.start("run", "products.csv", *SLOW)

    wait_for(lambda: any(json.loads(file.read_text())["made"] for file in left_by_the_driver(goodsmith)))
    facts = goodsmith.json("status")
    assert facts["driver"]["pid"] == process.pid
    assert facts["live"]["rows_per_s"] > 0
    assert f"Driven by process {process.pid}" in goodsmith("status").stdout
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"goodsmith resume {facts['run']}" in said
    assert goodsmith.json("status")["driver"] is None


@pytest.mark.slow
def test_a_run_whose_process_was_killed_is_said_to_be_resumable(goodsmith):
    goodsmith.products(400)
    process = goodsmith.start("run", "products.csv", *SLOW)
    wait_for(lambda: left_by_the_driver(goodsmith))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    said = goodsmith("status").stdout
    assert "its process is gone" in said
    assert "goodsmith resume" in said


@pytest.mark.parametrize("after_s", [0.1, 0.6])
def test_ctrl_c_while_a_source_is_read_ends_with_130_and_no_traceback(goodsmith, after_s):
    goodsmith.products(60_000)
    process = goodsmith.start("inspect", "products.csv")
    time.sleep(after_s)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode in {130, -signal.SIGINT}  # the latter before a line of ours has run
    assert process.returncode != 130 or "Traceback" not in said


def test_a_reader_that_goes_away_ends_a_command_quietly(goodsmith):
    goodsmith.products()
    ours, theirs = os.pipe()
    process = goodsmith.start("inspect", "products.csv", stdout=theirs)
    os.close(theirs)
    os.close(ours)
    assert process.communicate()[1] == ""
    assert process.returncode == 141


def test_nobody_reading_the_progress_is_no_reason_to_stop(goodsmith):
    goodsmith.products()
    ours, theirs = os.pipe()
    process = goodsmith.start("run", "products.csv", "--locale", "en-US", stderr=theirs)
    os.close(theirs)
    os.close(ours)
    process.communicate()
    assert process.returncode == 0
    assert goodsmith.json("status")["made"] == 4


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_harm_nothing(goodsmith, closed):
    goodsmith.products()
    command = f"exec {sys.executable} -m goodsmith run products.csv --locale en-US -o out.csv {closed}"
    done = subprocess.run(["sh", "-c", command], cwd=goodsmith.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (goodsmith.folder / "out.csv").exists()


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
def test_a_full_disk_behind_stdout_is_one_line(goodsmith):
    with FULL.open("w", encoding="utf-8") as full:
        said = goodsmith("recipe", "show", "listing", stdout=full, exit_code=2).stderr
    assert "no space left" in said
    assert said.count("\n") == 1
