from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from luthier.agent.events import (
    AgentEvent,
    ApprovalAsked,
    ApprovalSettled,
    BrainChanged,
    FactsChanged,
    QuestionAsked,
    StageFacts,
    TextDelta,
    TextDone,
    TokensUsed,
    ToolFinished,
    ToolProgress,
    ToolStarted,
    TurnEnded,
    TurnFailed,
    TurnStarted,
    UserSpoke,
)
from luthier.tools.questions import Approval, Question
from luthier.tools.views import Callout
from luthier.tui.transcript import (
    ApprovalEntry,
    AssistantEntry,
    Change,
    NoticeEntry,
    QuestionEntry,
    ToolEntry,
    Transcript,
    UserEntry,
)

QUESTION = Question(id="start", text="What shall we start with?")
APPROVAL = Approval(tool="launch", effect="long_job", title="Start the training")


def told(*events: AgentEvent) -> Transcript:
    transcript = Transcript()
    for event in events:
        transcript.apply(event)
    return transcript


def test_streamed_pieces_become_one_message() -> None:
    transcript = Transcript()
    changes = [
        transcript.apply(event)
        for event in (TextDelta("m", "Hel"), TextDelta("m", "lo"), TextDone("m", "Hello"))
    ]
    key = "assistant-m"
    assert changes == [
        [Change("added", key)],
        [Change("grew", key, "lo")],
        [Change("changed", key)],
    ]
    assert transcript.entries == [AssistantEntry(key, "Hello", True)]


def test_a_message_that_was_not_streamed_appears_whole() -> None:
    assert told(TextDone("m", "Hello")).entries == [AssistantEntry("assistant-m", "Hello", True)]


def test_a_tool_passes_from_running_to_its_views() -> None:
    view = Callout(kind="callout", headline="Fine")
    transcript = told(ToolStarted("c", "inspect", "Reading orders.csv", {}))
    assert transcript.working_on == "Reading orders.csv"
    transcript.apply(ToolProgress("c", "rows", 5, 10))
    entry = transcript.entry("tool-c")
    assert isinstance(entry, ToolEntry)
    assert (entry.progress, entry.done, entry.total) == ("rows", 5, 10)
    transcript.apply(ToolFinished("c", "inspect", True, "10 rows", (view,)))
    assert (entry.state, entry.views, transcript.working_on) == ("ok", (view,), "")


def test_a_question_waits_until_the_user_speaks() -> None:
    transcript = told(QuestionAsked("q", QUESTION), TurnEnded("waiting"))
    assert isinstance(transcript.prompt, QuestionEntry)
    transcript.apply(UserSpoke("u", "my own file"))
    assert transcript.prompt is None
    assert transcript.entries[-1] == UserEntry("user-u", "my own file")


def test_an_answer_given_here_is_not_taken_for_the_answer_to_the_next_question() -> None:
    transcript = told(QuestionAsked("q1", QUESTION), QuestionAsked("q2", QUESTION))
    transcript.settle("prompt-q1")
    transcript.apply(UserSpoke("u", "one"))
    prompt = transcript.prompt
    assert prompt is not None
    assert prompt.key == "prompt-q2"


def test_a_question_asked_again_after_a_turn_is_shown_once() -> None:
    transcript = told(QuestionAsked("q", QUESTION))
    assert transcript.apply(QuestionAsked("q", QUESTION)) == []


def test_a_decision_settles_an_approval_once() -> None:
    transcript = told(ApprovalAsked("a", APPROVAL))
    assert isinstance(transcript.prompt, ApprovalEntry)
    assert Change("changed", "prompt-a") in transcript.settle("prompt-a")
    assert transcript.prompt is None
    assert transcript.settle("prompt-a") == []


def test_what_was_asked_earlier_waits_for_nothing() -> None:
    transcript = told(ApprovalSettled("c", APPROVAL), UserSpoke("c", "No: too dear"))
    asked, said = transcript.entries
    assert isinstance(asked, ApprovalEntry)
    assert asked.settled
    assert said == UserEntry("user-c", "No: too dear")
    assert transcript.prompt is None


def test_where_nothing_can_be_said_nothing_waits() -> None:
    transcript = Transcript(read_only=True)
    for event in (QuestionAsked("q", QUESTION), ApprovalAsked("a", APPROVAL)):
        assert [change.kind for change in transcript.apply(event)] == ["added"]
    assert transcript.prompt is None
    assert len(transcript.entries) == 2


def test_an_interrupted_turn_keeps_what_was_said_and_says_so() -> None:
    transcript = told(
        TurnStarted(),
        TextDelta("m", "Half a sen"),
        ToolStarted("c", "inspect", "Reading", {}),
        TurnEnded("cancelled"),
    )
    said, tool, notice = transcript.entries
    assert said == AssistantEntry("assistant-m", "Half a sen", True)
    assert isinstance(tool, ToolEntry)
    assert (tool.state, tool.summary) == ("failed", "stopped")
    assert isinstance(notice, NoticeEntry)
    assert not transcript.busy


def test_a_failed_turn_tells_its_remedy_once() -> None:
    transcript = told(TurnFailed("The file is empty.\nChoose another.", "Choose another."))
    (notice,) = transcript.entries
    assert isinstance(notice, NoticeEntry)
    assert notice.text == "The file is empty.\nChoose another."
    assert notice.tone == "bad"


def test_another_brain_and_its_tokens_are_told() -> None:
    transcript = told(BrainChanged("gpt"), TokensUsed("m", 100, 20), TokensUsed("n", 5, 1))
    (notice,) = transcript.entries
    assert isinstance(notice, NoticeEntry)
    assert "gpt" in notice.text
    assert transcript.usage.tokens == 126


def test_facts_are_kept_for_the_panel() -> None:
    stages = (StageFacts("data", "Data", "current", ("10 rows",)),)
    transcript = told(FactsChanged("data", stages))
    assert (transcript.stage, transcript.stages) == ("data", stages)


_events = st.one_of(
    st.builds(TextDelta, st.sampled_from("ab"), st.text(max_size=4)),
    st.builds(TextDone, st.sampled_from("ab"), st.text(max_size=4)),
    st.builds(lambda i: ToolStarted(i, "t", "Working", {}), st.sampled_from("ab")),
    st.builds(lambda i: ToolFinished(i, "t", True, "done"), st.sampled_from("ab")),
    st.builds(lambda i: QuestionAsked(i, QUESTION), st.sampled_from("ab")),
    st.builds(UserSpoke, st.sampled_from("abc"), st.text(max_size=4)),
    st.builds(TurnStarted),
    st.builds(TurnEnded, st.sampled_from(["done", "waiting", "cancelled", "failed"])),
)


@given(st.lists(_events, max_size=40))
def test_every_change_names_an_entry_that_exists_and_keys_stay_unique(
    events: list[AgentEvent],
) -> None:
    transcript = Transcript()
    for event in events:
        for change in transcript.apply(event):
            if change.kind in ("added", "changed", "grew"):
                assert transcript.entry(change.key) is not None
    keys = [entry.key for entry in transcript.entries]
    assert len(keys) == len(set(keys))
    assert [transcript.position(key) for key in keys] == list(range(len(keys)))
