"""The same table through Curator: `python run_curator.py TABLE BASE_URL IN_FLIGHT`; in an environment of its own."""

import logging
import os
import sys
from pathlib import Path

table, base_url, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3])
os.environ.update(
    OPENAI_API_KEY="none",
    OPENAI_BASE_URL=base_url,
    TELEMETRY_ENABLED="false",
    CURATOR_DISABLE_CACHE="true",
    CURATOR_DISABLE_RICH_DISPLAY="1",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
)

import litellm  # noqa: E402 - its tokenizer data must be named before curator loads

os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(litellm.__file__).parent / "litellm_core_utils" / "tokenizers")

import pandas as pd  # noqa: E402
from bespokelabs import curator  # noqa: E402
from datasets import Dataset  # noqa: E402

logging.disable(logging.WARNING)


class Copywriter(curator.LLM):
    """One call per row."""

    def prompt(self, row):
        return (
            f"Row: {row['row_mark']}\nName: {row['name']}\nBrand: {row['brand']}\nCategory: {row['category']}\n"
            f"Facts: {row['attributes']}"
        )

    def parse(self, row, answer):
        return {**row, "copy": str(answer)}


copywriter = Copywriter(
    model_name="loopback-1",
    backend="openai",
    backend_params={
        "base_url": base_url,
        "api_key": "none",
        "max_requests_per_minute": 10_000_000,
        "max_tokens_per_minute": 2_000_000_000,
        "max_concurrent_requests": in_flight,
    },
)
made = copywriter(Dataset.from_pandas(pd.read_parquet(table)))
print(len(getattr(made, "dataset", made)))
