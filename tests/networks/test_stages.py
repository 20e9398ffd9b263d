"""Stages, stalls, plans, pulses, joint actions and what brokers carry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from networks import activities, joint_actions, pulses, stages, workload

TODAY = date(2026, 11, 25)
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_a_stage_is_passed_when_what_must_be_seen_is_ticked() -> None:
    trust = stages.DEFAULTS["trust"]
    assert stages.lacking(trust, ["rules_agreed"]) == ("first_plan",)
    assert stages.lacking(trust, ["first_plan", "rules_agreed", "small_win"]) == ()


def test_every_stage_has_settings_and_needs_only_checks_that_it_has() -> None:
    for name in stages.STAGES:
        assert set(stages.DEFAULTS[name].needs) <= set(stages.CHECKS[name])


def test_a_network_stalls_by_silence_or_by_its_months_and_not_while_it_pauses() -> None:
    trust = stages.DEFAULTS["trust"]
    since, lately = TODAY - timedelta(days=20), TODAY - timedelta(days=3)
    assert stages.stall(trust, since, lately, TODAY) is None
    quiet = stages.stall(trust, since, TODAY - timedelta(days=31), TODAY)
    assert quiet == stages.Stall("quiet", 31)
    late = stages.stall(trust, TODAY - timedelta(days=130), lately, TODAY)
    assert late == stages.Stall("late", 8)
    assert stages.stall(trust, TODAY - timedelta(days=400), since, TODAY, paused=True) is None


def test_a_plan_is_read_with_what_is_open_first_and_by_its_day() -> None:
    plan = [
        activities.Dated(1, None, "planned"),
        activities.Dated(2, TODAY, "done"),
        activities.Dated(3, TODAY + timedelta(days=9), "planned"),
        activities.Dated(4, TODAY - timedelta(days=4), "planned"),
    ]
    assert [one.number for one in activities.in_order(plan)] == [4, 3, 1, 2]
    assert [one.number for one in activities.overdue(plan, TODAY)] == [4]


def answers(count: int, trust: int) -> list[dict[str, int]]:
    return [{"trust": trust, "fair": 3, "go_on": 3}] * count


def test_nothing_is_shown_of_fewer_than_five_answers() -> None:
    assert pulses.pulse("2026-4", answers(4, 3)) is None
    shown = pulses.pulse("2026-4", answers(5, 3))
    assert shown is not None
    assert shown.means == {"trust": 3.0, "fair": 3.0, "go_on": 3.0}


def test_a_question_that_fewer_than_five_answered_is_not_shown() -> None:
    shown = pulses.pulse("2026-4", [*answers(4, 3), {"go_on": 1}])
    assert shown is not None
    assert list(shown.means) == ["go_on"]


def test_a_fall_of_half_a_point_is_seen() -> None:
    before, now = pulses.pulse("2026-3", answers(6, 3)), pulses.pulse("2026-4", answers(6, 2))
    assert pulses.falls(before, now) == ("trust",)
    assert pulses.falls(now, before) == ()
    assert pulses.falls(None, now) == ()


def test_quarters() -> None:
    days = [date(2026, month, 1) for month in (1, 3, 4, 12)]
    assert [pulses.quarter_of(day) for day in days] == ["2026-1", "2026-1", "2026-2", "2026-4"]


def test_about_a_tenth_is_checked_and_always_the_same() -> None:
    checked = [n for n in range(2000) if joint_actions.is_checked(f"action {n}")]
    assert 140 < len(checked) < 260
    assert checked == [n for n in range(2000) if joint_actions.is_checked(f"action {n}")]
    assert joint_actions.estimated(confirmed=8, doubted=2, reported=100) == 80.0
    assert joint_actions.estimated(0, 0, 100) == 0.0


def test_a_broker_is_asked_the_most_worth_first_and_a_few_a_day() -> None:
    limits = workload.Limits(alerts_a_day=3)
    waiting = [
        workload.Waiting(kind, workload.worth(kind, NOW, NOW), NOW)
        for kind in ("proposal", "help", "confirm", "introduction", "report")
    ]
    assert [one.id for one in workload.chosen(waiting, 0, limits)] == [
        "report", "help", "introduction",
    ]  # fmt: skip
    assert len(workload.chosen(waiting, 2, limits)) == 1
    assert workload.chosen(waiting, 5, limits) == ()


def test_what_waits_long_comes_first_in_the_end() -> None:
    old = workload.worth("confirm", NOW - timedelta(days=30), NOW)
    assert old > workload.worth("report", NOW, NOW)


def test_the_lightest_broker_is_asked_and_nobody_beyond_the_cap() -> None:
    limits = workload.Limits(groups=2)
    assert workload.lightest([("a", 1, 9), ("b", 0, 3), ("c", 2, 0)], limits) == "b"
    assert workload.lightest([("c", 2, 0)], limits) is None
    full = workload.Limits(queue=3)
    assert workload.has_room(2, full)
    assert not workload.has_room(3, full)
    assert workload.lightest([("ana", 0, 3), ("bea", 1, 2)], full) == "bea"
    assert workload.lightest([("ana", 0, 3)], full) is None
