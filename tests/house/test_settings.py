"""The settings, read as a command reads them."""

import dataclasses
from pathlib import Path

import pytest

from goodsmith.errors import UnknownName, UsageError
from goodsmith.settings import SETTINGS, Settings, load_settings


def load(folder, toml="", flags=None, **environ):
    if toml:
        (folder / "goodsmith.toml").write_text(toml, encoding="utf-8")
    return load_settings(flags, environ=environ, folder=folder)


def test_every_setting_has_a_value_a_default_and_help_in_both_languages(tmp_path):
    assert [setting.name for setting in SETTINGS] == [field.name for field in dataclasses.fields(Settings)]
    for setting in SETTINGS:
        assert setting.default
        assert setting.en.endswith(".")
        assert setting.zh.endswith("。")
    assert load(tmp_path) == Settings(home=tmp_path / ".goodsmith")


def test_a_default_in_the_reference_is_the_real_one(tmp_path):
    settings = load(tmp_path)
    for setting in SETTINGS:
        if setting.kind in {"count", "seconds", "bytes", "yes_no"} and getattr(settings, setting.name) is not None:
            read = load(tmp_path, flags={setting.name: setting.default})
            assert getattr(read, setting.name) == getattr(settings, setting.name), setting.name


def test_a_flag_beats_the_environment_which_beats_the_file(tmp_path):
    toml = "concurrency = 1\ntimeout_s = 2\nchunk_rows = 3"
    flags = {"concurrency": 100, "model": None}
    settings = load(tmp_path, toml, flags, GOODSMITH_CONCURRENCY="10", GOODSMITH_TIMEOUT_S="20")
    assert (settings.concurrency, settings.timeout_s, settings.chunk_rows) == (100, 20, 3)


def test_the_nearest_file_upward_counts_and_its_paths_start_from_it(tmp_path):
    inner = tmp_path / "shop" / "2026"
    inner.mkdir(parents=True)
    (tmp_path / "goodsmith.toml").write_text('home = "runs"\nca_file = "ca.pem"', encoding="utf-8")
    settings = load(inner)
    assert (settings.home, settings.ca_file) == (tmp_path / "runs", tmp_path / "ca.pem")


def test_the_nearest_home_upward_is_found_and_may_be_overridden(tmp_path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / ".goodsmith").mkdir()
    assert load(inner).home == tmp_path / ".goodsmith"
    assert load(inner, GOODSMITH_HOME="elsewhere").home == inner / "elsewhere"


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "C.UTF-8", "GOODSMITH_LANGUAGE": "zh-TW"}, "zh"),
    ],
)
def test_messages_come_in_the_language_of_the_machine(tmp_path, variables, language):
    assert load(tmp_path, **variables).language == language


@pytest.mark.parametrize(
    ("given", "bytes_"),
    [("800MB", 800_000_000), ("2GiB", 2**31), ("1.5 gb", 1_500_000_000), ("300000000", 300_000_000)],
)
def test_sizes_are_written_as_people_write_them(tmp_path, given, bytes_):
    assert load(tmp_path, GOODSMITH_IMPORT_MEMORY_BYTES=given).import_memory_bytes == bytes_


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("concurrencry = 3", "concurrency"),
        ("concurrency = 0", "at least 1"),
        ('concurrency = "many"', "whole number"),
        ("timeout_s = true", "seconds"),
        ("cache = 3", "yes or no"),
        ("language = 'fr'", "en or zh"),
        ("import_memory_bytes = '2 parsecs'", "800MB"),
        ("import_memory_bytes = 1000", "at least"),
        ("model = 3", "text"),
        ("model = 'unfinished", "TOML"),
    ],
)
def test_a_wrong_line_of_the_file_says_where_and_what_is_expected(tmp_path, toml, said):
    with pytest.raises(UsageError) as caught:
        load(tmp_path, toml)
    assert said in caught.value.en
    assert "goodsmith.toml" in caught.value.en
    assert caught.value.zh


def test_a_mistyped_variable_names_the_near_one_and_foreign_ones_are_left_alone(tmp_path):
    with pytest.raises(UnknownName) as caught:
        load(tmp_path, GOODSMITH_CONCURENCY="3")
    assert "GOODSMITH_CONCURRENCY" in caught.value.near
    assert load(tmp_path, GOODSMITH_BUILD_NUMBER="7", GOODSMITH_MODEL="").model == "stencil"


def test_an_unknown_flag_is_an_error(tmp_path):
    with pytest.raises(UnknownName):
        load(tmp_path, flags={"speed": 3})


def test_a_key_stands_nowhere_itself_and_is_not_repeated_in_the_error(tmp_path):
    assert load(tmp_path, "api_key = 'env:MY_KEY'").api_key == "env:MY_KEY"
    with pytest.raises(UsageError) as caught:
        load(tmp_path, "api_key = 'sk-canary-123'")
    assert "sk-canary-123" not in f"{caught.value.en}{caught.value.zh}"


def test_a_database_password_is_read_by_reference_and_refused_in_the_file(tmp_path):
    url = "postgresql://shop:canary@db/goodsmith"
    settings = load(tmp_path, "database_url = 'env:SHOP_DB'", SHOP_DB=url)
    assert settings.database_url == url
    assert "canary" not in repr(settings)
    assert load(tmp_path, GOODSMITH_DATABASE_URL=url).database_url == url
    (tmp_path / "db").write_text(url + "\n", encoding="utf-8")
    assert load(tmp_path, "database_url = 'file:db'").database_url == url
    with pytest.raises(UsageError) as caught:
        load(tmp_path, f"database_url = '{url}'")
    assert "canary" not in caught.value.en
    with pytest.raises(UsageError, match="env:NO_SUCH"):
        load(tmp_path, "database_url = 'env:NO_SUCH'")


def test_settings_cannot_be_changed_after_they_were_read(tmp_path):
    with pytest.raises(dataclasses.FrozenInstanceError):
        load(tmp_path).home = Path("elsewhere")
