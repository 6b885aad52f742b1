"""Who gets in and what they may do: every route, every role."""

import pytest
from fastapi.routing import APIRoute

OPEN = {"/login", "/language", "/healthz", "/readyz", "/openapi.json"}


def routes(house):
    from goodsmith.server import catalogs, door, lots, review, runs

    return [route for module in (door, catalogs, runs, review, lots) for route in module.router.routes]


def test_every_route_but_the_door_asks_for_a_role(house):
    seen = 0
    for route in routes(house):
        assert isinstance(route, APIRoute)
        roles = [getattr(one.call, "role", None) for one in route.dependant.dependencies]
        assert any(roles) or route.path in OPEN, route.path
        seen += 1
    assert seen > 12


@pytest.mark.parametrize("path", ["/", "/catalogs/x", "/runs/x", "/runs/x/review", "/runs/x/lots", "/runs/x/export"])
def test_a_stranger_is_led_to_the_door_and_a_program_is_told(house, path):
    stranger = house.stranger()
    led = stranger.get(path, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (303, "/login")
    told = stranger.get(path, headers={"accept": "application/json"})
    assert (told.status_code, told.json()["error"]) == (401, "not_let_in")


def test_a_key_opens_the_door_and_a_wrong_one_does_not(house):
    key = house.key("viewer")
    stranger = house.stranger()
    for wrong in (key[:-1] + ("a" if key[-1] != "a" else "b"), "gs_x_y", "", "nonsense", "gs__"):
        assert stranger.client.post("/login", data={"key": wrong or " "}).status_code == 401
    assert stranger.client.post("/login", data={"key": key}).status_code == 200
    assert stranger.get("/", follow_redirects=False).status_code == 200


def test_a_program_sends_its_key_with_each_request(house):
    key = house.key("operator")
    answer = house.client.get("/", headers={"authorization": f"Bearer {key}", "accept": "application/json"})
    assert answer.json() == {"ok": True, "runs": [], "uploads": []}


def test_a_revoked_or_expired_key_opens_nothing_and_its_sessions_end(house):
    browser = house.browser("viewer", "Ben")
    (ben,) = [key for key in house.store.keys.all() if key.name == "Ben"]
    house.store.keys.revoke(ben.key_id)
    assert browser.get("/", follow_redirects=False).status_code == 303
    _, expired = house.store.keys.create("old", "owner", expires_in_s=-1)
    assert (
        house.client.get("/", headers={"authorization": f"Bearer {expired}"}, follow_redirects=False).status_code != 200
    )


def test_what_is_stored_of_a_key_does_not_open_anything(house):
    key = house.key("owner")
    secret = key.rsplit("_", 1)[1] if "_" not in key.split("_", 2)[2] else key.split("_", 2)[2]
    for file in house.settings.home.rglob("control.db*"):
        assert secret.encode() not in file.read_bytes()


def test_a_form_without_the_sessions_token_changes_nothing(house, owner):
    answer = owner.client.post("/uploads", files={"file": ("goods.csv", b"sku,name\n1,x\n")})
    assert answer.status_code == 403
    assert owner.json("/")["uploads"] == []


@pytest.mark.parametrize(
    ("role", "may"), [("viewer", set()), ("reviewer", {"decide"}), ("operator", {"decide", "run", "upload", "draw"})]
)
def test_a_role_may_do_its_part_and_no_more(house, run, role, may):
    browser = house.browser(role)
    tried = {
        "upload": browser.post("/uploads", files={"file": ("goods.csv", b"sku,name\n1,x\n")}),
        "run": browser.post(f"{run}/actions", action="retry_failed"),
        "draw": browser.post(f"{run}/lots", at_most="30", confidence="95"),
        "decide": browser.post(
            f"{run}/decisions", json={"ordinal": 0, "locale": "en-US", "version": 1, "kind": "approve"}
        ),
    }
    assert {name for name, answer in tried.items() if answer.status_code == 200} == may
    assert {answer.status_code for name, answer in tried.items() if name not in may} <= {403}


def test_only_an_owner_may_say_where_a_vendors_key_is_sent(house, owner):
    place = owner.upload([{"sku": "1", "name": "Kettle"}])
    elsewhere = {"model": "openai/some-model", "base_url": "http://127.0.0.1:9/v1", "price": "in=0,out=0,currency=USD"}
    operator = house.browser("operator")
    for action in ("runs", "trials"):
        assert operator.post(f"{place}/{action}", **elsewhere).status_code == 403
    assert owner.json("/")["runs"] == []


def test_a_page_reads_no_recipe_from_the_disk(house, owner):
    place = owner.upload([{"sku": "1", "name": "Kettle"}])
    (house.settings.home / "mine.yaml").write_text("recipe: secret", encoding="utf-8")
    for recipe in (str(house.settings.home / "mine.yaml"), "/etc/hostname", "../x.yaml"):
        answer = owner.get(place, params={"recipe": recipe}, headers={"accept": "application/json"})
        assert (answer.status_code, answer.json()["error"]) == (404, "unknown_name")


def test_pages_forbid_frames_scripts_of_others_and_guessing_of_types(house, owner):
    headers = owner.get("/").headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


def test_the_language_switch_leads_nowhere_else(house):
    stranger = house.stranger()
    for back in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = stranger.client.post("/language", data={"to": "zh", "back": back}, follow_redirects=False)
        assert answer.headers["location"] == "/"
    assert "登录" in stranger.get("/login").text
