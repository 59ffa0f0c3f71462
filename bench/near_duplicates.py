"""Near duplicates among a hundred thousand questions: seconds, peak memory, and what was found.

Every tenth question is an earlier one with a word changed, so that it is known what there is to find;
in the shortest of them that is too much to count as a copy.
The same questions go through datasketch's own index (``MinHashLSH``) with ``--datasketch``, which hashes
each run of characters with SHA-1 as its guide shows.

    python bench/near_duplicates.py [--rows 100000] [--datasketch]
"""

from __future__ import annotations

import argparse
import random
import resource
import time

SYLLABLES = (
    "lan",
    "der",
    "pok",
    "sim",
    "tur",
    "gat",
    "zel",
    "mib",
    "rop",
    "fen",
    "ba",
    "ke",
    "li",
    "mo",
)
SIMILARITY = 0.6


def main() -> None:
    parser = argparse.ArgumentParser(description="near duplicates")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--datasketch", action="store_true")
    options = parser.parse_args()
    prompts, copies = make_prompts(options.rows)
    print(f"rows: {len(prompts)}")
    print(f"characters_per_row: {sum(map(len, prompts)) / len(prompts):.0f}")
    started = time.monotonic()
    group = with_datasketch(prompts) if options.datasketch else with_luthier(prompts)
    seconds = time.monotonic() - started
    found = sum(group[copy] == group[original] for copy, original in copies)
    strangers = sum(group[n] != n for n in range(len(prompts)) if n not in dict(copies))
    alike = sum(similarity(prompts[one], prompts[two]) >= SIMILARITY for one, two in copies)
    print(f"copies_made: {len(copies)}")
    print(f"copies_alike_enough: {alike}")
    print(f"copies_found: {found}")
    print(f"strangers_joined: {strangers}")
    print(f"peak_megabytes: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f}")
    print(f"seconds: {seconds:.1f}")


def make_prompts(rows: int) -> tuple[list[str], list[tuple[int, int]]]:
    """Questions of 8 to 40 words; the last tenth are changed copies of earlier ones."""
    chance = random.Random(1)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(1, 3))) for _ in range(3000)]
    fresh = rows * 9 // 10
    prompts = [" ".join(chance.choices(words, k=chance.randint(8, 40))) for _ in range(fresh)]
    copies: list[tuple[int, int]] = []
    for number in range(fresh, rows):
        original = chance.randrange(fresh)
        turned = prompts[original].split()
        turned[chance.randrange(len(turned))] = "changed"
        prompts.append(" ".join(turned).upper() + "!")
        copies.append((number, original))
    return prompts, copies


def similarity(one: str, two: str) -> float:
    """Jaccard similarity of the runs of five characters, without any estimate."""
    from luthier.tools.data.near_copies import level

    sets = [{text[i : i + 5] for i in range(len(text) - 4)} for text in (level(one), level(two))]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


def with_luthier(prompts: list[str]) -> list[int]:
    from luthier.tools.data.near_copies import PromptIndex

    index = PromptIndex()
    for prompt in prompts:
        index.add(prompt)
    groups: list[int] = index.groups().tolist()
    return groups


def with_datasketch(prompts: list[str]) -> list[int]:
    """Each prompt named by the first in the index that is like it."""
    from datasketch import MinHash, MinHashLSH

    from luthier.tools.data.near_copies import level

    index = MinHashLSH(threshold=SIMILARITY, num_perm=128)
    group: list[int] = []
    for number, prompt in enumerate(prompts):
        text = level(prompt)
        mark = MinHash(num_perm=128)
        mark.update_batch({text[i : i + 5].encode() for i in range(max(1, len(text) - 4))})
        like = index.query(mark)
        group.append(min(like) if like else number)
        index.insert(number, mark)
    return group


if __name__ == "__main__":
    main()
