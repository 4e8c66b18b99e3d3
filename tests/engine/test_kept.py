"""What is kept between builds."""

import pytest

from tools.site.kept import Kept, KeptFiles


class Counted:
    """Asks for a text through files that last; returns it and how often it was made."""

    def __init__(self, kind, path):
        self.kind, self.path = kind, path

    def __call__(self, *parts, makers="pygments 2"):
        count = []
        kept = self.kind(self.path, makers)
        text = kept.get(parts, lambda: count.append(1) or "-".join(parts))
        assert kept.get(parts, lambda: "again") == text
        kept.save()
        return text, len(count)

    def files(self):
        return [self.path] if self.path.is_file() else list(self.path.iterdir())


@pytest.fixture(params=[Kept, KeptFiles])
def made(request, tmp_path):
    return Counted(request.param, tmp_path / "folder" / "kept")


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


@pytest.mark.parametrize(
    "damage",
    [
        lambda old: b"",
        lambda old: b'{"key": 1}',
        lambda old: old.replace(b"a-b", b"a-c"),
        lambda old: old[:-1],
        lambda old: old[:-1] + b"\xff",
    ],
)
def test_a_damaged_file_is_made_anew(made, damage):
    made("a", "b")
    (file,) = made.files()
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert made("a", "b") == ("a-b", 1)
    assert made("a", "b") == ("a-b", 0)
    assert file.read_bytes() == whole


@pytest.mark.parametrize("kind", [Kept, KeptFiles])
def test_a_folder_that_cannot_be_written_costs_nothing_else(kind, tmp_path):
    (tmp_path / "file").write_text("")
    kept = kind(tmp_path / "file" / "kept", "")
    assert kept.get(("a",), lambda: "text") == "text"
    kept.save()


@pytest.mark.parametrize("kind", [Kept, KeptFiles])
def test_a_server_forgets_the_texts_of_former_builds(kind, tmp_path):
    kept = kind(tmp_path / "kept", "")
    for text in "abc":
        kept.get((text,), lambda text=text: text)
        kept.get(("in each build",), lambda: "the same")
        kept.save()
    again = kind(tmp_path / "kept", "")
    assert again.find(again.key(("a",))) is None
    assert again.find(again.key(("c",))) == "c"
    assert again.find(again.key(("in each build",))) == "the same"


def test_texts_can_hold_anything(tmp_path):
    text = 'é 한 \n\r\n "\\ \x00'
    for kind in (Kept, KeptFiles):
        for _ in range(2):
            kept = kind(tmp_path / kind.__name__, "")
            assert kept.get((text,), lambda: text) == text
            kept.save()
