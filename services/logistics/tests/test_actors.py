"""Who may hold bags, as dispatchers and auditors rely on it."""

from collections.abc import Awaitable, Callable

import httpx
from ewaste.contracts.events.logistics import ActorRegistered
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]


async def test_an_actor_is_registered_once(http: httpx.AsyncClient, facts: Facts) -> None:
    body = {"actor_id": "a-1", "kind": "storage", "name_th": "สถานีขนถ่าย", "name_en": "Transfer station"}

    first = await http.post("/actors", json=body)
    again = await http.post("/actors", json=body)
    other = await http.post("/actors", json={**body, "kind": "carrier"})

    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    assert (other.status_code, other.json()["errors"][0]["field"]) == (409, "actor_id")
    (fact,) = await facts("a-1")
    assert isinstance(fact, ActorRegistered)


async def test_actors_and_recyclers_are_listed_page_by_page(http: httpx.AsyncClient) -> None:
    seen: dict[str, str] = {}
    cursor: str | None = None
    while True:
        page = (await http.get("/actors", params={"limit": 2, **({"cursor": cursor} if cursor else {})})).json()
        seen |= {one["actor_id"]: one["kind"] for one in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert {id: seen[id] for id in ("city", "crew-1", "hai-ya", "plant-1")} == {
        "city": "municipality",
        "crew-1": "carrier",
        "hai-ya": "storage",
        "plant-1": "partner",
    }
    assert list(seen) == sorted(seen)


async def test_a_recyclers_id_is_no_actors(http: httpx.AsyncClient) -> None:
    answer = await http.post("/actors", json={"actor_id": "plant-1", "kind": "carrier", "name_th": "อื่น"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "actor_id")
