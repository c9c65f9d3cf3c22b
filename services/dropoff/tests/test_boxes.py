"""What the municipality's staff rely on: boxes and the bags in them."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from ewaste.contracts.events.dropoff import BagFillReported, BagInstalled, DropPointRegistered, DropPointRetired
from ewaste.contracts.fields import Part

Facts = Callable[[str], Awaitable[list[Part]]]
Box = Callable[..., Awaitable[None]]


def _point(point_id: str, **more: Any) -> dict[str, Any]:
    return {"point_id": point_id, "name_th": "ตลาดวโรรส", "khwaeng": "nakhon_ping",
            "latitude_microdegrees": 18_790_500, "longitude_microdegrees": 99_000_700, **more}  # fmt: skip


async def test_every_box_of_a_list_has_its_result(http: httpx.AsyncClient, facts: Facts) -> None:
    lines = [
        _point("b1"),
        _point("b2", khwaeng="mae_rim"),
        _point("b3", latitude_microdegrees=18.79),
        _point("b1"),
        _point("b4", name_th=" "),
    ]
    answer = (await http.post("/drop-points/bulk", json={"lines": lines})).json()

    wrong = {line["line"]: line["error"]["field"] for line in answer["lines"] if line["error"]}
    assert wrong == {2: "khwaeng", 3: "latitude_microdegrees", 4: "point_id", 5: "name_th"}
    (fact,) = await facts("b1")
    assert isinstance(fact, DropPointRegistered)


async def test_boxes_are_listed_page_by_page(http: httpx.AsyncClient) -> None:
    ids = [f"page-{n:02}" for n in range(7)]
    await http.post("/drop-points/bulk", json={"lines": [_point(id, khwaeng="sriwichai") for id in reversed(ids)]})

    seen: list[str] = []
    params: dict[str, Any] = {"khwaeng": "sriwichai", "limit": 3}
    while True:
        page = (await http.get("/drop-points", params=params)).json()
        seen += [point["point_id"] for point in page["items"]]
        assert len(page["items"]) <= 3
        if page["next_cursor"] is None:
            break
        params["cursor"] = page["next_cursor"]

    assert seen == ids


@pytest.mark.parametrize("cursor", ["x", "MQ==", "eyJhIjoxfQ==", "Ilx1MDAwMCI=", "bnVsbA=="])
async def test_a_cursor_that_was_made_up_is_refused(http: httpx.AsyncClient, cursor: str) -> None:
    answer = await http.get("/drop-points", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_a_retired_box_is_told_once_and_no_longer_listed(http: httpx.AsyncClient, facts: Facts, box: Box) -> None:
    await box("b5")
    for _ in range(2):
        assert (await http.post("/drop-points/b5/retirement", json={"reason": "damaged"})).status_code == 204

    listed = (await http.get("/drop-points", params={"limit": 500})).json()["items"]
    assert "b5" not in [point["point_id"] for point in listed]
    assert [type(fact) for fact in await facts("b5")] == [DropPointRegistered, DropPointRetired]


async def test_a_bag_hangs_in_one_box(http: httpx.AsyncClient, facts: Facts, box: Box) -> None:
    await box("b6", ("b6-bag", None))
    await box("b7")

    again = await http.post("/drop-points/b6/bags", json={"bag_id": "b6-bag"})
    elsewhere = await http.post("/drop-points/b7/bags", json={"bag_id": "b6-bag"})
    nowhere = await http.post("/drop-points/no-box/bags", json={"bag_id": "b8-bag"})

    assert again.status_code == 204
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (409, "bag_id")
    assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (404, "point_id")
    assert [type(fact) for fact in await facts("b6-bag")] == [BagInstalled]


async def test_a_bag_does_not_hang_in_the_future(http: httpx.AsyncClient, box: Box) -> None:
    await box("b9")
    answer = await http.post("/drop-points/b9/bags", json={"bag_id": "b9-bag", "installed_at": "2199-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "installed_at")


async def test_how_full_a_bag_looks_is_told(http: httpx.AsyncClient, facts: Facts, box: Box) -> None:
    await box("b10", ("b10-bag", None))
    answer = await http.post("/bags/b10-bag/fill-reports", json={"fill_percent": 80, "reported_by": "sensor"})
    assert answer.status_code == 204
    fact = (await facts("b10-bag"))[-1]
    assert isinstance(fact, BagFillReported)
    assert (fact.point_id, fact.fill_percent) == ("b10", 80)
    assert (await http.post("/bags/no-bag/fill-reports", json={"fill_percent": 80})).status_code == 404
    assert (await http.post("/bags/b10-bag/fill-reports", json={"fill_percent": 101})).status_code == 422
