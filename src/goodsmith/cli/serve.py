"""`goodsmith serve`: the pages for a browser, with a worker process beside them."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from goodsmith.cli.voice import both, settings, speak
from goodsmith.errors import MissingExtra, UsageError

HELP = both(
    "Open the pages in a browser: drop a sheet, run, review, release.", "在浏览器中使用:上传表格、运行、审核、放行。"
)
PORT = 8321
RESTART_S = 2.0


def command(
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help=both("Where to listen.", "监听地址。"))
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help=both("The port.", "端口。"))
    ] = PORT,
    prefix: Annotated[
        str,
        typer.Option("--prefix", metavar="PATH", help=both("Where a proxy shows the pages.", "反向代理下的路径前缀。")),
    ] = "",
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help=both("Open the browser.", "打开浏览器。"))
    ] = True,
    worker: Annotated[
        bool,
        typer.Option("--worker/--no-worker", help=both("Start a worker process too.", "同时启动工作进程。")),
    ] = True,
) -> None:
    try:
        import python_multipart  # noqa: F401, PLC0415 - an extra; FastAPI reads forms with it
        import uvicorn  # noqa: PLC0415 - an extra
    except ImportError as problem:
        raise MissingExtra(problem.name or "uvicorn", "server") from problem
    from goodsmith.server.app import create_app  # noqa: PLC0415
    from goodsmith.store import open_store  # noqa: PLC0415

    voice, chosen = speak(), settings()
    home = chosen.home
    store = open_store(home, chosen.database_url, files_url=chosen.files_url)
    try:
        first = not store.keys.all()
        text = store.keys.create("owner", "owner")[1] if first or _is_loopback(host) else ""
    finally:
        store.close()
    place = f"http://{host}:{port}{prefix.rstrip('/')}"
    voice.note(f"Goodsmith is at {place} (Ctrl-C ends)", f"Goodsmith 已启动:{place}(按 Ctrl-C 结束)")
    if text:
        way = f"{place}/login?key={text}"
        voice.note(f"Come in with: {way}", f"登录地址:{way}")
        if open_browser:
            threading.Timer(1.0, webbrowser.open, [way]).start()
    app = create_app(chosen, home=home)
    over = threading.Event()
    helper = threading.Thread(target=_keep_working, args=(home, over), daemon=True) if worker else None
    if helper is not None:
        helper.start()
    try:
        uvicorn.run(
            app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3, root_path=prefix.rstrip("/")
        )
    finally:
        over.set()
        if helper is not None:
            helper.join(30)


def _keep_working(home: Path, over: threading.Event) -> None:
    """A worker process for as long as the server lives; one that died is started again."""
    command = [sys.executable, "-P", "-m", "goodsmith", "--home", str(home), "worker"]
    while not over.is_set():
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=dict(os.environ)) as child:  # noqa: S603 - ours
            while child.poll() is None and not over.wait(0.2):
                pass
            if child.poll() is None:
                child.terminate()  # it finishes the calls in flight
                child.wait(30)
        over.wait(RESTART_S)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        raise UsageError(
            f"{host!r} is no address; expected such as 127.0.0.1 or 0.0.0.0",
            zh=f"{host!r} 不是地址;例如 127.0.0.1 或 0.0.0.0",
        ) from None
