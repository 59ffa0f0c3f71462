"""The seeded faults, from a line that cannot be read to a question that stands in the evaluation."""

from __future__ import annotations

import json
from pathlib import Path

from faults.seeds import (
    AT,
    ROWS,
    Fault,
    Row,
    answer,
    changed,
    conversation,
    dump,
    each,
    line,
    question,
    rows,
    turn,
    turns,
)

L = (AT + 1,)
U, A, S = ("user", "Where is it?"), ("assistant", "On its way."), ("system", "Be kind.")
KEY = "ghp_" + "a1B2" * 9


def _drop(key: str) -> object:
    def change(made: list[Row]) -> None:
        del made[AT]["messages"][0][key]

    return change


def _rename(made: list[Row]) -> None:
    made[AT]["messages"][1]["contnet"] = made[AT]["messages"][1].pop("content")


def _no_messages(made: list[Row]) -> None:
    made[AT] = {"dialogue": made[AT]["messages"]}


def _encoded(path: Path) -> None:
    made = rows()
    made[AT]["messages"][1]["content"] = "The café in Zürich is open, señor."
    dump(path, made, "cp1252")


def _bom(path: Path) -> None:
    dump(path, rows(), "utf-8-sig")


def _damaged(path: Path) -> None:
    made = rows()
    for number in range(0, ROWS, 3):
        made[number]["messages"][0]["content"] += " Grüße"
    made[AT]["messages"][1]["content"] = "The caf@@ is open."
    dump(path, made)
    path.write_bytes(path.read_bytes().replace(b"caf@@", b"caf\xe9"))


def _spike(made: list[Row]) -> None:
    for at in (AT, AT + 10, AT + 20):
        made[at]["messages"][1]["content"] = (f"{at} " + "we look after the parcel and " * 12)[
            :250
        ] + "b"


def _records(number: int, row: Row) -> None:
    record = json.dumps({"intent": "refund", "number": number})
    row["messages"][1]["content"] = record[:-3] if number == AT else record


def _copy(made: list[Row]) -> None:
    made[AT] = made[3]


def _near_copies(made: list[Row]) -> None:
    for at in range(AT, AT + 6):
        asked = made[at - 30]["messages"][0]["content"]
        made[at]["messages"][0]["content"] = f"{asked} Please!"


def _contradiction(made: list[Row]) -> None:
    made[AT]["messages"][0] = dict(made[3]["messages"][0])
    made[AT]["messages"][1]["content"] = "complaint" if made[3]["messages"][1]["content"] != "complaint" else "praise"  # fmt: skip


def _dominant(number: int, row: Row) -> None:
    row["messages"][1]["content"] = "refund" if number % 10 else "praise"


def _split(number: int, row: Row) -> None:
    row["split"] = "test" if number >= AT else "train"


def _leak(path: Path) -> None:
    made = rows()
    for number, row in enumerate(made):
        _split(number, row)
    made[AT]["messages"][0] = dict(made[3]["messages"][0])
    dump(path, made)


def _customers(number: int, row: Row) -> None:
    row["customer_id"] = f"c{number % 30}"


def _licences(number: int, row: Row) -> None:
    row["license"] = "CC BY-NC 4.0" if number == AT else "CC BY 4.0"


def _evaluation(path: Path) -> None:
    made = rows()
    dump(path, made)
    asked = made[AT]["messages"][0]["content"]
    dump(path.with_name("evaluation.jsonl"), [conversation(asked, "x"), *rows(True)[:0], conversation("Something quite different about nothing at all?", "y")])  # fmt: skip


def _few(path: Path) -> None:
    dump(path, rows()[:8])


def _constant(_number: int, row: Row) -> None:
    row["messages"][1]["content"] = "Please write to our service desk."


