"""The pages in process, over a home of their own, with the examples' kind of sheet."""

import csv
import io

import pytest
from starlette.testclient import TestClient

from door import products
from goodsmith.server.app import create_app
from goodsmith.settings import Settings
from goodsmith.worker import work


class Browser:
    """A browser that came in with a key: keeps its cookie and sends what forms carry."""

    def __init__(self, client, key):
        self.client = client
        self.csrf = ""
        if key:
            page = client.get(f"/login?key={key}").text
            self.csrf = page.split('data-csrf="')[1].split('"')[0]

    def get(self, path, **more):
        return self.client.get(path, **more)

    def json(self, path):
        answer = self.client.get(path, headers={"accept": "application/json"})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path, *, json=None, files=None, follow_redirects=True, **form):
        headers = {"x-csrf-token": self.csrf} | ({"accept": "application/json"} if json is not None else {})
        return self.client.post(
            path, json=json, data=None if json is not None else form, files=files, headers=headers,
            follow_redirects=follow_redirects,
        )  # fmt: skip

    def upload(self, rows=None, *, name="goods.csv", data=None):
        if data is None:
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
            data = text.getvalue().encode()
        answer = self.post("/uploads", files={"file": (name, data)}, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]


class House:
    """The application with its keys and a worker that is called by hand."""

    def __init__(self, folder):
        self.settings = Settings(home=folder / ".goodsmith", chunk_rows=20, language="en")
        self.app = create_app(self.settings)
        self.client = TestClient(self.app, base_url="http://127.0.0.1")

    @property
    def store(self):
        return self.app.state.shop.store

    def key(self, role, name=None):
        return self.store.keys.create(name or role, role)[1]

    def browser(self, role="owner", name=None):
        client = TestClient(self.app, base_url="http://127.0.0.1", headers={"accept": "text/html"})
        return Browser(client, self.key(role, name))

    def stranger(self):
        return Browser(TestClient(self.app, base_url="http://127.0.0.1", headers={"accept": "text/html"}), None)

    def work(self):
        return work(settings=self.settings, home=self.settings.home, once=True)


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    with made.client:  # starts and ends the application
        yield made


@pytest.fixture
def owner(house):
    return house.browser("owner", "Ann")


@pytest.fixture
def run(house, owner):
    """A finished run over twelve products; its address."""
    place = owner.upload(products(12))
    at = owner.post(f"{place}/runs", recipe="listing", follow_redirects=False).headers["location"]
    assert house.work() == 1
    return at
