"""A recipe from a plain sentence: what is understood of it, what is written, and what a model may design."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from goodsmith.recipe import load_recipe, parse_recipe, shipped_recipes
from goodsmith.recipe.wishes import understand
from goodsmith.runner import Request, new_recipe

SENTENCES = [
    ("把海外香水写成中文卖点", "selling-points", ("zh-CN",), None, None),
    ("写3条德语卖点，每条不超过20字", "selling-points", ("de-DE",), 3, 20),
    ("用英文写五点描述", "selling-points", ("en-US",), 5, None),
    ("标题控制在30个字以内，繁体中文", "title", ("zh-TW",), None, 30),
    ("把英文商品翻译成中文和日文", "translate", ("zh-CN", "ja-JP"), None, None),
    ("给图片写图片描述", "alt-text", (), None, None),
    ("短视频口播脚本", "video-script", (), None, None),
    ("常见问题，8个问答", "faq", (), 8, None),
    ("为宠物窝写一段介绍", "description", (), None, None),
    ("five bullet points in German, at most 80 characters", "selling-points", ("de-DE",), 5, 80),
    ("translate from French to English", "translate", ("en-US",), None, None),
    ("product descriptions in Spanish and Italian", "description", ("es-ES", "it-IT"), None, None),
    ("Write FAQs for kettles", "faq", (), None, None),
]
DESIGN = {
    "name": "scent notes",
    "locales": ["zh-CN"],
    "fields": [
        {"name": "brand", "about": "", "aliases": []},
        {"name": "notes", "about": "Top, heart and base.", "aliases": ["香调", "fragrance notes"]},
    ],
    "instruction": "You write about perfumes in {{ locale.language }}. {{ secrets }} Use only the facts given.",
    "requirements": ["Name the notes as given.", "No effect on health."],
    "outputs": [
        {"slot": "Scent points", "type": "list", "about": "A point each.", "max": 40, "max_items": 3, "required": True},
        {"slot": "line", "type": "text", "about": "", "max": 60, "max_items": None, "required": False},
    ],
}


@pytest.fixture
def answering():
    """A vendor on loopback that gives the answers of `answering.said`, one after the other, and keeps the questions."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            server.asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            text = server.said.pop(0)
            body = json.dumps(
                {
                    "model": "designer",
                    "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
                    "usage": {"prompt_tokens": 10, "completion_tokens": 10},
                }
            ).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.said, server.asked = [], []
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def designed(server, tmp_path, *answers):
    server.said[:] = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
    request = Request(
        source=None,
        recipe="",
        model="openai/designer",
        base_url=f"http://127.0.0.1:{server.server_port}/v1",
        price="in=1,out=1,currency=USD",
    )
    return new_recipe("把海外香水写成中文卖点", request, home=tmp_path)


def made(sentence, tmp_path, **more):
    return new_recipe(sentence, Request(source=None, recipe=""), home=tmp_path, **more)


@pytest.mark.parametrize(("sentence", "name", "locales", "items", "longest"), SENTENCES)
def test_task_languages_and_numbers_are_understood(sentence, name, locales, items, longest):
    wish = understand(sentence, [load_recipe(one) for one in shipped_recipes()])
    assert (wish.recipes[0], wish.surely) == (name, True)
    assert (wish.locales, wish.items, wish.longest) == (locales, items, longest)


def test_a_sentence_that_names_no_task_gets_the_usual_recipe_and_says_so(tmp_path):
    wish = made("make my catalog nice", tmp_path).wish
    assert (wish.recipes[0], wish.surely) == ("listing", False)


@pytest.mark.parametrize("sentence", [sentence for sentence, *_ in SENTENCES])
def test_what_is_written_is_a_whole_recipe_that_passes_the_tests_it_keeps(sentence, tmp_path):
    new = made(sentence, tmp_path)
    recipe = parse_recipe(new.text)
    assert recipe.about == sentence
    assert sentence in recipe.steps[0].instruction
    if new.wish.locales:
        assert recipe.locales == new.wish.locales
        codes = {tag[:2] for tag in recipe.locales}
        assert {example.language for example in recipe.steps[0].examples} <= codes
        assert {test.locale[:2] for test in recipe.tests} <= codes


