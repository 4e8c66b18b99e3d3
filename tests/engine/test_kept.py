"""Texts that are kept between builds."""

import pytest

from tools.kept import Kept


@pytest.fixture
def made(tmp_path):
    """Ask for a text through a file that lasts; returns it and how often it was made."""
    path = tmp_path / "folder" / "kept.json"

    def made(*parts, makers="pygments 2"):
        count = []
        kept = Kept(path, makers)
        text = kept.get(parts, lambda: count.append(1) or "-".join(parts))
        assert kept.get(parts, lambda: "again") == text
        kept.save()
        return text, len(count)

    made.path = path
    return made


def test_a_text_is_made_once(made):
    assert made("a", "b") == ("a-b", 1)
    assert made("a", "b") == ("a-b", 0)
    assert made("ab") == ("ab", 1)


def test_what_was_not_asked_for_is_forgotten(made):
    made("a")
    made("b")
    assert made("a") == ("a", 1)


def test_another_maker_makes_it_anew(made):
    made("a")
    assert made("a", makers="pygments 3") == ("a", 1)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"key": 1}'])
def test_a_damaged_file_is_made_anew(made, damage):
    made("a")
    made.path.write_text(damage)
    assert made("a") == ("a", 1)
    assert made("a") == ("a", 0)


def test_a_folder_that_cannot_be_written_costs_nothing_else(tmp_path):
    (tmp_path / "file").write_text("")
    kept = Kept(tmp_path / "file" / "kept.json", "")
    assert kept.get(("a",), lambda: "text") == "text"
    kept.save()
