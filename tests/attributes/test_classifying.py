"""Products into categories: named, alike, or asked once for a group."""

import pandas as pd

from goodsmith.attributes.classifying.alikeness import Described
from goodsmith.attributes.classifying.classifier import Classifier

NOUNS = {"kettle": ("glass", "steel"), "towel": ("cotton", "waffle"), "lamp": ("desk", "floor")}


def known(count):
    return [
        (Described(title=f"Olmo {kind} {noun} no {at}"), noun)
        for at in range(count)
        for noun, kinds in NOUNS.items()
        for kind in kinds
    ]


def test_the_likeliest_category_comes_first_with_alike_products_as_evidence():
    classifier = Classifier(known(6))
    guesses = classifier.guess(Described(title="Vireo steel kettle"))
    assert guesses[0].category == "kettle"
    assert guesses[0].confidence > 0.8
    assert all("kettle" in title for title in guesses[0].evidence)
    assert sum(guess.confidence for guess in guesses) <= 1.0001
    stranger = classifier.guess(Described(title="完全不同"))
    assert stranger[0].confidence < 0.8


def test_unsure_products_are_asked_once_for_a_group_and_remembered(goodsmith):
    rows = [{"sku": f"{at}", "title": f"Mystery widget deluxe {at}"} for at in range(6)]
    rows += [{"sku": f"k{at}", "title": f"Olmo electric kettle {at}"} for at in range(6)]
    pd.DataFrame(rows).to_csv(goodsmith.folder / "in.csv", index=False)
    first = goodsmith.json("classify", "in.csv", "-S", "kettles", "--questions", "ask.xlsx", "-o", "out.csv")
    assert first["how"] == {"unsure": 6, "rule": 6}
    assert first["groups"] == 1
    asked = pd.read_excel(goodsmith.folder / "ask.xlsx", dtype=str)
    asked["decision"] = "Vacuum flask"
    asked.to_excel(goodsmith.folder / "ask.xlsx", index=False)
    after = goodsmith.json("classify", "in.csv", "-S", "kettles", "--decided", "ask.xlsx")
    assert after["by_category"] == {"flask": 6, "electric_kettle": 6}
    assert pd.read_csv(goodsmith.folder / "out.csv")["Placed in"].notna().sum() == 6
