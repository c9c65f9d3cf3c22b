"""The sample day is repeatable, closes to the gram, and stays inside the municipality."""

from datetime import date

import pytest
from ewaste.contracts.registry import TYPES_BY_NAME
from ewaste.local.demo.confirmations import confirmations
from ewaste.local.demo.world import World, make_world

DAY = date(2026, 11, 20)


def _world(seed: int = 7, run: int = 1, items: int = 2_200) -> World:
    return make_world(seed=seed, run=run, day=DAY, boxes=120, items=items)


def test_the_same_seed_gives_the_same_day() -> None:
    assert _world() == _world()
    assert confirmations(_world()) == confirmations(_world())
    assert _world(seed=8).drops != _world().drops


def test_a_second_run_repeats_no_id_but_keeps_the_boxes() -> None:
    first, second = _world(run=1), _world(run=2)
    assert first.boxes == second.boxes
    assert not {drop.item_id for drop in first.drops} & {drop.item_id for drop in second.drops}
    assert not {bag.bag_id for bag in first.bags} & {bag.bag_id for bag in second.bags}
    assert not {bag.seal_number for bag in first.bags} & {bag.seal_number for bag in second.bags}


def test_every_bag_weighs_what_was_dropped_into_it_and_is_in_one_load_and_one_batch() -> None:
    world = _world()
    for bag in world.bags:
        assert bag.net_grams == sum(drop.grams for drop in world.drops if drop.bag_id == bag.bag_id)
    ids = sorted(bag.bag_id for bag in world.bags)
    assert sorted(bag.bag_id for load in world.loads for bag in load.bags) == ids
    assert sorted(bag.bag_id for batch in world.batches for bag in batch.bags) == ids


def test_boxes_stand_in_all_four_khwaeng_near_the_centre_of_the_city() -> None:
    boxes = _world().boxes
    assert len({box.khwaeng for box in boxes}) == 4
    assert len({box.point_id for box in boxes}) == 120
    # 40 km² around 18.79528 N 98.99861 E: nothing is further than some four kilometres.
    assert all(abs(box.latitude_microdegrees - 18_795_280) < 36_000 for box in boxes)
    assert all(abs(box.longitude_microdegrees - 98_998_610) < 36_000 for box in boxes)


def test_what_the_partner_confirms_is_valid_and_balances() -> None:
    inputs: dict[str, int] = {}
    for claim in confirmations(_world()):
        data = TYPES_BY_NAME[f"ewaste.partner.{claim['type']}.v1"].model.model_validate(claim["data"]).model_dump()
        if claim["type"] == "BatchOpened":
            inputs[data["batch_id"]] = sum(bag["grams"] for bag in data["inputs"]) + data["other_client_grams"]
        elif claim["type"] == "BatchRecycled":
            out = sum(output["grams"] for output in data["outputs"])
            assert out + data["process_loss_grams"] == inputs[data["batch_id"]]


def test_fewer_items_than_boxes_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        _world(items=100)
