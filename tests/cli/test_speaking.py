"""What surrounds a command: language, wrong usage, wrong settings, JSON, exit codes."""

import json

import pytest


def test_the_version_is_one_line(goodsmith):
    assert goodsmith("--version").stdout.strip().count(".") == 2


def test_without_a_command_the_help_is_shown(goodsmith):
    assert "inspect" in goodsmith().stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("rn", "x.csv"), "did you mean: run"),
        (("run",), "SOURCE is missing"),
        (("run", "x.csv", "--limt", "3"), "--limit"),
        (("run", "x.csv", "--limit", "0"), "--limit"),
        (("run", "x.csv", "--map", "name"), "NAME=VALUE"),
        (("run", "x.csv", "--api-key", "sk-canary"), "env:NAME"),
        (("run", "x.csv", "--budget", "much"), "300CNY"),
        (("retry",), "--failed"),
        (("status",), "no run yet"),
        (("models", "show", "opnai"), "openai"),
        (("recipe", "show", "lsting"), "listing"),
    ],
)
def test_wrong_usage_is_one_clear_line(typed, command, said):
    code, out, err = typed(*command)
    assert (code, out) == (2, "")
    assert said in err
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert "canary" not in err


@pytest.mark.parametrize("command", [("run",), ("run", "none.csv"), ("status", "9999"), ("rn",), ("export",)])
def test_errors_are_json_where_json_was_asked(typed, command):
    code, out, _ = typed(*command, "--json")
    facts = json.loads(out)
    assert (code, facts["ok"], facts["exit_code"]) == (2, False, 2)
    assert facts["error"]
    assert facts["message"]


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"GOODSMITH_CONCURRENCY": "many"}, "Error: GOODSMITH_CONCURRENCY: expected a whole number"),
        ({"GOODSMITH_CONCURRENCY": "many", "GOODSMITH_LANGUAGE": "zh"}, "错误:GOODSMITH_CONCURRENCY:应为整数"),
        ({"GOODSMITH_LANGUAGE": "fr", "LANG": "zh_CN.UTF-8"}, "GOODSMITH_LANGUAGE: expected en or zh"),
        ({"GOODSMITH_CONCURENCY": "3"}, "GOODSMITH_CONCURRENCY"),
    ],
)
def test_a_wrong_setting_is_one_line_too(typed, monkeypatch, variables, said):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, _, err = typed("runs")
    assert code == 2
    assert said in err
    assert err.count("\n") == 1


def test_help_and_messages_follow_the_language_of_the_machine(goodsmith):
    goodsmith.environment |= {"GOODSMITH_LANGUAGE": "", "LANG": "zh_CN.UTF-8"}
    assert "选择商品" in goodsmith("run", "--help").stdout
    assert "没有名为 'rn' 的命令" in goodsmith("rn", exit_code=2).stderr
    goodsmith.environment |= {"LC_ALL": "C.UTF-8"}
    assert "Which products" in goodsmith("run", "--help").stdout


def test_a_home_can_be_given_before_the_command(goodsmith):
    goodsmith.products()
    goodsmith("--home", "elsewhere", "run", "products.csv", "--locale", "en-US")
    assert (goodsmith.folder / "elsewhere" / "control.db").exists()
    assert len(json.loads(goodsmith("--home", "elsewhere", "runs", "--json").stdout)) == 1
    assert goodsmith.json("runs") == []


def test_every_command_and_option_has_a_help_text():
    import typer

    from goodsmith.cli.app import app

    def texts(command):
        yield command.name, command.help
        yield from ((param.name, param.help) for param in command.params)
        for inner in getattr(command, "commands", {}).values():
            yield from texts(inner)

    assert [name for name, text in texts(typer.main.get_command(app)) if not text] == []
