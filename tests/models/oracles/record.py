"""Write down what the vendors' own clients send for the cases of cases.json: `make oracles`.

Nothing leaves this machine: the clients are pointed at a server on loopback that refuses everything.
"""

from __future__ import annotations

import base64
import copy
import http.server
import importlib.metadata
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "title": {"type": "string", "description": "The title."},
        "points": {"type": "array", "items": {"type": "string"}, "minItems": 3},
        "weight_g": {"type": ["number", "null"], "minimum": 0},
        "colour": {"type": "string", "enum": ["red", "blue"]},
    },
    "required": ["title", "points", "weight_g", "colour"],
    "additionalProperties": False,
}
NULL_APART = copy.deepcopy(SCHEMA)  # as Claude's client wants it: alternatives, no list of types
NULL_APART["properties"]["weight_g"] = {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]}
KEY = "oracle-key"
TOOL = ("answer", "Give the answer.")


def main() -> None:
    cases = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    recorded: dict[str, Any] = {}
    with listening() as (url, heard):
        for name, case in cases.items():
            vendor = case["model"].partition("/")[0]
            heard.clear()
            try:
                SENDERS[vendor](url, case)
            except Exception as refused:  # the server refuses, and each client has an exception of its own
                if len(heard) != 1:
                    raise RuntimeError(f"{name}: nothing was sent") from refused
            (recorded[name],) = heard
    packages = ("openai", "anthropic", "google-genai")
    made_by = {package: importlib.metadata.version(package) for package in packages}
    whole = {"made_by": made_by, "schema": SCHEMA, "requests": recorded}
    text = json.dumps(whole, ensure_ascii=False, indent=1)
    (HERE / "recorded.json").write_text(text + "\n", encoding="utf-8")


