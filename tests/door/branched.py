"""A recipe with conditions, and catalogs in which they seldom hold and fields are missing in patterns."""

import random

BRANCHED = """
recipe: branched
locales: [en-US]
fields:
  name: {required: true}
  brand: {}
  category: {}
  material: {}
  size: {}
steps:
  - ask:
      instruction: You write titles for {{ locale.language }} shoppers.
      input: |
        Name: {{ name }}
        {% if brand %}Brand: {{ brand }}{% endif %}
        {{ material }} {{ size }}
      requirements:
        - {when: 'category contains "Food"', say: Promise no effect on health.}
        - {when: 'size contains "XXL"', say: Say that it is large.}
        - {when: 'material == blank', say: Do not guess a material.}
      output:
        title: {max: 90}
checks: [schema]
"""


def catalog(count, seed=1):
    """Products sorted by category. Fields are missing together in patterns, some in one row of a hundred only."""
    chance = random.Random(seed)
    made = []
    for number in range(count):
        category = f"Home > {'ABCDEFGH'[number * 8 // count]}" if chance.random() > 0.012 else "Food > Tea"
        made.append(
            {
                "sku": f"{number:06d}",
                "name": f"Article {number} {'very long name ' * chance.choice([0, 0, 0, 1, 9])}",
                "brand": "" if chance.random() < 0.12 else "Olmo",
                "category": category,
                "material": "" if chance.random() < 0.15 else "linen",
                "size": chance.choice(["", "S", "M", "L"]) if chance.random() > 0.013 else "XXL",
            }
        )
    return made
