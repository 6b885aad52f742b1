"""Every setting on one page: name, type, unit, default, help. Read once at start and passed down.

A flag beats the environment (GOODSMITH_NAME), which beats goodsmith.toml, which beats the default.
`python -m goodsmith.settings` prints the reference page.
"""

from __future__ import annotations

import difflib
import os
import re
import sys
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from goodsmith.errors import UnknownName, UsageError

PREFIX = "GOODSMITH_"
FILE = "goodsmith.toml"
_HOME = ".goodsmith"
_MIN_NEAR = 0.75  # how near an unknown GOODSMITH_ variable must be to a setting to be taken for a typing mistake

Kind = Literal["text", "folder", "file", "count", "seconds", "bytes", "yes_no", "language", "url", "reference"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting as a person meets it. default: as shown in the reference; least: the smallest allowed value."""

    name: str
    kind: Kind
    default: str
    en: str
    zh: str
    least: float = 0

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings with their values. None: not set."""

    home: Path
    database_url: str | None = field(default=None, repr=False)  # it may hold a password
    files_url: str | None = None
    language: str = "en"
    model: str = "stencil"
    base_url: str | None = None
    api_key: str | None = None  # where the key is, never the key
    concurrency: int = 64
    workers: int | None = None
    timeout_s: float = 120.0
    chunk_rows: int = 1_000
    lease_s: float = 30.0
    cache: bool = True
    import_memory_bytes: int = 1_500_000_000
    export_memory_bytes: int = 1_500_000_000
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    prices_file: Path | None = None
    providers_file: Path | None = None
    ca_file: Path | None = None


def load_settings(
    flags: Mapping[str, Any] | None = None,
    *,
    environ: Mapping[str, str] | None = None,
    folder: Path | str | None = None,
) -> Settings:
    """The settings for work in `folder` (None: the current one).

    flags: name -> value; None means not given. The nearest goodsmith.toml and .goodsmith upward from the folder count.
    Raises UnknownName and UsageError, with the place where the value stands.
    """
    environ = os.environ if environ is None else environ
    here = Path.cwd() if folder is None else Path(folder).absolute()
    found: dict[str, Any] = {}
    file = _nearest(here, FILE)
    if file is not None:
        for name, value in _read_file(file).items():
            found[name] = _read(_setting(name, str(file)), value, place=f"{file}: {name}", base=file.parent)
    for variable in sorted(name for name in environ if name.startswith(PREFIX)):
        setting = _of_variable(variable)
        if setting is not None and environ[variable].strip():
            found[setting.name] = _read(setting, environ[variable], place=variable, base=here, private=True)
    for name, value in (flags or {}).items():
        if value is not None:
            flag = "--" + name.replace("_", "-")
            found[name] = _read(_setting(name, flag), value, place=flag, base=here)
    if found.get("database_url"):
        found["database_url"] = _dereference(found["database_url"], environ, here)
    found.setdefault("language", _system_language(environ))
    found.setdefault("home", _nearest(here, _HOME) or here / _HOME)
    return Settings(**found)


SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="home",
        kind="folder",
        default="nearest .goodsmith upward, else ./.goodsmith",
        en="Where runs, imports and the control database are kept.",
        zh="任务、导入数据与控制数据库所在的文件夹。",
    ),
    Setting(
        name="database_url",
        kind="url",
        default="control.db in the home",
        en="A Postgres URL for the control database, or where it stands: env:NAME, file:PATH. With a password only by "
        "environment or reference.",
        zh="控制数据库的 Postgres 地址,或其所在:env:变量名、file:路径。含密码时只能用环境变量或引用。",
    ),
    Setting(
        name="files_url",
        kind="url",
        default="the home only",
        en="Where runs keep their files for all machines: s3://bucket/prefix or file:///folder. Needs a Postgres "
        "database_url, and the same value on each machine.",
        zh="多台机器共用的运行文件存放处:s3://存储桶/前缀 或 file:///文件夹。须配合 Postgres 的 database_url,"
        "且各机器取值相同。",
    ),
    Setting(
        name="language",
        kind="language",
        default="zh where LC_ALL, LC_MESSAGES or LANG says Chinese, else en",
        en="The language of messages: en or zh.",
        zh="界面语言:en 或 zh。",
    ),
    Setting(
        name="model",
        kind="text",
        default="stencil",
        en="The model that is asked when a run names none; stencil fills the recipe's own sentences.",
        zh="任务未指定时使用的模型;stencil 表示只填写模板自带的句式。",
    ),
    Setting(
        name="base_url",
        kind="text",
        default="the provider's",
        en="Address of an OpenAI-compatible endpoint.",
        zh="兼容 OpenAI 的接口地址。",
    ),
    Setting(
        name="api_key",
        kind="reference",
        default="the provider's own environment variable",
        en="Where the model's key is: env:NAME, file:PATH or keyring:SERVICE/USER.",
        zh="模型密钥的位置:env:变量名、file:路径 或 keyring:服务/用户。",
    ),
    Setting(
        name="concurrency",
        kind="count",
        default="64",
        en="Products in flight at once, over all processes.",
        zh="同时处理的商品数(所有进程合计)。",
        least=1,
    ),
    Setting(
        name="workers",
        kind="count",
        default="as many as pay",
        en="Processes of a run.",
        zh="每个任务的进程数。",
        least=1,
    ),
    Setting(
        name="timeout_s",
        kind="seconds",
        default="120",
        en="Seconds until a model's answer is given up.",
        zh="等待模型回答的最长秒数。",
        least=0.1,
    ),
    Setting(
        name="chunk_rows",
        kind="count",
        default="1000",
        en="Rows that are committed together.",
        zh="每次一起提交的行数。",
        least=1,
    ),
    Setting(
        name="lease_s",
        kind="seconds",
        default="30",
        en="Seconds after which a run whose process is gone may be taken over.",
        zh="进程消失后,其他进程可接手任务前的秒数。",
        least=1,
    ),
    Setting(
        name="cache",
        kind="yes_no",
        default="yes",
        en="Whether an answer to the very same prompt is used again, also in later runs.",
        zh="相同的提示词是否复用已有回答(包括以后的任务)。",
    ),
    Setting(
        name="import_memory_bytes",
        kind="bytes",
        default="1.5GB",
        en="Memory that reading a source may take.",
        zh="读取数据源可用的内存。",
        least=200_000_000,
    ),
    Setting(
        name="export_memory_bytes",
        kind="bytes",
        default="1.5GB",
        en="Memory that writing a workbook may take.",
        zh="写出工作簿可用的内存。",
        least=200_000_000,
    ),
    Setting(
        name="requests_per_minute",
        kind="count",
        default="found out by trying",
        en="Requests that the account may send in a minute.",
        zh="账号每分钟可发送的请求数。",
        least=1,
    ),
    Setting(
        name="tokens_per_minute",
        kind="count",
        default="found out by trying",
        en="Tokens that the account may use in a minute.",
        zh="账号每分钟可使用的 token 数。",
        least=1,
    ),
    Setting(
        name="prices_file",
        kind="file",
        default="the dated prices that come with Goodsmith",
        en="YAML file with your own prices of models.",
        zh="自有模型价格的 YAML 文件。",
    ),
    Setting(
        name="providers_file",
        kind="file",
        default="the vendors that come with Goodsmith",
        en="YAML file with model vendors of your own, or changes to known ones.",
        zh="自有模型提供方(或对已知提供方的修改)的 YAML 文件。",
    ),
    Setting(
        name="ca_file",
        kind="file",
        default="the system's certificates, or SSL_CERT_FILE",
        en="PEM file with certificates to trust besides the system's.",
        zh="除系统证书外还要信任的证书(PEM 文件)。",
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def reference(language: str = "en") -> str:
    """The table of all settings in Markdown; `docs/reference/settings.md` holds it."""
    head = (
        ("设置", "环境变量", "类型", "默认", "说明")
        if language == "zh"
        else ("setting", "environment", "type", "default", "what it is")
    )
    rows: list[tuple[str, ...]] = [head, ("---",) * len(head)]
    for setting in SETTINGS:
        en, zh, _ = _KINDS[setting.kind]
        kind = zh if language == "zh" else en
        about = setting.zh if language == "zh" else setting.en
        rows.append((f"`{setting.name}`", f"`{setting.variable}`", kind, setting.default, about))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


# ---- where settings stand -----------------------------------------------------------------------------------------


def _nearest(folder: Path, name: str) -> Path | None:
    return next((place / name for place in (folder, *folder.parents) if (place / name).exists()), None)


def _read_file(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", zh=f"无法读取 {file}:{error}") from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not TOML: {error}", zh=f"{file} 不是有效的 TOML:{error}") from error


def _setting(name: str, place: str) -> Setting:
    if name not in _BY_NAME:
        raise UnknownName(f"setting in {place}:" if place.endswith(FILE) else "setting", name, _BY_NAME, kind_zh="设置")
    return _BY_NAME[name]


def _of_variable(variable: str) -> Setting | None:
    """Its setting. A variable that is like none of them belongs to somebody else."""
    name = variable.removeprefix(PREFIX).lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    if difflib.get_close_matches(name, _BY_NAME, n=1, cutoff=_MIN_NEAR):
        known = [setting.variable for setting in SETTINGS]
        raise UnknownName("environment variable", variable, known, kind_zh="环境变量")
    return None


def _system_language(environ: Mapping[str, str]) -> str:
    said = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "zh" if said.lower().startswith("zh") else "en"


# ---- what values mean ---------------------------------------------------------------------------------------------

_BYTES = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([kmgt]i?)?b?", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}
_YES, _NO = {"yes", "true", "on", "1"}, {"no", "false", "off", "0"}
_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]+@")
_REFERENCE = re.compile(r"(?:env|file|keyring):.+")


