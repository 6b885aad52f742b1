"""Whether the process that holds a run still lives."""

import os
import subprocess
import sys
from dataclasses import replace

from goodsmith.store.holders import is_gone, process_here, this_process


def test_this_process_lives():
    assert this_process().pid == os.getpid()
    assert not is_gone(this_process())


def test_a_process_that_ended_is_gone_also_before_its_parent_looked():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        holder = process_here(child.pid)
        assert not is_gone(holder)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        assert is_gone(holder)
    assert is_gone(holder)


def test_another_process_with_the_same_number_is_not_the_holder():
    assert is_gone(replace(this_process(), pid_started="1"))


def test_of_a_process_on_another_machine_nothing_is_known():
    assert not is_gone(replace(this_process(), machine="elsewhere", pid=1, pid_started="1"))
