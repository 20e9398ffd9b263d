from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from flows.engine import MORE, NONE_OF_THESE, ask, back, begin, dump, load, resume, skip
from flows.model import Flow
from flows.values import Media, Offer, Said
from tests.flows.small import PEOPLE, STEPS, WORLD, answered, flow, kept, started, texts

FORM = flow()
TO_CRAFT = ("yes", "Ana")
TO_YEARS = (*TO_CRAFT, "1")


def test_a_flow_begins_with_what_is_said_before_its_first_question() -> None:
    turn = started(FORM)
    assert texts(turn) == ["Welcome.", "Do you agree?"]
    assert turn.session.asked is not None
    assert turn.session.asked.step == "consent"


def test_an_answer_leads_to_the_next_question_with_what_is_known_in_it() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    assert texts(turn) == ["Ana, what do you make?"]
    assert [offer.label for offer in turn.prompts[-1].offers][:2] == [
        "Cloth and weaving",
        "Pottery",
    ]


def test_an_end_that_applies_ends_the_flow() -> None:
    turn = answered(FORM, started(FORM), "no")
    assert turn.done
    assert texts(turn) == ["Fine."]


def test_a_step_is_left_out_unless_its_condition_holds() -> None:
    assert texts(answered(FORM, started(FORM), *TO_CRAFT, "weaving")) == ["Years?"]
    assert texts(answered(FORM, started(FORM), *TO_CRAFT, "pottery")) == ["Have you a kiln?"]


def test_a_number_decides_a_step() -> None:
    assert texts(answered(FORM, started(FORM), *TO_YEARS, "30")) == [
        "30 years is long.",
        "Where?",
    ]
    assert texts(answered(FORM, started(FORM), *TO_YEARS, "3")) == ["Where?"]


def test_what_is_not_understood_is_asked_again_and_counted() -> None:
    turn = answered(FORM, started(FORM), "perhaps", "perhaps")
    assert turn.problem is not None
    assert texts(turn) == ["Do you agree?"]
    assert turn.session.asked is not None
    assert turn.session.asked.tries == 2
    after = answered(FORM, turn, "yes").session.asked
    assert after is not None
    assert after.tries == 0


def test_own_words_are_kept_where_they_are_welcome() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT, "I tame horses")
    assert turn.session.answers["craft"] == {"words": "I tame horses"}
    assert texts(turn) == ["Years?"]


def test_what_is_nearly_an_option_is_asked_back() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT, "lottery")
    prompt = turn.prompts[-1]
    assert (prompt.state, prompt.label) == ("confirm", "Pottery")
    assert [offer.label for offer in prompt.offers] == ["Yes", "No"]
    assert answered(FORM, turn, "1").session.answers["craft"] == "pottery"


def test_who_says_no_to_a_guess_keeps_the_own_words() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT, "lottery", "no")
    assert turn.session.answers["craft"] == {"words": "lottery"}


def test_a_guess_may_be_answered_with_the_right_answer() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT, "lottery", "weaving")
    assert turn.session.answers["craft"] == "weaving"


def test_two_options_in_one_reply_are_offered_again_alone() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT, "pottery and loom")
    assert turn.which == "which"
    assert [offer.id for offer in turn.prompts[-1].offers] == ["weaving", "pottery", NONE_OF_THESE]
    assert answered(FORM, turn, "2").session.answers["craft"] == "pottery"


def test_a_number_with_an_unknown_part_is_asked_back() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS, "twenty fve")
    assert (turn.prompts[-1].state, turn.prompts[-1].label) == ("confirm", "25")
    assert answered(FORM, turn, "yes").session.answers["years"] == 25
    again = answered(FORM, turn, "no")
    assert texts(again) == ["Years?"]
    assert "years" not in again.session.answers


def test_back_forgets_the_last_answer() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    turn = ask(FORM, back(FORM, turn.session), WORLD)
    assert texts(turn) == ["Your name?"]
    assert turn.session.answers == {"consent": "yes"}


def test_back_from_a_guess_returns_to_the_question() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT, "lottery")
    turn = ask(FORM, back(FORM, turn.session), WORLD)
    assert texts(turn) == ["Ana, what do you make?"]
    assert turn.prompts[-1].state == "question"


def test_back_at_the_beginning_asks_again() -> None:
    assert texts(ask(FORM, back(FORM, started(FORM).session), WORLD)) == ["Do you agree?"]


