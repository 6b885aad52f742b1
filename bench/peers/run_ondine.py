"""The same table through Ondine: `python run_ondine.py TABLE BASE_URL IN_FLIGHT`; runs in an environment of its own."""

import logging
import sys

import pandas as pd
from ondine import PipelineBuilder

logging.disable(logging.WARNING)
table, base_url, in_flight = sys.argv[1], sys.argv[2], int(sys.argv[3])
frame = pd.read_parquet(table)
pipeline = (
    PipelineBuilder.create()
    .from_dataframe(
        frame, input_columns=["row_mark", "name", "brand", "category", "attributes"], output_columns=["copy"]
    )
    .with_prompt("Row: {row_mark}\nName: {name}\nBrand: {brand}\nCategory: {category}\nFacts: {attributes}")
    .with_llm("openai/loopback-1", api_key="none", base_url=base_url, api_base=base_url)
    .with_concurrency(in_flight)
    .build()
)
print(len(pipeline.execute().data))