def test_numbers_of_the_sentence_become_limits(tmp_path):
    points = made("写3条德语卖点，每条不超过20字", tmp_path).recipe.outputs[0]
    assert (points.min_items, points.max_items, points.max, points.unit) == (3, 3, 20, "characters")


def test_a_sentence_cannot_smuggle_a_template_in(tmp_path):
    recipe = made("卖点 {{ name }} {% if x %}", tmp_path).recipe
    assert "{{ name }}" not in recipe.steps[0].instruction
    assert "{% if" not in recipe.steps[0].instruction


def test_another_recipe_can_be_the_start(tmp_path):
    new = made("中文卖点", tmp_path, base="listing")
    assert (new.base, [output.slot for output in new.recipe.outputs]) == ("listing", ["title", "points", "description"])


def test_a_model_designs_fields_slots_and_requirements(answering, tmp_path):
    new = designed(answering, tmp_path, DESIGN)
    points, line = new.recipe.outputs
    assert (new.by, new.why, new.recipe.name, new.recipe.locales) == (
        "openai/designer",
        None,
        "scent-notes",
        ("zh-CN",),
    )
    assert (points.slot, points.max, points.max_items, line.required) == ("Scent_points", 40, 3, False)
    fields = {field.name: field for field in new.recipe.fields}
    assert "品牌" in fields["brand"].aliases, "known fields keep their headers"
    assert fields["notes"].aliases == ("香调", "fragrance notes")
    assert "{{ locale.language }}" in new.recipe.steps[0].instruction
    assert "{{ secrets" not in new.recipe.steps[0].instruction
    assert "把海外香水写成中文卖点" in answering.asked[0]["messages"][-1]["content"]


def test_a_design_that_is_no_recipe_is_sent_back_once_with_what_is_wrong(answering, tmp_path):
    broken = {**DESIGN, "outputs": []}
    new = designed(answering, tmp_path, broken, DESIGN)
    assert (new.by, new.why) == ("openai/designer", None)
    assert "not valid" in answering.asked[1]["messages"][-1]["content"]


def test_after_two_bad_designs_the_nearest_recipe_is_taken_and_says_why(answering, tmp_path):
    new = designed(answering, tmp_path, "no json", {"name": 1})
    assert (new.by, new.base, new.recipe.name) == ("", "selling-points", "selling-points-zh")
    assert "name: expected string" in new.why.en or "is missing" in new.why.en


def test_the_file_is_written_once_and_never_over_another(terminal):
    facts = terminal.json("recipe", "new", "中文卖点")
    assert (facts["file"], facts["base"], facts["locales"]) == ("selling-points-zh.yaml", "selling-points", ["zh-CN"])
    assert terminal.json("recipe", "new", "中文卖点")["file"] == "selling-points-zh-2.yaml"
    refused = terminal("recipe", "new", "中文卖点", "-o", "selling-points-zh.yaml", exit_code=2)
    assert "exists; choose another name" in refused.stderr
    terminal("recipe", "test", "selling-points-zh.yaml")


def test_it_opens_for_editing_and_checks_what_was_edited(terminal):
    editor = terminal.folder / "editor.sh"
    editor.write_text('#!/bin/sh\nsed -i "s/^locales: .*/locales: [zh-CM]/" "$1"\n')
    editor.chmod(0o755)
    terminal.environment["EDITOR"] = str(editor)
    said = terminal("recipe", "new", "中文卖点", "--edit", exit_code=2).stderr
    assert "selling-points-zh.yaml:" in said
    assert "zh-CM" in said
    terminal.environment["EDITOR"] = "true"
    assert ": good, version" in terminal("recipe", "new", "中文标题", "--edit").stdout