def test_a_question_may_be_skipped_only_where_the_flow_says_so() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS)
    skipped = ask(FORM, skip(FORM, turn.session), WORLD)
    assert skipped.session.answers["years"] is None
    assert texts(skipped) == ["Where?"]
    refused = ask(FORM, skip(FORM, skipped.session), WORLD)
    assert refused.problem is not None
    assert refused.problem.reason == "no_skip"
    assert texts(refused) == ["Where?"]


def test_a_tap_answers_the_question_it_was_shown_with() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    number = turn.session.asked.number if turn.session.asked else 0
    assert answered(FORM, turn, Said(tap=f"{number}.pottery")).session.answers["craft"] == "pottery"


def test_a_stale_tap_answers_no_other_question() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    for tap in ("1.yes", "99.pottery", "rubbish", "3.unknown", ""):
        late = answered(FORM, turn, Said(tap=tap or "."))
        assert late.problem is not None
        assert late.problem.reason == "stale"
        assert late.session.answers == turn.session.answers
        assert late.session.asked == turn.session.asked


def test_a_late_number_means_the_option_that_was_shown() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS, "5", "Atlantis", "Atlantis", "Atlantis")
    fewer = replace(WORLD, options={"people": PEOPLE[3:]})
    assert answered(FORM, turn, "1", world=fewer).session.answers["pick"] == "id-0"


def test_options_of_the_shell_stand_before_those_of_the_file_and_are_paged() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS, "5", "Atlantis", "Atlantis", "Atlantis")
    assert [offer.id for offer in turn.prompts[-1].offers][-2:] == ["p6", "none"]
    assert turn.prompts[-1].page == 0
    more = answered(FORM, turn, "more")
    assert more.prompts[-1].page == 1
    number = more.session.asked.number if more.session.asked else 0
    assert answered(FORM, more, Said(tap=f"{number}.{MORE}")).prompts[-1].page == 2
    assert answered(FORM, more, "0").prompts[-1].page == 2
    assert answered(FORM, more, "8").session.answers["pick"] == "none"


def test_a_place_nobody_finds_is_kept_in_own_words_by_the_third_try() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS, "5", "behind the church", "by the river")
    assert "place" not in turn.session.answers
    turn = answered(FORM, turn, "by the river")
    place = turn.session.answers["place"]
    assert isinstance(place, dict)
    assert (place["words"], place["region"]) == ("by the river", None)


def test_yes_is_the_name_of_no_place_however_often_it_is_said() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS, "5", "yes", "yes", "yes", "no")
    assert "place" not in turn.session.answers


def test_a_voice_note_answers_where_words_are_asked_and_nowhere_else() -> None:
    voice = Said(media=Media("m1", "voice"))
    turn = answered(FORM, started(FORM), "yes", voice)
    assert turn.session.answers["called"] == {"media": "m1", "kind": "voice"}
    refused = answered(FORM, started(FORM), voice)
    assert refused.problem is not None
    assert refused.problem.reason == "media"


def test_what_was_heard_in_a_recording_is_asked_back_before_it_counts() -> None:
    turn = started(FORM)
    spoken = answered(FORM, turn, Said(media=Media("m1", "voice"), heard="yes"))
    assert "consent" not in spoken.session.answers
    assert spoken.session.asked is not None
    assert spoken.session.asked.state == "confirm"
    assert answered(FORM, spoken, "1").session.answers["consent"] == "yes"
    again = answered(FORM, spoken, "2")
    assert "consent" not in again.session.answers
    name = answered(FORM, answered(FORM, turn, "yes"), Said(heard="Ana María"))
    assert name.prompts[-1].label == "Ana María"
    assert answered(FORM, name, "yes").session.answers["called"] == "Ana María"


def test_a_recording_in_which_nothing_was_understood_is_the_answer_itself() -> None:
    voice = Said(media=Media("m1", "voice"), heard="…")
    turn = answered(FORM, started(FORM), "yes", voice)
    assert turn.session.answers["called"] == {"media": "m1", "kind": "voice"}


def test_what_is_known_already_is_not_asked() -> None:
    turn = ask(FORM, begin(FORM, answers={"consent": "yes", "called": "Ana"}), WORLD)
    assert texts(turn) == ["Welcome.", "Ana, what do you make?"]


def test_a_question_put_in_while_somebody_is_in_the_middle_is_asked_and_nothing_is_lost() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    town = {"name": "nickname", "kind": "text", "text": "And your nickname?", "hint": "Short."}
    edited = flow(*STEPS[:4], town, *STEPS[4:])
    turn = answered(edited, turn, "pottery")
    assert texts(turn) == ["And your nickname?"]
    assert turn.session.answers["craft"] == "pottery"
    turn = answered(edited, turn, "Nita")
    assert texts(turn) == ["Have you a kiln?"]


