"""What a misspelt word is answered with."""

import pytest

from benchmarks.naming.nearest import nearest

KINDS = ("attacks", "data-sets", "defenses", "metrics")


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("atacks", KINDS, "did you mean attacks?"),  # data-sets is half as alike, and no choice
        ("lira", ("lira-online", "lira-common", "loss"), "did you mean lira-common or lira-online?"),
        ("figure11", ("figure1", "figure10", "figure3"), "did you mean figure1 or figure10 or figure3?"),
        ("zzz", KINDS, "there are attacks, data-sets, defenses, metrics"),
        ("any", (), "there are none"),
        (
            "hmap",
            ("hamp", "dmp", "hamp", "hamp"),
            "did you mean hamp or dmp?",
        ),  # a suite's name, a defense's, a paper's
    ],
)
def test_the_nearest_are_offered_and_none_that_is_much_less_alike(word, known, said):
    assert nearest(word, known) == said
