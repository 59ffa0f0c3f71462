"""Splits of any rows: everything placed once, copies together, the order of the file irrelevant."""

from __future__ import annotations

from fakes.placing import Item, place
from hypothesis import given, settings
from hypothesis import strategies as st

from luthier.tools.data.split import FEWEST, choose_sizes

groups_and_labels = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from(["a", "b", "c", ""])), min_size=3, max_size=150
).filter(lambda rows: len({group for group, _ in rows}) >= FEWEST)


@settings(max_examples=200, deadline=None)
@given(rows=groups_and_labels, seed=st.integers(0, 2**31), data=st.data())
def test_any_split(rows: list[tuple[int, str]], seed: int, data: st.DataObject) -> None:
    items = [Item(n, group, label) for n, (group, label) in enumerate(rows)]
    sizes = choose_sizes(len(items))
    sides = place(items, sizes, seed)
    assert len(sides) == len(items)
    assert set(sides) == {"train", "validation", "test"}
    by_group: dict[int, set[str]] = {}
    for item, side in zip(items, sides, strict=True):
        by_group.setdefault(item.group, set()).add(side)
    assert all(len(found) == 1 for found in by_group.values())
    order = data.draw(st.permutations(range(len(items))))
    moved = place([items[n] for n in order], sizes, seed)
    assert [sides[n] for n in order] == moved
