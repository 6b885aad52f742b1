"""From a dropped sheet to a finished run, page and JSON from the same record."""

import pytest

from door import products
from goodsmith.errors import InputFileError
from goodsmith.server.shop import safe_name


def test_a_dropped_sheet_shows_what_is_in_it_and_what_would_be_made(house, owner):
    place = owner.upload(products(12))
    page = owner.get(place).text
    assert "Linen tablecloth 0" in page
    assert "costs nothing" in page
    facts = owner.json(place)
    assert facts["inspection"]["rows"] == 12
    assert facts["inspection"]["mapping"]["name"] == "name"
    assert facts["plan"]["selected"] == 12


def test_what_is_chosen_stands_in_the_address(house, owner):
    place = owner.upload(products(12))
    facts = owner.json(f"{place}?where=price == '10.50'&recipe=description")
    assert (facts["plan"]["selected"], facts["plan"]["recipe"]) == (1, "description")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("where=price ==", "line 1"),
        ("recipe=listng", "listing"),
        ("model=opnai/x", "openai"),
        ("locales=xx-YY-nonsense", "locale"),
        ("key=nothing", "nothing"),
    ],
)
def test_a_wrong_choice_is_one_sentence_and_the_page_stays(house, owner, query, said):
    place = owner.upload(products(3))
    answer = owner.get(f"{place}?{query}")
    assert said in answer.text
    assert "Traceback" not in answer.text


def test_a_trial_shows_rows_side_by_side_and_a_forecast_and_is_kept(house, owner):
    place = owner.upload(products(40))
    answer = owner.post(f"{place}/trials", recipe="listing")
    assert answer.status_code == 200
    assert "Linen tablecloth" in answer.text
    assert "12 drawn at random" in answer.text
    (kept,) = owner.json(place)["trials"]
    chinese = owner.get(f"{place}/trials/{kept}", headers={"accept-language": "zh-CN", "accept": "text/html"}).text
    assert "随机抽取 12 行" in chinese
    assert owner.get(f"{place}/trials/..%2f..%2fx").status_code == 404


def test_a_run_is_started_watched_and_exported(house, owner, run):
    facts = owner.json(run)
    assert (facts["state"], facts["rows"], facts["done"] + facts["review"]) == ("done", 12, 12)
    assert "complete" in owner.get(run).text
    (row,) = owner.json("/")["runs"]
    assert (row["run"], row["made"]) == (facts["run"], 12)
    exported = owner.get(f"{run}/export?to=csv")
    assert exported.headers["content-disposition"].endswith('.csv"')
    assert "Linen tablecloth 11" in exported.content.decode("utf-8-sig")


def test_figures_stream_until_the_end(house, owner, run):
    with owner.client.stream("GET", f"{run}/events") as answer:
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    assert '"state": "done"' in lines[-1]


def test_a_paused_run_waits_and_goes_on(house, owner):
    place = owner.upload(products(12))
    at = owner.post(f"{place}/runs", recipe="listing", follow_redirects=False).headers["location"]
    owner.post(f"{at}/actions", action="pause")
    assert house.work() == 0
    assert owner.json(at)["state"] == "paused"
    owner.post(f"{at}/actions", action="resume")
    assert house.work() == 1
    assert owner.json(at)["state"] == "done"
    refused = owner.post(f"{at}/actions", action="resume")
    assert refused.status_code == 422
    assert "nothing to resume" in refused.text


def test_a_budget_can_be_raised_with_going_on(house, owner, run):
    owner.post(f"{run}/actions", action="retry_failed", budget="5USD")
    assert owner.json(run)["budget"] == 5.0
    assert "300CNY or 40USD" in owner.post(f"{run}/actions", action="resume", budget="much").text


def test_what_strangers_wrote_is_text(house, owner):
    rows = products(2)
    rows[0]["name"] = "<script>alert(1)</script>"
    rows[1]["brand"] = '"><img src=x onerror=alert(1)>'
    place = owner.upload(rows, name="<b>.csv")
    page = owner.get(place).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\goods\\商品.xlsx", "商品.xlsx"),
        ("a\x00b?.csv", "a_b_.csv"),
        ("..", "upload"),
    ],
)
def test_a_file_keeps_its_name_and_none_of_its_folders(name, kept):
    assert safe_name(name) == kept


def test_an_empty_or_too_large_upload_leaves_nothing(house, owner):
    import asyncio

    answer = owner.post("/uploads", files={"file": ("goods.csv", b"")})
    assert answer.status_code == 422
    assert "empty" in answer.text

    async def many():
        for _ in range(5):
            yield b"x" * 100

    with pytest.raises(InputFileError, match="larger than"):
        asyncio.run(house.app.state.shop.take("big.csv", many(), max_bytes=300))
    assert list(house.app.state.shop.uploads_folder.iterdir()) == []


@pytest.mark.parametrize("path", ["/catalogs/..%2f..%2fetc", "/catalogs/nothing-here", "/runs/none", "/nowhere"])
def test_what_is_not_there_is_said(owner, path):
    answer = owner.get(path, headers={"accept": "application/json"})
    assert answer.status_code == 404
    assert set(answer.json()) == {"ok", "status", "error", "message", "errors"}


def test_the_pages_work_below_a_prefix(tmp_path):
    from starlette.testclient import TestClient

    from goodsmith.server.app import create_app
    from goodsmith.settings import Settings

    app = create_app(Settings(home=tmp_path / ".goodsmith"))
    with TestClient(app, base_url="http://127.0.0.1", root_path="/shop") as client:
        assert 'href="/shop/static/style.css"' in client.get("/login").text


def test_a_page_in_chinese_has_no_english_left_in_its_frame(house, owner, run):
    chinese = {"accept-language": "zh-CN", "accept": "text/html"}
    for path, words in (
        ("/", "把商品表格拖到这里"),
        (run, "已完成"),
        (f"{run}/review?queue=all", "通过"),
        (f"{run}/lots", "按抽样放行"),
    ):
        assert words in owner.get(path, headers=chinese).text


def test_no_page_is_heavy(house, owner, run):
    from goodsmith.server.pages import HERE

    shared = sum(file.stat().st_size for file in (HERE / "static").iterdir())
    for path in ("/", run, f"{run}/review?queue=all", f"{run}/lots"):
        assert len(owner.get(path).content) + shared < 200_000
