from itertools import combinations

from matching.crafts import CRAFTS, complementary, division, isic, likeness


def test_every_craft_of_the_product_has_one_id_and_one_class() -> None:
    classes = (
        "1312 1313 1392 1394 1410 1430 1511 1512 1520 1622 1629 3100 1071 1079 2393 2396 2511 2599 "
        "2023 3211 3220 3240 3290"
    )
    assert sorted(CRAFTS.values()) == sorted(classes.split())
    assert len(set(CRAFTS)) == 23


def test_an_id_becomes_its_class_and_a_class_stays_itself() -> None:
    assert isic("weaving") == "1312"
    assert isic("1312") == "1312"


def test_crafts_of_one_division_are_kin_and_something_else_is_like_nothing() -> None:
    assert likeness("1312", "1312") == 1.0
    assert likeness("1312", "1394") == 0.6
    assert likeness("1312", "1410") == 0.0
    assert likeness("3290", "3290") == 0.0
    assert likeness("loom", "loom") == 1.0
    assert division("loom") is None


def test_crafts_that_go_together_do_so_from_both_sides() -> None:
    assert complementary("1312", "1410")
    assert complementary("1511", "1512")
    assert complementary("2511", "3100")
    assert not complementary("1312", "1312")
    for one, other in combinations(CRAFTS.values(), 2):
        assert complementary(one, other) == complementary(other, one)
        assert likeness(one, other) == likeness(other, one)
