"""Our requests beside those that record.py took down from the vendors' own clients: equal JSON, equal headers."""

import base64
import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from goodsmith.models.protocols import DIALECTS, Learned, first_lesson, write_body
from goodsmith.models.routes import resolve_model
from goodsmith.models.vendor_model import request_headers
from goodsmith.records import ModelRequest, PromptImage

HERE = Path(__file__).parent
CASES = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
RECORDED = json.loads((HERE / "recorded.json").read_text(encoding="utf-8"))


def request_of(case):
    asked = dict(case["request"])
    asked["system"] = asked["system"] * 1000 if case.get("marked") else asked["system"]
    asked["history"] = tuple(map(tuple, asked.get("history", ())))
    asked["images"] = tuple(
        PromptImage(**{**image, "data": base64.b64decode(image.get("data", ""))}) for image in asked.get("images", ())
    )
    return ModelRequest(**asked, schema=RECORDED["schema"])


def camel(value):
    """Google's client writes some names with underscores, which its JSON takes as the same."""
    if isinstance(value, dict):
        return {re.sub("_([a-z])", lambda found: found[1].upper(), name): camel(inner) for name, inner in value.items()}
    return [camel(inner) for inner in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CASES)
def test_our_request_is_the_one_that_the_vendors_own_client_sends(name):
    case, recorded = CASES[name], RECORDED["requests"][name]
    route = resolve_model(case["model"], base_url=case.get("base_url"), api_key="oracle-key", environment={})
    lesson = first_lesson(route.vendor)
    how = Learned(rung=case["rung"], strict=case.get("strict", False), max_tokens_field=lesson.max_tokens_field,
                  dropped=lesson.dropped)  # fmt: skip
    stream = case.get("stream", False)
    ours, theirs = msgspec.json.decode(write_body(request_of(case), route, how, stream=stream)), recorded["body"]
    if route.vendor.protocol == "gemini":
        schemas = [body.get("generationConfig", {}).pop("responseJsonSchema", None) for body in (ours, theirs)]
        assert schemas[0] == schemas[1]
        ours, theirs = camel(ours), camel(theirs)
    assert ours == theirs

    url = urlsplit(DIALECTS[route.vendor.protocol].address(route.base_url, route.send_as, stream=stream))
    path = url.path + (f"?{url.query}" if url.query else "")
    assert path.removeprefix("/compatible-mode") == recorded["path"].replace("/v1/v1/", "/v1/")

    headers = request_headers(route, route.key)
    assert {header: headers[header] for header in recorded["headers"]} == recorded["headers"]
    keys = {"authorization", "x-api-key", "x-goog-api-key"}
    assert keys & headers.keys() == keys & recorded["headers"].keys()
