"""A tiny language model with random weights, and a real llama.cpp server for it: `python tiny_gguf.py FILE [--serve]`.

It speaks nonsense in whole characters, obeys JSON schemas (the server sees to that), and is made in a second or two.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import gguf
import numpy as np
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

WIDTH, LAYERS, HEADS, INNER = 64, 2, 4, 128
VOCABULARY, CONTEXT, SEED = 768, 4096, 7
END, START, STOP = SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
CORPUS = [
    "纯棉短袖,面料柔软透气,多色可选,尺码齐全。",
    "A soft cotton shirt in several colours; a lamp of brass; a linen tablecloth.",
    '{"row_id": "ROWID-00000001", "title": "A brass lamp", "points": ["one", "two"]}',
] * 20
CHAT = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_model(path: Path) -> None:
    """Write the model file."""
    tokens, merges = vocabulary()
    numbers = {token: number for number, token in enumerate(tokens)}
    kinds = [gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens]
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_name("goodsmith-tiny-random")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(numbers[END])
    writer.add_eos_token_id(numbers[STOP])
    writer.add_pad_token_id(numbers[END])
    writer.add_add_bos_token(False)
    writer.add_chat_template(CHAT)
    for name, weights in tensors(tokens).items():
        writer.add_tensor(name, weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def vocabulary() -> tuple[list[str], list[str]]:
    """Byte-level tokens, so that every text can be read, and their merges."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIAL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    model = json.loads(tokenizer.to_str())["model"]
    merges = [" ".join(merge) if isinstance(merge, list) else merge for merge in model["merges"]]
    return sorted(model["vocab"], key=model["vocab"].get), merges


def tensors(tokens: list[str]) -> dict[str, Any]:
    """Random weights. Dimension 0 is a constant that no layer writes to, so its output weight is a token's own bias."""
    chance = np.random.default_rng(SEED)

    def random(*shape: int) -> Any:
        return (chance.standard_normal(shape) * shape[-1] ** -0.5).astype(np.float32)

    embedding, output = random(len(tokens), WIDTH) * 8, random(len(tokens), WIDTH) * 2
    embedding[:, 0] = 6.0
    output[:, 0] = [-0.5 if token == STOP else 0.0 if is_whole(token) else -20.0 for token in tokens]
    ones = np.ones(WIDTH, np.float32)
    made = {"token_embd.weight": embedding, "output.weight": output, "output_norm.weight": ones}
    for layer in range(LAYERS):
        mixed, folded = random(WIDTH, WIDTH), random(WIDTH, INNER)
        mixed[0] = folded[0] = 0
        block = {
            "attn_norm": ones,
            "ffn_norm": ones,
            "attn_q": random(WIDTH, WIDTH),
            "attn_k": random(WIDTH, WIDTH),
            "attn_v": random(WIDTH, WIDTH),
            "attn_output": mixed,
            "ffn_gate": random(INNER, WIDTH),
            "ffn_up": random(INNER, WIDTH),
            "ffn_down": folded,
        }
        made |= {f"blk.{layer}.{name}.weight": weights for name, weights in block.items()}
    return made


def is_whole(token: str) -> bool:
    """Whether a token is printable by itself and not a piece of a character."""
    text = bytes(BYTES[character] for character in token) if all(c in BYTES for c in token) else b"\xff"
    try:
        return token not in SPECIAL and all(c.isprintable() for c in text.decode())
    except UnicodeDecodeError:
        return False


def _bytes() -> dict[str, int]:
    """How byte-level tokenizers write bytes as characters."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + place): byte for place, byte in enumerate(rest)}


BYTES = _bytes()


def serve(path: Path) -> None:
    """Serve the model on a free port, print its address, and end when standard input is closed."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx, params.n_parallel = 4 * CONTEXT, 4
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.use_jinja, params.warmup, params.embedding = True, False, False
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    began = time.monotonic()
    file = Path(sys.argv[1])
    if not file.exists():
        write_model(file)
        print(f"{file}: {file.stat().st_size:,} bytes in {time.monotonic() - began:.1f} s", file=sys.stderr)
    if "--serve" in sys.argv:
        serve(file)
