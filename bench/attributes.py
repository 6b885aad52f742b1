"""How well attributes are completed and products classified, on data whose answers are known: `make bench-attributes`.

    python bench/attributes.py DATA_FOLDER        # or GOODSMITH_BENCH_DATA=DATA_FOLDER

The folder holds open/zh/litemall_products_zh.xlsx, open/en/real_products_en.xlsx, open/attr_bench and, where it may be
used for research, research/attr_bench. A part that is not there is said and skipped. Nothing is copied.

Weights were chosen on training parts only: the tagger and the confidence by five-fold cross-validation on the
training titles of OA-Mine, on splits 100 and 101 of the catalogs (here: 0 to 4), categories on one half of the English
catalog and on splits 1000 to 1011 of the Chinese one.
"""

from __future__ import annotations

import gzip
import json
import math
import os
import random
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import openpyxl

from goodsmith.attributes.classifying.alikeness import Described
from goodsmith.attributes.classifying.classifier import Classifier
from goodsmith.attributes.completing.category import CategoryReader, offers_of
from goodsmith.attributes.completing.cells import FILLED
from goodsmith.attributes.completing.completer import Completer
from goodsmith.attributes.completing.confidence import reliability
from goodsmith.attributes.completing.layout import Layout, guess_layout
from goodsmith.attributes.completing.learning import learn, taught_readers
from goodsmith.attributes.completing.product import ProductRow
from goodsmith.attributes.completing.stated import named_values
from goodsmith.attributes.schemas.drafting import ROOT, draft_schema, is_known_name, observed_names
from goodsmith.attributes.words import found_whole
from goodsmith.base.attribute_cells import pairs
from goodsmith.base.category_schema import attributes_of
from goodsmith.records import Attribute

SPLITS = range(5)
F1_THRESHOLD = 0.45  # the best of F1 in cross-validation on OA-Mine's training titles
NOTHING = {"", "n/a"}


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("GOODSMITH_BENCH_DATA", ""))
    if not (folder / "open").is_dir():
        raise SystemExit("say where the data is: python bench/attributes.py DATA_FOLDER, or GOODSMITH_BENCH_DATA")
    for name, part in (("OA-Mine", "open/attr_bench/oa-mine"), ("AE-110k", "research/attr_bench/ae-110k")):
        titles(name, folder / part, folder / Path(part).parent / "published_predictions")
    catalogs = (
        ("litemall", folder / "open/zh/litemall_products_zh.xlsx", "商品", "zh", 0.5),
        ("English catalog", folder / "open/en/real_products_en.xlsx", "products", "en", 1.0),
    )
    for name, path, sheet, language, hidden in catalogs:
        if not path.exists():
            print(f"{name}: {path} is not there, skipped")
            continue
        rows = read(path, sheet)
        hidden_cells(name, rows, language, hidden)
        classification(name, rows)


def read(path: Path, sheet: str) -> list[dict[str, str]]:
    lines = openpyxl.load_workbook(path, read_only=True)[sheet].iter_rows(values_only=True)
    heads = next(lines)
    left = {"detail", "gallery", "pic_url", "keywords", "unit", "goods_sn"}
    return [
        {head: str(cell) for head, cell in zip(heads, line, strict=False) if cell is not None and head not in left}
        for line in lines
    ]


# ---- titles with gold values --------------------------------------------------------------------------------------


