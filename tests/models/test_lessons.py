"""What models were found to take is remembered between runs."""

import asyncio
import datetime as dt

import msgspec
import pytest

from goodsmith.models import open_text_model
from goodsmith.models.lessons import Lessons
from goodsmith.models.protocols import Learned
from goodsmith.models.routes import resolve_model
from goodsmith.records import ModelRequest

LOWER = Learned(rung="tool", dropped=frozenset({"temperature"}))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "home" / "lessons.json"


@pytest.mark.servers
def test_a_later_run_asks_at_once_in_the_way_that_the_model_takes(rehearsal, path):
    async def run():
        route = resolve_model("custom/refuses-json", base_url=rehearsal.base_url, environment={})
        model = await open_text_model(route, lessons_file=str(path))
        request = ModelRequest(system="You write.", user="Name: mug", schema={"type": "object"})
        await model.complete(request, timeout_s=5)
        await model.close()

    asyncio.run(run())
    assert rehearsal.stats()["by_status"] == {"200": 1, "400": 2}
    rehearsal.ctl(reset=True)
    asyncio.run(run())
    assert rehearsal.stats()["by_status"] == {"200": 1}


def test_a_lesson_is_found_by_its_model_and_comes_back_as_it_was(path):
    Lessons(path).keep("custom:a at here", LOWER)
    assert Lessons(path).find("custom:a at here") == LOWER
    assert Lessons(path).find("custom:b at here") is None


def test_a_lesson_is_forgotten_after_a_month_because_vendors_learn_too(path):
    Lessons(path).keep("custom:a", LOWER)
    kept = msgspec.json.decode(path.read_bytes())
    kept["custom:a"]["learned_on"] = str(dt.datetime.now(tz=dt.UTC).date() - dt.timedelta(days=31))
    path.write_bytes(msgspec.json.encode(kept))
    assert Lessons(path).find("custom:a") is None
    Lessons(path).keep("custom:b", LOWER)
    assert set(msgspec.json.decode(path.read_bytes())) == {"custom:b"}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"custom:a": {"rung": 1}}'])
def test_a_damaged_file_is_as_good_as_none(path, content):
    path.parent.mkdir()
    path.write_bytes(content)
    assert Lessons(path).find("custom:a") is None
    Lessons(path).keep("custom:a", LOWER)
    assert Lessons(path).find("custom:a") == LOWER


def test_a_folder_that_cannot_be_written_costs_a_request_and_no_run(tmp_path):
    (tmp_path / "home").write_text("a file where the folder should be")
    Lessons(tmp_path / "home" / "lessons.json").keep("custom:a", LOWER)
