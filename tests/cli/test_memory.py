"""A command keeps what it needs in memory, and nothing else."""

import subprocess
import sys

import pytest

RUN = """
import sys
sys.argv = ["goodsmith", "--home", "home", "run", "goods.csv", "-r", "listing", "-m", "stencil", "-o", "out.csv"]
from goodsmith.cli import main
try:
    main()
finally:
    print("pandas" in sys.modules)
"""


def test_a_run_from_the_command_line_leaves_pandas_alone(tmp_path):
    pytest.importorskip("pandas")
    (tmp_path / "goods.csv").write_text("sku,name\n1,Linen sheet\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", RUN], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False"
    assert (tmp_path / "out.csv").exists()