def titles(name: str, folder: Path, published: Path) -> None:
    if not folder.exists():
        print(f"{name}: {folder} is not there, skipped")
        return
    train, test = (
        [json.loads(line) for line in (folder / f"{part}.jsonl").open(encoding="utf-8")] for part in ("train", "test")
    )
    known = json.loads((folder / "known_attributes_train1.0.json").read_text(encoding="utf-8"))
    names = sorted({one for listed in known.values() for one in listed})
    layout = Layout(titles=("title",), own=tuple(names))
    readers = {
        category: CategoryReader([Attribute(id=one, names={"en": one}) for one in listed], layout, language="en")
        for category, listed in known.items()
    }
    started = time.process_time()
    learned = learn([title_row(at, row, known, filled=True) for at, row in enumerate(train)], readers)
    asked = [title_row(at, row, known, filled=False) for at, row in enumerate(test)]
    offered = offers_of(asked, taught_readers(readers, learned), learned.tagger)
    spent = time.process_time() - started
    found, sure = [], []
    for offers in offered:
        made, surest = {}, {}
        for one, listed in offers.items():
            chance, best = max(
                ((learned.confidence.of(one, offer.signs), offer) for offer in listed), key=lambda pair: pair[0]
            )
            if chance >= F1_THRESHOLD:
                made[one] = best.reading.values[0]
            if chance >= 0.95:
                surest[one] = best.reading.values[0]
        found.append(made)
        sure.append(surest)
    print(f"\n{name}, {len(train)} training and {len(test)} test titles, no model, {spent:.0f} CPU s")
    say(f"  no model, F1 threshold {F1_THRESHOLD}", found, test, known)
    say("  no model, default threshold 0.95", sure, test, known)
    for file in sorted(published.glob(f"{folder.name}__gpt-4*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as opened:
            answers = {line["input"]: line for line in map(json.loads, opened)}
        lines = [answers[row["input"]] for row in test if row["input"] in answers]
        if len(lines) < len(test):
            print(f"  {file.name}: answers for {len(lines)} of {len(test)} titles, skipped")
            continue
        raw = [{one: str(value) for one, value in line["pred"].items() if str(value) not in NOTHING} for line in lines]
        checked = []
        for line, made in zip(lines, raw, strict=True):
            spans = {one: quoted(line["input"], value) for one, value in made.items()}
            checked.append({one: line["input"][span[0] : span[1]] for one, span in spans.items() if span})
        label = file.name.removesuffix(".jsonl.gz").split("__", 1)[1]
        say(f"  {label}, as published", raw, test, known)
        say(f"  {label}, words checked", checked, test, known)


def quoted(text: str, value: str) -> tuple[int, int] | None:
    """Where a model's value stands in the text, as a whole word if it does; None: it is not taken."""
    start = text.casefold().find(value.casefold())
    return found_whole(text, value) or ((start, start + len(value)) if start >= 0 else None)


def title_row(at: int, row: dict, known: dict, *, filled: bool) -> ProductRow:
    cells = {"title": row["input"]}
    if filled:
        for one, values in row["target_scores"].items():
            value = next(iter(values))
            if one in known.get(row["category"], ()) and value not in NOTHING:
                cells[one] = value
    return ProductRow(ordinal=at, key=str(at), category=row["category"], cells=cells)


def say(label: str, found: list, test: list, known: dict) -> None:
    """Strict F1 as ExtractGPT counts it: a value is right if it is one of the gold ones, letter by letter."""
    counts: Counter[str] = Counter()
    invented = total = 0
    for made, row in zip(found, test, strict=True):
        for one in known.get(row["category"], ()):
            gold = {value for value in row["target_scores"].get(one, {}) if value not in NOTHING}
            value = made.get(one)
            if value is not None:
                total += 1
                invented += value.casefold() not in row["input"].casefold()
                counts["right" if value in gold else "wrong"] += 1
            counts["gold"] += bool(gold)
    precision = counts["right"] / max(1, counts["right"] + counts["wrong"])
    recall = counts["right"] / max(1, counts["gold"])
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    print(
        print(
            f"{label}: F1 {100 * f1:.1f}, precision {100 * precision:.1f}, recall {100 * recall:.1f}, "
            f"not in the title {invented} of {total}"
        )
    )


# ---- hidden known cells -------------------------------------------------------------------------------------------


def hidden_cells(name: str, rows: list[dict[str, str]], language: str, hidden: float) -> None:
    """Half of the products teach; of the others, known cells are hidden one product at a time, and predicted."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    key, category = columns[0], "category"
    sample = {column: [row.get(column) for row in rows[:500]] for column in columns}
    layout = guess_layout(columns, sample, is_attribute=is_known_name, key=key, category=category)
    totals: Counter[str] = Counter()
    per: dict[str, Counter[str]] = defaultdict(Counter)
    certainty: list[tuple[float, bool]] = []
    for split in SPLITS:
        drawn = random.Random(split)
        order = list(range(len(rows)))
        drawn.shuffle(order)
        teaching, asked = order[: len(order) // 2], order[len(order) // 2 :]
        cells = [
            (rows[at].get(category, ""), *pair)
            for at in teaching
            for pair in (
                *named_values(ProductRow(ordinal=0, key="", category="", cells=rows[at]), layout),
                *((column, rows[at][column]) for column in layout.own if column in rows[at]),
            )
        ]
        schema = draft_schema(
            observed_names(cells), Counter(rows[at].get(category, "") for at in teaching), name="bench"
        )
        reader = CategoryReader(attributes_of(schema, ROOT), layout, language=language)
        ids = {one.id for one in schema.categories}
        readers = dict.fromkeys(ids, reader)

        def row_of(at: int, made: dict[str, str], ids: set[str] = ids) -> ProductRow:
            return ProductRow(
                ordinal=at,
                key=rows[at][key],
                category=made.get(category, "") if made.get(category) in ids else ROOT,
                cells=made,
            )

        learned = learn([row_of(at, rows[at]) for at in sorted(teaching)], readers)
        test, gold = [], []
        for at in asked:
            known: dict[str, set] = defaultdict(set)
            for one in reader.statements(row_of(at, rows[at])):
                if not one.reading.problem:
                    known[one.attribute].add(one.reading.key)
            gone = {one for one in known if drawn.random() < hidden}
            made = dict(rows[at])
            for column in layout.pairs:
                if column in made:
                    left = [pair for pair in pairs(made[column]) if reader.names.attribute(pair[0])[0] not in gone]
                    made[column] = "; ".join(f"{one}:{value}" for one, value in left)
            for column in layout.own:
                if reader.names.attribute(column)[0] in gone:
                    made.pop(column, None)
            test.append(row_of(at, made))
            gold.append({one: known[one] for one in gone})
        for done, wanted in zip(Completer(readers, learned).complete(test), gold, strict=True):
            for one, keys in wanted.items():
                cell = done.cells[one]
                totals["hidden"] += 1
                per[one]["hidden"] += 1
                if cell.status not in FILLED:
                    continue
                read_again = [
                    reader.readers[one].read(text).key for text in (cell.raw, "/".join(cell.values), *cell.values[:1])
                ]
                right = (bool(cell.ids) and all(cell.ids) and frozenset(cell.ids) in keys) or any(
                    made in keys for made in read_again
                )
                totals.update(filled=1, right=right)
                per[one].update(filled=1, right=right)
                certainty.append((cell.confidence, right))
                totals["invented"] += not all(
                    piece.text in done.row.cells.get(piece.source, "") for piece in cell.evidence
                )
    low, high = wilson(totals["right"], totals["filled"])
    print(
        f"\n{name}, hidden known cells, five splits, threshold 0.95, no model: precision "
        f"{share(totals['right'], totals['filled'])} ({low:.3f} to {high:.3f}) of {totals['filled']} filled, coverage "
        f"{share(totals['filled'], totals['hidden'])} of {totals['hidden']}, invented {totals['invented']}"
    )
    for one, counts in sorted(per.items(), key=lambda item: -item[1]["hidden"])[:12]:
        print(
            f"  {one}: coverage {share(counts['filled'], counts['hidden'])} of {counts['hidden']}, "
            f"precision {share(counts['right'], counts['filled'])}"
        )
    print(
        "  confidence, share right, cells:",
        [(round(mean, 2), round(good, 2), count) for mean, good, count in reliability(certainty)],
    )


# ---- categories ---------------------------------------------------------------------------------------------------


def classification(name: str, rows: list[dict[str, str]]) -> None:
    placed = [row for row in rows if row.get("category")]
    title = "name" if "name" in placed[0] else "title"
    described = [
        Described(
            title=row.get(title, ""),
            texts=tuple(row[column] for column in ("brief", "description") if column in row),
            named=tuple(pairs(row.get("attributes", ""))),
            facets=tuple((column, row[column]) for column in ("shop",) if column in row),
        )
        for row in placed
    ]
    first = third = total = 0
    certainty = []
    started = time.process_time()
    for split in SPLITS:
        order = list(range(len(placed)))
        random.Random(split).shuffle(order)
        half = len(order) // 2
        classifier = Classifier([(described[at], placed[at]["category"]) for at in order[:half]])
        for at in order[half:]:
            guesses = classifier.guess(described[at])
            listed = [guess.category for guess in guesses]
            total += 1
            first += listed[0] == placed[at]["category"]
            third += placed[at]["category"] in listed
            certainty.append((guesses[0].confidence, listed[0] == placed[at]["category"]))
    print(
        f"\n{name}, categories with half known, five splits: top-1 {first / total:.3f}, top-3 {third / total:.3f} of "
        f"{total}, {time.process_time() - started:.0f} CPU s"
    )
    print(
        "  confidence, share right, products:",
        [(round(mean, 2), round(good, 2), count) for mean, good, count in reliability(certainty)],
    )


def share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "none"


def wilson(right: int, total: int) -> tuple[float, float]:
    """95 % interval of a share. Source: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953"""
    if not total:
        return 0.0, 1.0
    z, p = 1.96, right / total
    middle, half = p + z * z / (2 * total), z * math.sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    return (middle - half) / (1 + z * z / total), (middle + half) / (1 + z * z / total)


if __name__ == "__main__":
    main()
