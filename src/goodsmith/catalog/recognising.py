"""What kind of file it is: by its first bytes, whatever its name says; and a clear word for what is no table."""

from __future__ import annotations

from pathlib import Path

from goodsmith.errors import InputFileError

HEAD_BYTES = 64 * 1024


def file_kind(path: Path) -> str:
    """The key of `opening.FILES` for a file, by its first bytes, else by its name. Raises InputFileError for others."""
    head = first_bytes(path)
    for start, kind in SIGNATURES:
        if head.startswith(start):
            kind = _compound_kind(path) if kind == "compound" else kind  # noqa: PLW2901  # looked at more closely
            if kind in REFUSED:
                raise refusal(path, kind)
            return kind
    named = SUFFIXES.get(path.suffix.lower())
    text = _beginning(head)
    if (markup := _markup_kind(text, named)) is not None:
        if markup in REFUSED:
            raise refusal(path, markup)
        return markup
    if named in {"text", "jsonl"}:
        return named
    if text.startswith("{"):
        return "jsonl"
    if not _looks_like_text(head):
        raise refusal(path, "unknown")
    return "text"


def _beginning(head: bytes) -> str:
    """The first characters, lower case, as far as they matter: ASCII in any Unicode encoding."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace").lower().lstrip()
    return head.removeprefix(b"\xef\xbb\xbf").decode("ascii", "replace").lower().lstrip()


def _markup_kind(text: str, named: str | None) -> str | None:
    if text.startswith(("mime-version:", "from: <saved by")):
        return "web_archive"
    if text.startswith("{\\rtf"):
        return "rich_text"
    if not text.startswith("<"):
        return None
    if "urn:schemas-microsoft-com:office:spreadsheet" in text and not text.startswith(("<html", "<!doctype")):
        return "spreadsheet_xml"
    if "<table" in text or "<html" in text or text.startswith("<!doctype html"):
        return "html"
    return "markup" if text.startswith("<?xml") or named is None else None


def _compound_kind(path: Path) -> str:
    """What an Office file of the old kind holds, by the names of its streams."""
    with path.open("rb") as file:
        directory = file.read(8 * 1024**2)
    if "EncryptedPackage".encode("utf-16-le") in directory:
        return "encrypted"
    books = (name.encode("utf-16-le") for name in ("Workbook", "Book"))
    return "xls" if any(b"\0\0" + name + b"\0\0" in b"\0\0" + directory for name in books) else "compound"


SUFFIXES = {
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".csv": "text", ".tsv": "text", ".tab": "text", ".txt": "text",
    ".parquet": "parquet", ".jsonl": "jsonl", ".ndjson": "jsonl",
}  # fmt: skip
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "xlsx"),
    (b"PK\x05\x06", "xlsx"),  # a zip without entries
    (b"PAR1", "parquet"),
    (b"\x09\x08\x10\x00", "xls"),  # BIFF without a container
    (b"\x09\x08\x08\x00", "xls"),
    (b"\x09\x04\x06\x00", "xls"),
    (b"\x09\x02\x06\x00", "xls"),
    (b"\x09\x00\x04\x00", "xls"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "compound"),
    (b"%PDF", "pdf"),
    (b"\x1f\x8b", "gzip"),
)
REFUSED: dict[str, tuple[str, str]] = {
    "encrypted": (
        "the workbook is protected by a password. Open it in Excel or WPS, remove the password, and save it",
        "工作簿有打开密码。请用 Excel 或 WPS 打开,取消密码后保存",
    ),
    "compound": (
        "an old Office file, not a table we can read. Save it as .xlsx or .csv",
        "这是旧版 Office 文件,无法作为表格读取。请另存为 .xlsx 或 .csv",
    ),
    "pdf": ("a PDF, not a table. Export the table as .xlsx or .csv", "这是 PDF,不是表格。请导出为 .xlsx 或 .csv"),
    "gzip": ("a gzip file. Unpack it first", "这是 gzip 压缩文件。请先解压"),
    "markup": (
        "XML or a web page without a table, whatever its name says. Open it in Excel or WPS and save it as .xlsx",
        "内容是 XML 或没有表格的网页。请用 Excel 或 WPS 打开后另存为 .xlsx",
    ),
    "web_archive": (
        "a web archive (.mht), as Excel saves a single-file web page. Open it in Excel or WPS and save it as .xlsx",
        "这是单个文件网页(.mht)。请用 Excel 或 WPS 打开后另存为 .xlsx",
    ),
    "rich_text": (
        "a text document (RTF), not a table. Save the table as .xlsx or .csv",
        "这是 RTF 文档,不是表格。请将表格另存为 .xlsx 或 .csv",
    ),
    "unknown": (
        "neither a workbook nor text. Expected .xlsx, .xls, .csv, .tsv, .html, .parquet, .jsonl or a database URL",
        "既不是工作簿也不是文本。支持 .xlsx、.xls、.csv、.tsv、.html、.parquet、.jsonl 或数据库网址",
    ),
    "empty": ("the file is empty (0 bytes)", "文件是空的(0 字节)"),
}


def first_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except FileNotFoundError:
        near = _near_names(path)
        raise InputFileError(
            f"no such file{near and f'; did you mean: {near}?'}",
            file=str(path), zh=f"文件不存在{near and f';您是否要找:{near}'}",
        ) from None  # fmt: skip
    except IsADirectoryError:
        raise InputFileError("a folder, not a file", file=str(path), zh="这是文件夹,不是文件") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputFileError(f"cannot be opened: {reason}", file=str(path), zh=f"无法打开:{reason}") from error
    if not head:
        raise refusal(path, "empty")
    return head


def refusal(path: Path, kind: str) -> InputFileError:
    """The error for a file of a kind that is not read."""
    en, zh = REFUSED[kind]
    return InputFileError(en, file=path.name, zh=zh)


def _near_names(path: Path) -> str:
    import difflib  # noqa: PLC0415

    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.is_file()]
    except OSError:
        return ""
    return ", ".join(difflib.get_close_matches(path.name, names, n=3, cutoff=0.6))


def _looks_like_text(head: bytes) -> bool:
    """No control characters but those of text; UTF-16 has its null bytes on one side."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    odd = sum(head.count(bytes([byte])) for byte in (*range(1, 9), *range(14, 27), *range(28, 32)))
    zeros = head.count(0)
    one_sided = zeros and (head[1::2].count(0) in {0, zeros} or zeros * 20 < len(head))
    return odd * 50 < len(head) and (not zeros or bool(one_sided))
