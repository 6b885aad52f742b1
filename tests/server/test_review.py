"""Deciding on the page: one product a screen, two people never overwrite each other unseen."""


def queue(browser, run):
    return browser.json(f"{run}/review?queue=all&limit=50")["rows"]


def send(browser, run, row, kind, **more):
    body = {name: row[name] for name in ("ordinal", "locale", "version")} | {"kind": kind} | more
    return browser.post(f"{run}/decisions", json=body)


def test_a_product_is_shown_with_its_source_and_what_was_made_of_it(house, owner, run):
    first = queue(owner, run)[0]
    assert (first["key"], first["locale"]) == ("00000", "en-US")
    assert {"column": "name", "text": "Linen tablecloth 0", "used": True} in first["source"]
    title = next(slot for slot in first["slots"] if slot["slot"] == "title")
    assert "Linen tablecloth 0" in title["text"]
    assert "Linen tablecloth 0" in owner.get(f"{run}/review?queue=all").text


def test_a_decision_takes_the_product_out_of_the_queue_and_into_the_export(house, owner, run):
    first, second, third, *_ = queue(owner, run)
    assert send(owner, run, first, "approve").status_code == 200
    assert send(owner, run, second, "reject", reason="wrong fact").status_code == 200
    assert send(owner, run, third, "edit", edits={"title@en-US": "In a person's words"}).status_code == 200
    assert [row["key"] for row in queue(owner, run)][:2] == ["00003", "00004"]
    text = owner.get(f"{run}/export?to=jsonl").text.splitlines()
    assert '"status": "approved"' in text[0].replace('":"', '": "')
    assert '"title": null' in text[1].replace('":null', '": null')
    assert "In a person's words" in text[2]


def test_an_undone_decision_brings_the_product_back(house, owner, run):
    first = queue(owner, run)[0]
    send(owner, run, first, "approve")
    assert send(owner, run, first | {"version": first["version"] + 1}, "reopen").status_code == 200
    assert queue(owner, run)[0]["key"] == first["key"]


def test_the_slower_of_two_people_is_told_who_was_faster(house, owner, run):
    first = queue(owner, run)[0]
    send(owner, run, first, "approve")
    late = send(house.browser("reviewer", "Ben"), run, first, "reject")
    assert (late.status_code, late.json()["error"]) == (409, "late")
    assert "Ann has decided this one" in late.json()["message"]


def test_the_form_works_without_scripts(house, owner, run):
    first = queue(owner, run)[0]
    answer = owner.post(f"{run}/decisions", **{
        "ordinal": "0", "locale": first["locale"], "version": str(first["version"]), "kind": "edit", "reason": "",
        "edit.title@en-US": "Typed into the form",
    })  # fmt: skip
    assert answer.status_code == 200
    assert "Typed into the form" in owner.get(f"{run}/export?to=csv").content.decode("utf-8-sig")


def test_a_decision_that_cannot_be_meant_is_refused(house, owner, run):
    first = queue(owner, run)[0]
    for wrong in ({"kind": "perhaps"}, {"ordinal": -1}, {"kind": "edit", "edits": {"nothing": "x"}}):
        answer = send(owner, run, first | wrong, wrong.get("kind", "approve"), edits=wrong.get("edits", {}))
        assert answer.status_code == 422, answer.text


def test_a_lot_is_drawn_read_and_signed_on_the_page(house, owner, run):
    owner.post(f"{run}/lots", at_most="30", confidence="95")
    (lot,) = owner.json(f"{run}/lots")["lots"]
    assert (lot["drawn"], lot["rows"], lot["verdict"]) == (9, 12, "open")
    for row in owner.json(f"{run}/review?lot={lot['lot']}&limit=50")["rows"]:
        send(owner, run, row, "approve")
    assert owner.post(f"{run}/lots/{lot['lot']}/sign").status_code == 200
    page = owner.get(f"{run}/lots/{lot['lot']}/certificate").text
    assert "9 of 12 rows read at random, no defect: at most 28 % wrong (95 %)." in page