@contextmanager
def listening() -> Iterator[tuple[str, list[Any]]]:
    """A server that keeps what it is sent."""
    heard: list[Any] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): value for name, value in self.headers.items() if name.lower() in MEANINGFUL}
            heard.append({"path": self.path, "headers": headers, "body": body})
            answer = b'{"error": {"message": "no", "code": 400, "status": "INVALID_ARGUMENT"}}'
            self.send_response(400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()


MEANINGFUL = ("authorization", "x-api-key", "x-goog-api-key", "anthropic-version", "content-type")


def send_openai(url: str, case: dict[str, Any]) -> None:
    import openai

    asked = case["request"]
    said: Any = asked["user"]
    if asked.get("images"):
        said = [{"type": "image_url", "image_url": {"url": _data_url(image)}} for image in asked["images"]]
        said.append({"type": "text", "text": asked["user"]})
    system = _with_schema(asked["system"], case["rung"])
    messages = [{"role": "system", "content": system}, {"role": "user", "content": said}]
    messages += [{"role": role, "content": content} for role, content in asked.get("history", ())]
    more: dict[str, Any] = {name: asked[name] for name in ("temperature", "seed") if name in asked}
    if case["rung"] == "json_schema":
        wanted = {"name": TOOL[0], "schema": SCHEMA, "strict": True}
        more["response_format"] = {"type": "json_schema", "json_schema": wanted}
    elif case["rung"] == "json_object":
        more["response_format"] = {"type": "json_object"}
    else:
        function = {"name": TOOL[0], "description": TOOL[1], "parameters": SCHEMA}
        more["tools"] = [{"type": "function", "function": function}]
        more["tool_choice"] = {"type": "function", "function": {"name": TOOL[0]}}
    if case.get("stream"):
        more |= {"stream": True, "stream_options": {"include_usage": True}}
    if case["model"].startswith("dashscope/"):
        more |= {"max_tokens": asked["max_output_tokens"], "extra_body": {"enable_thinking": False}}
    else:
        more["max_completion_tokens"] = asked["max_output_tokens"]
    client = openai.OpenAI(api_key=KEY, base_url=f"{url}/v1", max_retries=0)
    client.chat.completions.create(model=case["model"].partition("/")[2], messages=messages, **more)


def send_anthropic(url: str, case: dict[str, Any]) -> None:
    import anthropic

    asked, model = case["request"], case["model"].partition("/")[2]
    said: Any = asked["user"]
    if asked.get("images"):
        said = [{"type": "image", "source": _source(image)} for image in asked["images"]]
        said.append({"type": "text", "text": asked["user"]})
    messages = [{"role": "user", "content": said}]
    messages += [{"role": role, "content": content} for role, content in asked.get("history", ())]
    more: dict[str, Any] = {"system": _with_schema(asked["system"], case["rung"])}
    if case.get("marked"):
        text = _with_schema(asked["system"] * 1000, case["rung"])
        more["system"] = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
    output: dict[str, Any] = {"effort": "low"} if "opus" in model else {}
    if "opus" not in model:
        more["thinking"] = {"type": "between_tools" if "sonnet" in model else "disabled"}
    if case["rung"] == "json_schema":
        output["format"] = {"type": "json_schema", "schema": anthropic.transform_schema(NULL_APART)}
    elif case["rung"] == "tool":
        more["tools"] = [{"name": TOOL[0], "description": TOOL[1], "input_schema": SCHEMA}]
        more["tool_choice"] = {"type": "tool", "name": TOOL[0]}
    if output:
        more["output_config"] = output
    if case.get("stream"):
        more["stream"] = True
    client = anthropic.Anthropic(api_key=KEY, base_url=url, max_retries=0)
    client.messages.create(model=model, max_tokens=asked["max_output_tokens"], messages=messages, **more)


def send_gemini(url: str, case: dict[str, Any]) -> None:
    from google import genai
    from google.genai import types

    asked, model = case["request"], case["model"].partition("/")[2]
    parts = [_part(types, image) for image in asked.get("images", ())]
    contents = [types.Content(role="user", parts=[*parts, types.Part(text=asked["user"])])]
    for role, content in asked.get("history", ()):
        turn = types.Content(role="model" if role == "assistant" else role, parts=[types.Part(text=content)])
        contents.append(turn)
    thinking = {"thinking_budget": 0} if "2.5" in model else {"thinking_level": "minimal"}
    more: dict[str, Any] = {name: asked[name] for name in ("temperature", "seed") if name in asked}
    if case["rung"] != "tool":
        more["response_mime_type"] = "application/json"
    if case["rung"] == "json_schema":
        more["response_json_schema"] = SCHEMA
    elif case["rung"] == "tool":
        function = types.FunctionDeclaration(name=TOOL[0], description=TOOL[1], parameters_json_schema=SCHEMA)
        calling = types.FunctionCallingConfig(mode="ANY", allowed_function_names=[TOOL[0]])
        more["tools"] = [types.Tool(function_declarations=[function])]
        more["tool_config"] = types.ToolConfig(function_calling_config=calling)
    config = types.GenerateContentConfig(
        system_instruction=_with_schema(asked["system"], case["rung"]),
        max_output_tokens=asked["max_output_tokens"],
        thinking_config=types.ThinkingConfig(**thinking),
        **more,
    )
    client = _google(genai, types, url, case)
    ask = client.models.generate_content_stream if case.get("stream") else client.models.generate_content
    list(ask(model=model, contents=contents, config=config))


def _google(genai: Any, types: Any, url: str, case: dict[str, Any]) -> Any:
    if not case["model"].startswith("vertex/"):
        return genai.Client(api_key=KEY, http_options=types.HttpOptions(base_url=url, api_version="v1beta"))
    from google.oauth2.credentials import Credentials

    return genai.Client(
        vertexai=True,
        project="shop",
        location="europe-west4",
        credentials=Credentials(KEY),
        http_options=types.HttpOptions(base_url=url, api_version="v1"),
    )


SENDERS = {
    "openai": send_openai,
    "dashscope": send_openai,
    "anthropic": send_anthropic,
    "gemini": send_gemini,
    "vertex": send_gemini,
}


def _data_url(image: dict[str, str]) -> str:
    return image.get("url") or f"data:{image['mime']};base64,{image['data']}"


def _source(image: dict[str, str]) -> dict[str, str]:
    if "url" in image:
        return {"type": "url", "url": image["url"]}
    return {"type": "base64", "media_type": image["mime"], "data": image["data"]}


def _part(types: Any, image: dict[str, str]) -> Any:
    if "url" in image:
        return types.Part.from_uri(file_uri=image["url"], mime_type=image["mime"])
    return types.Part.from_bytes(data=base64.b64decode(image["data"]), mime_type=image["mime"])


def _with_schema(system: str, rung: str) -> str:
    """The schema in words is ours, and no client's: it is taken over as it is."""
    if rung in {"json_schema", "tool"}:
        return system
    words = "\n\nAnswer with one JSON object and nothing else. It must fit this JSON Schema:\n"
    return system + words + json.dumps(SCHEMA, separators=(",", ":"))


if __name__ == "__main__":
    main()