def _read(setting: Setting, value: Any, *, place: str, base: Path, private: bool = False) -> Any:
    """The value in its type. base: the folder that relative paths start from. private: other people do not see it."""
    if isinstance(value, str):
        value = value.strip()
    made = _KINDS[setting.kind][2](value, base)
    wrong = made is None or (isinstance(made, int | float) and not isinstance(made, bool) and made < setting.least)
    if wrong:
        en, zh = _KINDS[setting.kind][:2]
        seen = "a value that is not shown here" if setting.kind == "reference" else repr(value)
        seen_zh = "(不显示的值)" if setting.kind == "reference" else repr(value)
        least_en = f", at least {setting.least:g}" if setting.least else ""
        least_zh = f",不小于 {setting.least:g}" if setting.least else ""
        raise UsageError(
            f"{place}: expected {en}{least_en}, found {seen}", zh=f"{place}:应为{zh}{least_zh},实际为 {seen_zh}"
        )
    if setting.kind == "url" and not private and _PASSWORD.search(made):
        raise UsageError(
            f"{place} holds a password where others can read it: write env:NAME or file:PATH and put it there",
            zh=f"{place} 中含有密码,他人可见:请改写为 env:变量名 或 file:路径",
        )
    return made


def _dereference(value: str, environ: Mapping[str, str], base: Path) -> str:
    """What `env:NAME` or `file:PATH` stands for; anything else as it is."""
    if not _REFERENCE.fullmatch(value):
        return value
    kind, _, rest = value.partition(":")
    try:
        text = environ[rest] if kind == "env" else (base / Path(rest).expanduser()).read_text(encoding="utf-8")
    except (KeyError, OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"database_url points to {value}, which cannot be read", zh=f"database_url 指向的 {value} 无法读取"
        ) from error
    return text.strip()


