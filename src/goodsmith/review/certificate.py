"""The certificate of a released lot as a page that can be printed and signed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, Final


def statement(certificate: Mapping[str, Any], language: str) -> str:
    """What the certificate says, in one sentence."""
    read, wrong = certificate["read"], certificate["edited"] + certificate["rejected"]
    rows, confidence = certificate["rows"], f"{certificate['confidence']:.4g}"
    sure = f"{float(confidence) * 100:g} %"
    if read >= rows:
        if language == "zh":
            return f"共 {rows:,} 行,全部已读:{wrong:,} 行已修改或拒绝。"
        return f"All {rows:,} rows were read; {wrong:,} were mended or rejected."
    bound = f"{certificate['bound'] * 100:.2g} %"
    if language == "zh":
        seen = f"{wrong:,} 行有误" if wrong else "未发现错误"
        return f"从 {rows:,} 行中随机抽取并阅读 {read:,} 行,{seen}:错误率至多 {bound}(置信度 {sure})。"
    seen = f"{wrong:,} wrong" if wrong else "no defect"
    return f"{read:,} of {rows:,} rows read at random, {seen}: at most {bound} wrong ({sure})."


def certificate_page(certificate: Mapping[str, Any], language: str) -> str:
    """A page of its own: no script, nothing to load, one sheet of paper."""
    words = _WORDS[language]
    lines = [(words[name], _say(name, certificate[name], language)) for name in _SHOWN if certificate.get(name)]
    table = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in lines)
    return _PAGE.format(
        language="zh-CN" if language == "zh" else "en",
        title=escape(f"{words['title']} {certificate['lot']}"),
        heading=escape(words["title"]),
        statement=escape(statement(certificate, language)),
        table=table,
        note=escape(words["note"]),
    )


def _say(name: str, value: Any, language: str) -> str:
    if name in {"most_wrong", "confidence"}:
        return f"{value * 100:g} %"
    if name == "bound":
        return f"{value * 100:.3g} %"
    if name == "readers":
        return ", ".join(f"{reader}: {rows:,}" for reader, rows in value.items())
    if name == "locales":
        return ", ".join(value)
    if name == "method":
        return _METHODS_ZH.get(value, value) if language == "zh" else str(value)
    return f"{value:,}" if isinstance(value, int) and name != "seed" else str(value)


_SHOWN: Final = (
    "lot", "catalog", "category", "locales", "recipe", "recipe_version", "model", "run", "rows", "drawn", "read",
    "approved", "edited", "rejected", "most_wrong", "confidence", "bound", "method", "readers", "seed", "source_sha256",
    "signed_by", "signed_at",
)  # fmt: skip
_METHODS_ZH: Final = {
    "every row read": "逐行阅读",
    "Clopper-Pearson, one-sided": "Clopper–Pearson 单侧上限",
    "confidence sequence (beta mixture), one-sided": "置信序列(Beta 混合),单侧上限",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "title": "Release certificate",
        "note": "The rows read were drawn at random from all rows of the lot before any of them was read; the seed "
        "draws them again. Rows that were edited or rejected count as wrong and do not leave as they were made.",
        "lot": "Lot",
        "catalog": "Catalog",
        "category": "Category",
        "locales": "Languages",
        "recipe": "Recipe",
        "recipe_version": "Version of the recipe",
        "model": "Model",
        "run": "Run",
        "rows": "Rows in the lot",
        "drawn": "Rows drawn",
        "read": "Rows read",
        "approved": "Approved",
        "edited": "Edited",
        "rejected": "Rejected",
        "most_wrong": "To be shown: at most wrong",
        "confidence": "Confidence",
        "bound": "Shown: at most wrong",
        "method": "Method",
        "readers": "Read by",
        "seed": "Seed",
        "source_sha256": "SHA-256 of the source",
        "signed_by": "Signed by",
        "signed_at": "Signed at",
    },
    "zh": {
        "title": "放行证书",
        "note": "所读各行在阅读之前从批次全部行中随机抽取,使用相同种子可重新抽取。"
        "被修改或拒绝的行计为有误,不会按原文放行。",
        "lot": "批次",
        "catalog": "商品目录",
        "category": "类目",
        "locales": "语言",
        "recipe": "配方",
        "recipe_version": "配方版本",
        "model": "模型",
        "run": "运行",
        "rows": "批次行数",
        "drawn": "抽取行数",
        "read": "已读行数",
        "approved": "通过",
        "edited": "修改",
        "rejected": "拒绝",
        "most_wrong": "目标:错误率至多",
        "confidence": "置信度",
        "bound": "结论:错误率至多",
        "method": "方法",
        "readers": "阅读人",
        "seed": "随机种子",
        "source_sha256": "来源文件 SHA-256",
        "signed_by": "签发人",
        "signed_at": "签发时间",
    },
}
_PAGE: Final = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light; --ink: #1f2937; --soft: #6b7280; --line: #e5e7eb; --good: #047857; }}
body {{ margin: 0; background: #f9fafb; color: var(--ink);
  font: 15px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }}
main {{ max-width: 44rem; margin: 2rem auto; padding: 2.5rem; background: #fff; border: 1px solid var(--line);
  border-radius: 12px; }}
h1 {{ margin: 0 0 1rem; font-size: 1.5rem; }}
.said {{ margin: 0 0 1.5rem; padding: 1rem 1.25rem; border-left: 4px solid var(--good); background: #ecfdf5;
  font-size: 1.1rem; }}
table {{ width: 100%; border-collapse: collapse; }}
th, td {{ padding: .4rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }}
th {{ width: 40%; font-weight: 500; color: var(--soft); }}
td {{ overflow-wrap: anywhere; }}
.note {{ margin-top: 1.5rem; color: var(--soft); font-size: .9rem; }}
@media (max-width: 640px) {{ main {{ margin: 0; padding: 1.25rem; border: 0; border-radius: 0; }} }}
@media print {{ body {{ background: #fff; }} main {{ border: 0; margin: 0; }} }}
</style>
</head>
<body>
<main>
<h1>{heading}</h1>
<p class="said">{statement}</p>
<table>
{table}
</table>
<p class="note">{note}</p>
</main>
</body>
</html>
"""
