"""Does a forecast hold? Simulated catalogs with known totals, trials drawn from them, intervals of the real estimator.

Each catalog has 100,000 rows sorted by category (60 categories of very different sizes, prompts and answers), answers
with a log-normal tail and, for two rows in a hundred, three to six times as much (repairs, retries, very long rows);
costs have a standard deviation of 0.6 of their mean. A trial draws rows as `goodsmith trial` does: in proportion to the
categories, at random within. What a prompt's tokens are believed to be is off by a factor and by 8 % from row to row.

Shown per number of rows drawn: how often the 95 % interval of the total cost holds the truth, and its half-width; and
what the first rows of the sorted catalog would have said.

    python bench/forecast.py [--runs 200] [--seed 1]
"""

import argparse
import statistics
from collections import Counter

import numpy as np

from goodsmith.trials.estimating import Stratum, allocate, total

ROWS = 100_000
CATEGORIES = 60
DRAWS = (12, 30, 60, 100, 200, 500, 1_000, 2_000)
IN_PRICE, OUT_PRICE = 0.8, 3.2  # per million tokens


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    chance = np.random.default_rng(given.seed)
    held, widths, plain, first = Counter(), {n: [] for n in DRAWS}, Counter(), {n: [] for n in DRAWS}
    spreads = []
    for _ in range(given.runs):
        category, believed, answer, cost = catalog(chance)
        truth = cost.sum()
        spreads.append(cost.std() / cost.mean())
        for draws in DRAWS:
            found = total(drawn(chance, category, believed, answer, cost, draws))
            held[draws] += found.low <= truth <= found.high
            widths[draws].append((found.high - found.low) / 2 / truth)
            simple = total([one_stratum(chance, cost, draws)])
            plain[draws] += simple.low <= truth <= simple.high
            first[draws].append(abs(cost[:draws].mean() * ROWS / truth - 1))
    print(f"{given.runs} catalogs of {ROWS:,} rows, costs of sd/mean {statistics.mean(spreads):.2f}; 95 % intervals\n")
    print("| rows drawn | holds the truth | half-width | without sizes and categories | error of the first rows |")
    print("|---|---|---|---|---|")
    for draws in DRAWS:
        print(
            f"| {draws:,} | {held[draws] / given.runs:.1%} | ± {statistics.mean(widths[draws]):.1%} "
            f"| {plain[draws] / given.runs:.1%} | {statistics.mean(first[draws]):.0%} |"
        )
    print(f"\nall of them together: {sum(held.values()) / given.runs / len(DRAWS):.1%}")


def catalog(chance):
    """(category, believed prompt tokens, answer tokens, cost) of each row, sorted by category."""
    shares = 1 / np.arange(1, CATEGORIES + 1) ** 1.1
    category = np.sort(chance.choice(chance.permutation(CATEGORIES), size=ROWS, p=shares / shares.sum()))
    long = np.exp(chance.normal(0, 0.45, CATEGORIES))[category]
    wordy = np.exp(chance.normal(0, 0.35, CATEGORIES))[category]
    prompt = 350 + 150 * long * np.exp(chance.normal(0, 0.7, ROWS))
    answer = 180 * wordy * np.exp(chance.normal(0, 0.35, ROWS))
    tail = np.where(chance.random(ROWS) < 0.02, chance.uniform(3, 6), 1.0)
    cost = (prompt * IN_PRICE + answer * OUT_PRICE) * tail
    believed = prompt * chance.uniform(0.7, 1.4) * np.exp(chance.normal(0, 0.08, ROWS))
    return category, believed, answer * tail, cost


def drawn(chance, category, believed, answer, cost, draws):
    """The strata of a trial; a row's size is what it should cost, with a usual answer (`trials/forecast.py`)."""
    counts = np.bincount(category, minlength=CATEGORIES)
    place, given = allocate({str(number): int(count) for number, count in enumerate(counts) if count}, draws)
    stratum = np.array([place.get(str(number), 0) for number in range(CATEGORIES)])[category]
    rows = {number: np.flatnonzero(stratum == number) for number in given}
    picked = {number: chance.choice(rows[number], size=count, replace=False) for number, count in given.items()}
    size = believed * IN_PRICE + answer[np.concatenate(list(picked.values()))].mean() * OUT_PRICE
    return [
        Stratum(
            rows=len(rows[number]),
            size=float(size[rows[number]].sum()),
            drawn=list(zip(size[found].tolist(), cost[found].tolist(), strict=True)),
        )
        for number, found in picked.items()
    ]


def one_stratum(chance, cost, draws):
    picked = chance.choice(ROWS, size=draws, replace=False)
    return Stratum(rows=ROWS, size=0.0, drawn=[(0.0, each) for each in cost[picked].tolist()])


if __name__ == "__main__":
    main()
