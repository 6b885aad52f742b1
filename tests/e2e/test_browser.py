"""The way of an operations person in a real browser: drop, look, run, read with the keyboard, sign, export."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.servers,
    pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed"),
]
EXAMPLES = Path(__file__).parents[2] / "examples"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """`goodsmith serve` as a process of its own; the address to come in by."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GOODSMITH_")}
    command = ["goodsmith", "--home", str(folder / ".goodsmith"), "serve", "--no-open", "--port", str(port)]
    server = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder, env=environment | {"GOODSMITH_LANGUAGE": "en"}, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        line = next(line for line in server.stderr if "key=" in line)
        address = line[line.index("http") :].strip()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with socket.socket() as try_it:
                if try_it.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield address
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(40)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
        server.stderr.close()


@pytest.fixture(params=[("en-US", 1280, 800), ("zh-CN", 390, 844)], ids=["desktop-en", "phone-zh"])
def page(request, served):
    from playwright.sync_api import sync_playwright

    language, width, height = request.param
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(QUIET))
        page = browser.new_context(
            viewport={"width": width, "height": height}, locale=language, accept_downloads=True
        ).new_page()
        page.set_default_timeout(60_000)
        page.wrong = []
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(served)
        yield page
        assert page.wrong == []
        browser.close()


def test_from_a_dropped_sheet_to_a_signed_lot_and_an_export(page):
    chinese = page.evaluate("navigator.language").startswith("zh")

    def say(en, zh):
        return zh if chinese else en

    page.set_input_files("#file", str(EXAMPLES / ("products_zh.xlsx" if chinese else "products_en.csv")))
    page.wait_for_url("**/catalogs/**")
    page.fill("input[name=limit]", "20")
    page.click(f"button:has-text('{say('Show', '刷新预览')}')")
    page.wait_for_url("**limit=20**")
    page.click(f"button:has-text('{say('Start', '开始运行')}')")
    page.wait_for_url("**/runs/**")
    run = page.url
    page.wait_for_selector(".state.done")  # the figures came without a reload by hand
    page.goto(f"{run}/review?queue=all")

    def shown():
        return page.text_content(".source h2")

    def wait_until(product, *, gone):
        """The page shows another product, or the same one again."""
        page.wait_for_function(
            "([product, gone]) => ((document.querySelector('.source h2') || {}).textContent === product) !== gone",
            arg=[product, gone],
        )

    first = shown()
    page.keyboard.press("a")
    wait_until(first, gone=True)
    edited = shown()
    page.keyboard.press("e")
    page.fill("textarea >> nth=0", say("In my own words", "用我自己的话"))
    page.keyboard.press("Control+Enter")
    wait_until(edited, gone=True)
    rejected = shown()
    page.keyboard.press("r")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("1")
    wait_until(rejected, gone=True)
    page.keyboard.press("u")
    wait_until(rejected, gone=False)
    page.goto(f"{run}/lots?at_most=40")
    page.click(f"button:has-text('{say('Draw', '抽取')}') >> nth=0")
    page.click(f"a:has-text('{say('Read', '阅读')}')")
    while page.query_selector("[data-review]"):
        read = shown()
        page.keyboard.press("a")
        wait_until(read, gone=True)
    page.goto(f"{run}/lots")
    page.click(f"button:has-text('{say('Sign and release', '签发放行')}')")
    page.wait_for_selector(f"a:has-text('{say('Certificate', '证书')}')")
    page.goto(run)
    with page.expect_download() as download:
        page.click("a:has-text('csv')")
    text = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert say("In my own words", "用我自己的话") in text
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0  # nothing hangs out of the screen
