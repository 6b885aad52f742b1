"""What descriptions of keys are built of: texts, whole numbers, names."""

from __future__ import annotations

from typing import Any, Final

LETTERS: Final = r"A-Za-z\u00c0-\u024f\u0370-\u1fff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
NAME: Final[dict[str, Any]] = {
    "pattern": rf"^[{LETTERS}][{LETTERS}0-9_]{{0,63}}$",
    "x-expected": "letters, digits and _, beginning with a letter, at most 64",
    "x-expected-zh": "字母、汉字、数字和 _,以字母或汉字开头,最多 64 个字符",
}


def text_schema(description: str, **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def whole_schema(description: str, least: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "description": description, **more}
