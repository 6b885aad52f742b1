"""The built wheel in a fresh environment: what a user gets, without the checkout."""

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEADER = ["sku", "商品名称", "品牌", "材质", "规格"]
ROWS = [[f"00{n}", f"手冲咖啡壶 {n} 号", "禾木", "玻璃", f"{n}00ml"] for n in range(1, 6)]


def run(*command, cwd, **environment):
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, (
        f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    )
    return done.stdout


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """The folder of a new environment's commands, with only the wheel and what it needs."""
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("goodsmith-*.whl")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    bin_folder = folder / "venv" / "bin"
    constraints = ROOT / "constraints.txt"
    run(bin_folder / "python", "-m", "pip", "install", "-qq", "-c", constraints, wheel, cwd=folder)
    yield bin_folder
    shutil.rmtree(folder / "venv")  # half a gigabyte


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_imports_quickly_and_knows_its_version(fresh, tmp_path):
    code = "import time; t = time.perf_counter(); import goodsmith; print(time.perf_counter() - t)"
    assert min(float(run(fresh / "python", "-c", code, cwd=tmp_path)) for _ in range(3)) < 0.5
    assert run(fresh / "goodsmith", "--version", cwd=tmp_path).strip()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_makes_copy_from_a_csv(fresh, tmp_path):
    with (tmp_path / "壶.csv").open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([HEADER, *ROWS])
    command = ("run", "壶.csv", "-r", "listing", "--locale", "zh-CN", "-o", "out.csv")
    run(fresh / "goodsmith", *command, cwd=tmp_path)
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        made = list(csv.DictReader(file))
    assert [row["sku"] for row in made] == ["001", "002", "003", "004", "005"]
    assert [row[name] for row in made for name in HEADER] == [cell for row in ROWS for cell in row]
    title = next(name for name in made[0] if name.startswith("title"))
    assert all("手冲咖啡壶" in row[title] for row in made)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_wheel_holds_no_tests_and_every_data_file(fresh, tmp_path):
    code = (
        "import goodsmith, pathlib; root = pathlib.Path(goodsmith.__file__).parent; "
        "print(*(path.relative_to(root).as_posix() for path in root.rglob('*') if path.is_file()), sep='\\n')"
    )
    installed = set(run(fresh / "python", "-c", code, cwd=tmp_path).split("\n"))
    source = ROOT / "src" / "goodsmith"
    asked = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."]
    listed = subprocess.run(asked, cwd=source, capture_output=True, text=True, check=False).stdout.split("\n")
    assert {name for name in listed if name and (source / name).is_file()} <= installed