def test_a_question_taken_out_while_it_is_asked_blocks_nobody() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    edited = flow(*(step for step in STEPS if step["name"] not in ("craft", "kiln")))
    assert texts(answered(edited, turn, "pottery")) == ["Years?"]


def test_options_added_while_a_question_is_asked_make_its_old_buttons_stale() -> None:
    turn = answered(FORM, started(FORM), *TO_YEARS, "5", "Atlantis", "Atlantis", "Atlantis")
    more = replace(WORLD, options={"people": (Offer("p9", "New", "id-9"), *PEOPLE)})
    again = ask(FORM, resume(turn.session), more)
    assert turn.session.asked is not None
    assert again.session.asked is not None
    assert again.session.asked.number == turn.session.asked.number + 1


def test_options_that_stand_as_they_were_shown_are_those_of_the_flow() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    asked, craft = kept(turn.session, FORM).asked, FORM.step("craft")
    assert asked is not None
    assert craft is not None
    assert asked.offers is craft.offers


def test_options_that_were_changed_since_are_picked_as_they_were_shown() -> None:
    turn = answered(FORM, started(FORM), *TO_CRAFT)
    craft = next(step for step in STEPS if step["name"] == "craft")
    other = {**craft, "options": craft["options"][::-1]}
    edited = flow(*(other if step["name"] == "craft" else step for step in STEPS))
    session = kept(turn.session, edited)
    assert session.asked == turn.session.asked
    assert answered(edited, turn, "1").session.answers["craft"] == craft["options"][0]["id"]


def test_a_session_of_another_version_is_read() -> None:
    kept_long = {
        "flow": "small",
        "answers": {"consent": "yes", "gone": 1},
        "asked": {"step": "called", "colour": "red", "offers": [{"id": "a", "hue": 1}]},
        "moon": "full",
    }
    session = load(kept_long)
    assert texts(answered(FORM, ask(FORM, resume(session), WORLD), "Ana")) == [
        "Ana, what do you make?"
    ]
    assert load({"flow": "small"}).asked is None


REPLIES = st.one_of(
    st.sampled_from(
        ["1", "2", "3", "0", "yes", "no", "Ana", "pottery", "lottery", "12", "", "twenty fve", "?"]
    ),
    st.text(max_size=40),
)
TAPS = st.builds(
    lambda number, id_: Said(tap=f"{number}.{id_}"),
    st.integers(0, 12),
    st.sampled_from(["yes", "no", "weaving", "p1", MORE, NONE_OF_THESE, ""]),
)
MOVES = st.lists(
    st.one_of(
        REPLIES,
        TAPS,
        st.sampled_from(
            [Said(media=Media("m", "voice")), Said(pin=(14.6, -88.6)), Said(pin=(999.0, 0.0))]
        ),
    ),
    max_size=14,
)


@given(moves=MOVES)
def test_whatever_is_sent_something_is_said_and_a_saved_session_goes_on_alike(
    moves: list[str | Said],
) -> None:
    turn = started(FORM)
    for said in moves:
        if turn.done:
            break
        assert kept(turn.session) == turn.session
        live = answered(FORM, turn, said)
        assert live.prompts
        assert live.done or (
            live.session.asked is not None and live.session.asked.step == live.prompts[-1].step
        )
        for walked in (back(FORM, live.session), skip(FORM, live.session), resume(live.session)):
            assert ask(FORM, walked, WORLD).prompts
        json.dumps(dump(live.session))
        turn = live


@given(moves=MOVES, at=st.integers(0, len(STEPS) - 1))
def test_a_question_put_in_anywhere_is_asked_once_and_no_answer_is_lost(
    moves: list[str | Said], at: int
) -> None:
    turn = answered(FORM, started(FORM), *moves[:6]) if moves else started(FORM)
    before = dict(turn.session.answers)
    new = {"name": "new", "kind": "text", "text": "New?", "hint": "Anything."}
    edited: Flow = flow(*STEPS[:at], new, *STEPS[at:])
    resumed = ask(edited, resume(turn.session), WORLD)
    assert dict(resumed.session.answers) == before
    if not resumed.done and resumed.prompts[-1].step == "new":
        answers = answered(edited, resumed, "something").session.answers
        assert answers == {**before, "new": "something"}
