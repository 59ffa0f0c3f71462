"""Instructions written from rows, and made sharper by mistakes."""

from __future__ import annotations

import json

from luthier.tools.data.model import Lineage, Message, Row, Task
from luthier.tools.evaluation.arms.instructions import Mistake, improve, write_instruction
from luthier.tools.evaluation.arms.prompted import with_instruction


def row(number: int, prompt: str, completion: str, system: str = "") -> Row:
    head = (Message(role="system", content=system),) if system else ()
    return Row(
        id=f"{number:016x}",
        messages=(
            *head,
            Message(role="user", content=prompt),
            Message(role="assistant", content=completion),
        ),
        source=Lineage(file="rows.csv", line=number + 2),
    )


def ticket(number: int) -> Row:
    topic = ("refund", "delivery")[number % 2]
    order = str(1000 + number)
    asked = f"About order {order}, please" if number % 3 else "No number at hand"
    value = {"topic": topic, "order": order if number % 3 else None, "stars": number}
    return row(number, asked, json.dumps(value))


def test_labels_are_all_named() -> None:
    task = Task(kind="labels", labels=("card lost", "card late"))
    text = write_instruction(task, [row(1, "Where is it", "card late")])
    assert "card lost, card late" in text


def test_fields_are_described_by_what_stands_in_them() -> None:
    rows = [ticket(number) for number in range(30)]
    text = write_instruction(Task(kind="structured"), rows)
    assert '- "topic": one of "refund", "delivery"' in text
    assert '- "order": copied word for word from the message or null' in text
    assert '- "stars": a number' in text
    assert text == write_instruction(Task(kind="structured"), rows)


def test_free_text_is_given_its_usual_length() -> None:
    rows = [row(number, "Tell me", "one two three four") for number in range(5)]
    assert "about 4 words" in write_instruction(Task(kind="text"), rows)


def test_mistakes_become_rules() -> None:
    labels = Task(kind="labels", labels=("ham", "spam"))
    strange = Mistake(row(1, "Win a car", "spam"), "This is surely spam, because ...")
    mixed_up = Mistake(row(2, "See you at nine", "ham"), "Spam.")
    better = improve(labels, "Sort.", [strange, mixed_up])
    assert better.startswith("Sort.\n")
    assert "nothing but one category" in better
    assert "“See you at nine” is ham, not Spam." in better
    structured = Task(kind="structured")
    prose = Mistake(ticket(1), "Sure! Here is your ticket")
    wrong = Mistake(ticket(2), '{"topic": "delivery", "order": "1002", "stars": 2}')
    better = improve(structured, "Turn.", [prose, wrong])
    assert "Begin with { and end with }" in better
    assert '"topic" is "refund"' in better
    assert improve(structured, "Turn.", []) == "Turn."


def test_an_instruction_stands_before_the_rows_own_system_text() -> None:
    asked = with_instruction(row(1, "Hello", "Hi", system="You are Elle."), "Be brief.")
    assert asked[0] == Message(role="system", content="Be brief.\n\nYou are Elle.")
    assert [message.role for message in asked] == ["system", "user"]
