"""Whose a submission is, and when that is not to be guessed."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.collecting.matching import Roster, Who, parts_of
from grader.collecting.roster import Person


def roster(*people: Person) -> Roster:
    """Return a roster of these."""
    return Roster({each.id: each for each in people})


COURSE = roster(
    Person("anna", "Anna Lee", "anna.lee@uni.example", extras={"github_username": "Anna-L"}),
    Person("jose1", "José García"),
    Person("jose2", "Jose Garcia"),
    Person("oneill", "O'Neill, Shane"),
    Person("twin1", "Kim Park"),
    Person("twin2", "kim  park"),
    Person("ivan", "Иван Иванов"),
    Person("90017", "Bo Lind"),
    Person("lee", "Bruce Wayne"),
)


def found(who: Who) -> str:
    """Return the id of whom it is matched to, or the reason."""
    match = COURSE.match(who)
    return match.person.id if match.person else match.reason


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("Anna Lee", "anna"),
        ("LEE, anna", "anna"),
        ("Ａｎｎａ Lee", "anna"),
        ("José García", "jose1"),
        (unicodedata.normalize("NFD", "José García"), "jose1"),
        ("Jose Garcia", "jose2"),
        ("Shane ONeill", "oneill"),
        ("иванов иван", "ivan"),
    ],
)
def test_names_are_compared_as_people_read_them(name: str, whose: str) -> None:
    """Order, case, width, and how accents are stored aside; accents count where they tell."""
    assert found(Who("x", name=name)) == whose


def test_two_of_one_name_are_never_guessed() -> None:
    """Both are named, with their ids."""
    assert found(Who("x", name="Kim Park")) == (
        "the name is that of twin1 (Kim Park) and twin2 (kim  park)".replace(
            "kim  park", "kim park"
        )
    )
    assert found(Who("x", ("twin2",), "Kim Park")) == "twin2"


def test_an_accent_that_nobody_has_tells_nobody() -> None:
    """Where only the letters agree, with two, it is neither."""
    assert found(Who("x", name="Josè Garcia")).startswith("the name is that of jose1 (José García)")


def test_ids_are_any_that_the_roster_has() -> None:
    """Addresses, user names there and elsewhere, whatever their case."""
    for said in ("ANNA", "anna.lee@uni.example", "Anna.Lee", "anna-l"):
        assert found(Who("x", (said,))) == "anna"


def test_where_id_and_name_disagree_it_is_nobody_s() -> None:
    """One of them is wrong, and which is not to be guessed."""
    assert found(Who("x", ("anna",), "Иван Иванов")) == (
        "the id is that of anna (Anna Lee), and the name is that of ivan (Иван Иванов)"
    )


def test_a_number_of_the_platform_s_own_may_be_another_s_id() -> None:
    """It counts where the name agrees."""
    assert found(Who("x", ("90017",), "lindbo", run_together=True, unsure=True)) == "90017"
    assert found(Who("x", ("90017",), "zoemay", run_together=True, unsure=True)) == (
        "the number is that of 90017 (Bo Lind), and the name is not"
    )


@pytest.mark.parametrize(
    ("file", "whose"),
    [
        ("nn - Anna Lee", "anna"),
        ("anna", "anna"),
        ("nn (Anna Lee)", "anna"),
        ("oneill_nn_final", "oneill"),
        ("Homework 1 — Иван Иванов", "ivan"),
        ("Anna_Lee_nn", "the file's name names anna (Anna Lee) and lee (Bruce Wayne)"),
        ("nn", "nobody on the roster is called so"),
    ],
)
def test_a_file_s_name_may_hold_somebody_s(file: str, whose: str) -> None:
    """As a whole, or in a piece of it; where pieces name several, it is nobody's."""
    assert found(Who("x", parts=parts_of(file))) == whose


@given(st.lists(st.text(max_size=8), max_size=4), st.text(max_size=20))
def test_whatever_a_platform_says(ids: list[str], name: str) -> None:
    """Somebody is found or a reason is given."""
    for together in (False, True):
        match = COURSE.match(
            Who("x", tuple(ids), name, parts=parts_of(name), run_together=together)
        )
        assert (match.person is None) == bool(match.reason)