def _text(value: Any, base: Path) -> str | None:
    return value if isinstance(value, str) else None


def _path(value: Any, base: Path) -> Path | None:
    return base / Path(value).expanduser() if isinstance(value, str | Path) and str(value) else None


def _count(value: Any, base: Path) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value) else None


def _seconds(value: Any, base: Path) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 <= value < float("inf") else None
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?) ?s?", value) if isinstance(value, str) else None
    return float(found[1]) if found else None


def _bytes(value: Any, base: Path) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    found = _BYTES.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        return None
    unit = (found[2] or "").lower()
    return int(float(found[1]) * (1024 if unit.endswith("i") else 1000) ** _POWERS[unit.removesuffix("i")])


def _yes_no(value: Any, base: Path) -> bool | None:
    if isinstance(value, bool):
        return value
    said = value.lower() if isinstance(value, str) else ""
    return True if said in _YES else False if said in _NO else None


def _language(value: Any, base: Path) -> str | None:
    said = value.lower().partition("_")[0].partition("-")[0] if isinstance(value, str) else ""
    return said if said in {"en", "zh"} else None


def _reference(value: Any, base: Path) -> str | None:
    return value if isinstance(value, str) and _REFERENCE.fullmatch(value) else None


_KINDS: dict[Kind, tuple[str, str, Callable[[Any, Path], Any]]] = {
    "text": ("text", "文本", _text),
    "url": ("a URL", "地址", _text),
    "folder": ("a folder", "文件夹", _path),
    "file": ("a file", "文件", _path),
    "count": ("a whole number", "整数", _count),
    "seconds": ("seconds", "秒数", _seconds),
    "bytes": ("bytes (such as 800MB or 2GB)", "字节数(如 800MB、2GB)", _bytes),
    "yes_no": ("yes or no", "yes 或 no", _yes_no),
    "language": ("en or zh", "en 或 zh", _language),
    "reference": ("env:NAME, file:PATH or keyring:NAME", "env:变量名、file:路径 或 keyring:名称", _reference),
}


if __name__ == "__main__":
    print(reference(sys.argv[1] if len(sys.argv) > 1 else "en"), end="")