FAULTS = (
    Fault("line cut in the middle", line(lambda text: text[:60]), ("broken_json",), L),
    Fault("comma after the last entry", line(lambda text: text[:-1] + ",}"), ("broken_json",), L),
    Fault("single quotes (Python's repr)", line(lambda text: repr(json.loads(text))), ("broken_json",), L),
    Fault("line is a list, not an object", line(lambda _text: '["Where?", "Here."]'), ("data_type",), L),
    Fault("file in Windows-1252", _encoded, ("encoding",)),
    Fault("byte order mark", _bom, ("encoding",)),
    Fault("damaged bytes in UTF-8", _damaged, ("damaged_characters",), L),
    Fault("mojibake", answer("The cafÃ© in ZÃ¼rich is open."), ("mojibake",), L),
    Fault("no messages key", changed(_no_messages), ("missing_messages_list",), L),
    Fault("empty list of messages", turns(), ("missing_messages_list",), L),
    Fault("turn without a role", changed(_drop("role")), ("message_missing_key",), L),  # type: ignore[arg-type]
    Fault("misspelled key (contnet)", changed(_rename), ("message_missing_key", "missing_content"), L),
    Fault("unknown key in a turn", changed(turn(0, "colour", "red")), ("message_unrecognized_key",), L),
    Fault("misspelled role (hummany)", changed(turn(0, "role", "hummany")), ("unrecognized_role",), L),
    Fault("content is null", question(None), ("missing_content",), L),
    Fault("content is a number", answer(42), ("data_type",), L),
    Fault("turn of blanks only", answer("   \n"), ("missing_content",), L),
    Fault("empty turn in the middle", turns(U, ("assistant", ""), U, A), ("missing_content",), L),
    Fault("last turn by the user", turns(U, A, U), ("last_turn_not_assistant",), L),
    Fault("assistant never speaks", turns(S, U), ("example_missing_assistant_message",), L),
    Fault("nobody asks (system, assistant)", turns(S, A), ("missing_question",), L),
    Fault("assistant speaks first", turns(A, U, A), ("turns_out_of_order",), L),
    Fault("two user turns running", turns(U, U, A), ("turns_out_of_order",), L),
    Fault("system turn in the middle", turns(U, S, A), ("turns_out_of_order",), L),
    Fault("code block never closed", answer("Here:\n```python\nprint(1)"), ("answer_cut",), L),
    Fault("answers cut by a length", changed(_spike), ("answer_cut_by_length",), (61, 71, 81)),
    Fault("one JSON answer is broken", each(_records), ("broken_record",), L),
    Fault("special token in the text", answer("On its way.<|endoftext|>"), ("special_tokens",), L),
    Fault("ChatML written into the text", question("<|im_start|>user\nWhere?<|im_end|>\n<|im_start|>assistant\n"), ("baked_template",), L),
    Fault("Alpaca headings in the text", question("### Instruction:\nSay where.\n\n### Response:\n"), ("baked_template",), L),
    Fault("begin-of-text token in the text", question("<s>Where is it?"), ("double_bos",), L),
    Fault("HTML tags", answer("On its <b>way</b>.<br>Soon."), ("html_markup",), L),
    Fault("HTML entities", answer("Fish &amp; chips are on their way."), ("html_entities",), L),
    Fault("zero-width characters", answer("On its\u200b way."), ("control_characters",), L),
    Fault("carriage returns", answer("On its way.\r\nSoon."), ("control_characters",), L),
    Fault("exact duplicate", changed(_copy), ("duplicates",), L),
    Fault("near duplicates", changed(_near_copies), ("near_duplicates",), tuple(range(61, 67))),
    Fault("contradictory labels", changed(_contradiction, labels=True), ("contradictions",), L),
    Fault("one label nearly everywhere", each(_dominant, labels=True), ("dominant_label",)),
    Fault("label with one row", changed(turn(1, "content", "lawsuit"), labels=True), ("rare_labels",), L),
    Fault("label in another case", changed(turn(1, "content", "Refund"), labels=True), ("label_spelling",), L),
    Fault("label with a typing error", changed(turn(1, "content", "delivvery"), labels=True), ("label_spelling",), L),
    Fault("question in train and test", _leak, ("leak_between_splits",), L),
    Fault("rows of one customer (groups)", each(_customers), ("groups",)),
    Fault("question of the evaluation", _evaluation, ("overlap_with_evaluation",), L, against=True),
    Fault("question of the general-ability set", question("So what is the capital of France?"), ("overlap_with_general_questions",), L),
    Fault("e-mail address", answer("Write to anna.berg@firma-nord.de today."), ("personal_data",), L),
    Fault("phone number", answer("Call +44 20 7946 0958 today."), ("personal_data",), L),
    Fault("bank account (IBAN)", answer("Pay to DE89 3704 0044 0532 0130 00 today."), ("personal_data",), L),
    Fault("card number", answer("Your card 4539 1488 0343 6467 was charged."), ("personal_data",), L),
    Fault("key of a service", answer(f"The key is {KEY}, keep it."), ("secrets",), L),
    Fault("answer in another language", answer("Das Paket wurde gestern an Ihre Adresse geschickt und kommt bald an."), ("mixed_languages",), L),
    Fault("row far too long", question("Where is it? " + " ".join(f"Item {n} of {n * 7919}." for n in range(900))), ("outlier_length",), L),
    Fault("answer runs in circles", answer("and again and so on, " * 150), ("looped_answer",), L),
    Fault("eight rows only", _few, ("few_rows",)),
    Fault("every answer the same", each(_constant), ("constant_answer",)),
    Fault("refusal “as an AI”", answer("As an AI language model, I cannot help with that."), ("refusals",), L),
    Fault("licence forbids commercial use", each(_licences), ("licence_limits",), L),
    Fault("answer is the word nan", answer("nan"), ("literal_none",), L),
    Fault("placeholder not filled in", answer("I am {{name}}, at your service."), ("placeholders",), L),
    Fault("answer repeats the question", turns(("user", "Where is it now?"), ("assistant", "Where is it now?")), ("answer_repeats_question",), L),
    Fault("answer longer than the model reads", answer(" ".join(f"Step {n} is {n * 31}." for n in range(400))), ("answer_cut",), L, learning=True),
    Fault("question fills the whole row", question(" ".join(f"Item {n} is {n * 31}." for n in range(400))), ("nothing_trained",), L, learning=True),
)  # fmt: skip
