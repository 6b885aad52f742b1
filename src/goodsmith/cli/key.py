"""`goodsmith key`: who may come in by the server's door."""

from __future__ import annotations

import datetime as dt
import json
from typing import Annotated, Any

import typer

from goodsmith.cli import options
from goodsmith.cli.voice import both, settings, speak

app = typer.Typer(
    help=both("Make, list and revoke keys for the pages and the JSON.", "创建、查看与撤销页面和接口的密钥。"),
    no_args_is_help=True,
)


@app.command("create", help=both("Make a key; it is shown once.", "创建密钥,仅显示一次。"))
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help=both("Whose key it is.", "密钥所有人。"))],
    role: Annotated[
        str,
        typer.Option(
            "--role",
            metavar="ROLE",
            help=both(
                "viewer reads, reviewer decides, operator runs, owner does all.",
                "viewer 查看,reviewer 审核,operator 运行,owner 全部。",
            ),
        ),
    ] = "reviewer",
    days: Annotated[
        int | None, typer.Option("--days", min=1, metavar="N", help=both("It expires after so many.", "有效天数。"))
    ] = None,
    as_json: options.Json = False,
) -> None:
    voice = speak()
    expires: float | None = None if days is None else days * 86_400.0
    chosen: Any = role
    with _store() as store:
        key, text = store.keys.create(name, chosen, expires_in_s=expires)
    if as_json:
        print(json.dumps({"ok": True, "id": key.key_id, "name": key.name, "role": key.role, "key": text}))
        return
    print(text)
    voice.note("Keep it: it is not shown again", "请妥善保存,密钥不会再次显示")


@app.command("list", help=both("List the keys, without their secrets.", "列出密钥(不含内容)。"))
def list_(as_json: options.Json = False) -> None:
    from goodsmith.cli.tables import print_table  # noqa: PLC0415

    voice = speak()
    with _store() as store:
        found = store.keys.all()
    if as_json:
        facts = [
            {"id": key.key_id, "name": key.name, "role": key.role, "revoked": key.revoked is not None} for key in found
        ]
        print(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    heads = (("id", "编号"), ("name", "所有人"), ("role", "角色"), ("last used", "最近使用"), ("state", "状态"))
    print_table(
        [voice.pick(*head) for head in heads],
        [
            [
                key.key_id,
                key.name,
                key.role,
                _day(key.last_used) or voice.pick("never", "从未"),
                voice.pick("revoked", "已撤销")
                if key.revoked
                else (
                    voice.pick("until ", "有效至 ") + _day(key.expires) if key.expires else voice.pick("open", "有效")
                ),
            ]
            for key in found
        ],
    )


@app.command("revoke", help=both("Close a key and the sessions that came in with it.", "撤销密钥及其会话。"))
def revoke(key: Annotated[str, typer.Argument(metavar="ID", help=both("The key's id.", "密钥编号。"))]) -> None:
    with _store() as store:
        store.keys.revoke(key)
    speak().note(f"{key} opens nothing any more", f"{key} 已失效")


def _store() -> Any:
    from contextlib import closing  # noqa: PLC0415

    from goodsmith.store import open_store  # noqa: PLC0415

    chosen = settings()
    return closing(open_store(chosen.home, chosen.database_url, files_url=chosen.files_url))


def _day(seconds: float | None) -> str:
    return "" if seconds is None else f"{dt.datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d}"
