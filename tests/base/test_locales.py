import subprocess
import sys

import pytest

from goodsmith.base.locales import parse_locale, parse_locales, script_of
from goodsmith.errors import UnknownName


@pytest.mark.parametrize("tag", ["zh-CN", "zh_CN", "ZH-cn", " zh-cn "])
def test_the_usual_spellings_of_a_tag_are_understood(tag):
    locale = parse_locale(tag)
    assert (locale.tag, locale.code, locale.region) == ("zh-CN", "zh", "CN")
    assert (locale.language, locale.own_name) == ("Chinese (China)", "中文 (中国)")


def test_a_language_alone_has_no_region():
    assert (parse_locale("en").tag, parse_locale("en").region, parse_locale("en").language) == ("en", "", "English")


def test_a_script_may_be_named():
    assert parse_locale("zh-hant-tw").tag == "zh-Hant-TW"
    assert parse_locale("sr-Latn-RS").language == "Serbian (Latin, Serbia)"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("zh-CM", "zh-CN"),
        ("en-UX", "en-US"),
        ("cn", "zh-CN"),
        ("chinese", "zh-CN"),
        ("klingon", "zh-TW"),
        ("", "en-US"),
    ],
)
def test_an_unknown_locale_names_those_that_may_be_meant(typed, near):
    with pytest.raises(UnknownName) as caught:
        parse_locale(typed)
    assert near in (caught.value.near or caught.value.known)


def test_several_locales_keep_their_order_and_stand_once():
    assert [locale.tag for locale in parse_locales("en-US, zh-CN,zh_cn")] == ["en-US", "zh-CN"]
    assert [locale.tag for locale in parse_locales(["de-DE", "ja"])] == ["de-DE", "ja"]
    assert parse_locales("") == ()


@pytest.mark.parametrize(
    ("tag", "script"),
    [
        ("zh-CN", "Hans"),
        ("zh-TW", "Hant"),
        ("ja", "Jpan"),
        ("ko-KR", "Kore"),
        ("sr-Latn-RS", "Latn"),
        ("ru-RU", "Cyrl"),
        ("ar", "Arab"),
        ("th-TH", "Thai"),
        ("vi", "Latn"),
    ],
)
def test_a_locale_knows_its_script(tag, script):
    assert script_of(tag) == script


def test_babel_is_loaded_only_when_a_locale_is_read():
    code = "import sys, goodsmith.base.locales; sys.exit('babel' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
