"""Every setting, on one page: type, unit, default, help. Read once at start.

Order: flag > environment (`GOODSMITH_CONCURRENCY`) > `goodsmith.toml` > default. A typo is an error that names the near
ones. Secrets stand here by reference only: `env:NAME` or `file:PATH`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final

from goodsmith.errors import UnknownName, UsageError

FILE: Final = "goodsmith.toml"
PREFIX: Final = "GOODSMITH_"
HOME: Final = ".goodsmith"


def _setting(default: Any, en: str, zh: str) -> Any:
    return field(default=default, metadata={"en": en, "zh": zh})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings of a process. The unit is in the name: `_s` seconds, `_bytes`, `_rows`."""

    home: Path = _setting(
        Path(HOME),
        "Folder of runs, imports and the control database; by default the nearest `.goodsmith` upward",
        "运行、导入与控制数据库所在的文件夹;默认为向上最近的 `.goodsmith`",
    )
    database_url: str | None = _setting(
        None,
        "Control database such as postgresql+psycopg://user@host/name; none: SQLite in the home folder",
        "控制数据库,例如 postgresql+psycopg://user@host/name;不填则用主文件夹内的 SQLite",
    )
    language: str = _setting(
        "auto", "Language of messages: en, zh, or auto (from LANG)", "消息语言:en、zh 或 auto(取自 LANG)"
    )
    model: str = _setting("stencil", "Model when none is named: provider/name", "未指定模型时使用的模型:供应商/名称")
    base_url: str | None = _setting(
        None, "An OpenAI-compatible endpoint in the place of the provider's own", "替代供应商地址的 OpenAI 兼容端点"
    )
    api_key: str | None = _setting(
        None,
        "Where the key is: env:NAME or file:PATH; none: the provider's own variable",
        "密钥位置:env:变量名 或 file:路径;不填则用供应商默认变量",
    )
    concurrency: int = _setting(
        64, "Products in flight at once, in all processes together", "同时处理的商品数(所有进程合计)"
    )
    workers: int = _setting(0, "Processes; 0: as many as pay", "进程数;0 表示自动")
    timeout_s: float = _setting(120.0, "Seconds to wait for one answer", "等待单次回答的秒数")
    cache: bool = _setting(True, "Take answers that were bought before from the cache", "是否使用已购买回答的缓存")
    chunk_rows: int = _setting(1_000, "Rows of a chunk, the unit of commit", "每块行数(提交单位)")
    lease_s: float = _setting(
        30.0, "Seconds that a driver holds a run without renewing", "驱动进程不续租时持有运行的秒数"
    )
    import_memory_bytes: int = _setting(
        1_500_000_000, "Address space of the process that reads a workbook", "读取工作簿的进程内存上限"
    )
    export_memory_bytes: int = _setting(
        1_500_000_000, "Address space of the process that writes a workbook", "写入工作簿的进程内存上限"
    )


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Settings:
    """The settings that hold for a folder (None: the current one).

    Raises UnknownName for a name nobody knows, UsageError for a value that does not fit.
    """
    environ = os.environ if environ is None else environ
    folder = folder or Path.cwd()
    known = {setting.name for setting in fields(Settings)}
    found: dict[str, Any] = {}
    for name, value in _from_file(folder).items():
        found[_known(name, known, f"setting in {FILE}", f"{FILE} 中的设置")] = value
    for name, text in environ.items():
        if name.startswith(PREFIX) and text:
            found[_known(name.removeprefix(PREFIX).lower(), known, "setting in the environment", "环境变量设置")] = text
    found |= {name: value for name, value in (flags or {}).items() if value is not None}
    values = {name: _fitting(name, value) for name, value in found.items()}
    values["home"] = _home(values.get("home"), folder)
    if values.get("language", "auto") == "auto":
        values["language"] = _language(environ)
    return Settings(**values)


def setting_rows() -> list[tuple[str, str, str, str, str]]:
    """(name, type, default, help in English, help in Chinese) of each setting, for the reference page."""
    return [
        (
            setting.name,
            str(setting.type).removesuffix(" | None"),
            "" if setting.default in {None, MISSING} else str(setting.default),
            setting.metadata["en"],
            setting.metadata["zh"],
        )
        for setting in fields(Settings)
    ]


def _from_file(folder: Path) -> dict[str, Any]:
    path = folder / FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as problem:
        raise UsageError(f"{path}: {problem}", zh=f"{path}:{problem}") from problem


def _known(name: str, known: set[str], kind: str, kind_zh: str) -> str:
    if name not in known:
        raise UnknownName(kind, name, known, kind_zh=kind_zh)
    return name


def _fitting(name: str, value: Any) -> Any:
    """The value in the setting's type; the environment and files give text."""
    kind = str(next(setting.type for setting in fields(Settings) if setting.name == name))
    try:
        if kind == "Path":
            return Path(value).expanduser()
        if kind == "bool":
            return _TRUTH[str(value).lower()]
        if kind in {"int", "float"}:
            number = int(value) if kind == "int" else float(value)
            if number < 0:
                raise ValueError
            return number
        return str(value)
    except (KeyError, ValueError) as problem:
        raise UsageError(
            f"setting {name}: {value!r} is no {kind}", zh=f"设置 {name}:{value!r} 不是 {kind}"
        ) from problem


_TRUTH: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "on": True,
    "false": False,
    "0": False,
    "no": False,
    "off": False,
}


def _home(given: Path | None, folder: Path) -> Path:
    if given is not None:
        return given if given.is_absolute() else folder / given
    for place in (folder, *folder.parents):
        if (place / HOME).is_dir():
            return place / HOME
    return folder / HOME


def _language(environ: Mapping[str, str]) -> str:
    spoken = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "zh" if spoken.lower().startswith("zh") else "en"
