"""Why each finding matters, in one plain sentence: for reports, and for people who ask."""

from __future__ import annotations

from luthier.tools.language import _, mark

WHY: dict[str, str] = {
    "all_identical": mark("One row repeated can neither teach nor test anything."),
    "answer_cut": mark("A model that learns from cut answers stops in the middle too."),
    "answer_cut_by_length": mark("A model that learns from cut answers stops in the middle too."),
    "answer_repeats_question": mark("The model would learn to repeat what it is asked."),
    "baked_template": mark("The model would see the template twice in training and once in use."),
    "broken_json": mark("What cannot be read cannot be learned."),
    "broken_record": mark("The model would learn to write JSON that no program can read."),
    "constant_answer": mark("The model would learn to ignore the question."),
    "contradictions": mark("The model cannot learn both; it learns to guess."),
    "control_characters": mark(
        "They cost tokens, and the model learns to write what nobody can see."
    ),
    "copyright_lines": mark("A model can repeat protected text word for word."),
    "damaged_characters": mark("The letters are gone for good, and the model learns the holes."),
    "data_type": mark(
        "A text is expected here, and something else would be trained as its spelling."
    ),
    "dominant_label": mark("Accuracy looks high although the other labels are never found."),
    "double_bos": mark("Two beginnings are seen in training and one in use, which costs quality."),
    "duplicates": mark("Repeated rows weigh more than others and end up on both sides of a split."),
    "empty_completion": mark("The model would learn to say nothing."),
    "empty_prompt": mark("The model would learn to answer without having been asked."),
    "encoding": mark("Letters outside English may have been read wrongly."),
    "example_missing_assistant_message": mark("Only what the assistant says is learned."),
    "few_rows": mark("Too few rows are learned by heart, and too few test rows prove nothing."),
    "groups": mark("A test with a familiar customer or document is easier than real use."),
    "html_entities": mark("The model would learn to write “&amp;” for “&”."),
    "html_markup": mark("The model would learn to write tags into its answers."),
    "label_spelling": mark(
        "Each spelling is another answer to the model, and a wrong one to the score."
    ),
    "last_turn_not_assistant": mark("The last turn is what the model learns to say."),
    "leak_between_splits": mark("A question that was learned tests the memory, not the skill."),
    "licence_limits": mark("You may not be allowed to use or to publish what is learned from it."),
    "licence_notes": mark("What you may do with the model depends on it."),
    "literal_none": mark("The model would learn to say this word where it knows nothing."),
    "looped_answer": mark("The model would learn to run in circles, too."),
    "marked_bad": mark("A model learns whatever it is shown, good or bad."),
    "message_missing_key": mark("Without role and content nobody knows who says what."),
    "message_unrecognized_key": mark("A typo in a key silently drops what it holds."),
    "missing_content": mark("An empty turn teaches to say nothing, and some templates refuse it."),
    "missing_messages_list": mark("A row without turns teaches nothing."),
    "missing_question": mark("The model would learn to speak without having been asked."),
    "mixed_languages": mark("The model may answer in a language nobody asked for."),
    "mojibake": mark("The model would learn the garbled letters as if they were a language."),
    "near_duplicates": mark("Near copies on two sides of a split make the test too easy."),
    "nothing_trained": mark("Such a row costs time and teaches nothing."),
    "end_not_trained": mark("A model that never learns to end its answer runs on and on."),
    "everything_trained": mark("The model would learn to write the questions as well."),
    "outlier_length": mark("One row of giant length sets the memory needed for all, or is cut."),
    "overlap_with_evaluation": mark("A question that was learned tests the memory, not the skill."),
    "overlap_with_general_questions": mark(
        "A model that has learned these answers looks as if it had kept all it knew."
    ),
    "personal_data": mark("A model can repeat it to anybody who asks."),
    "placeholders": mark("The model would say the braces instead of a name."),
    "ragged": mark("Cells have slipped into the wrong columns."),
    "rare_labels": mark("What is seen twice cannot be learned, nor tested."),
    "refusals": mark("The tuned model would refuse and excuse itself in the same words."),
    "secrets": mark("A model can repeat the key to anybody who asks."),
    "set_aside": mark("You chose so."),
    "several_entries": mark("The other entries are lost to the training."),
    "special_tokens": mark("Such a token can end or restart the text for the model."),
    "stray_quote": mark("Everything up to the next quote is read as one cell."),
    "tool_calls": mark("A call that is not written out cannot be learned."),
    "turns_out_of_order": mark("Many chat templates refuse such rows or render them wrongly."),
    "unrecognized_role": mark("A turn by nobody is skipped by some trainers and breaks others."),
}


def why(code: str) -> str:
    """The reason for a finding's code, "" where none is written."""
    reason = WHY.get(code, "")
    return _(reason) if reason else ""
