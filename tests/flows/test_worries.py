"""Whether anything was wrong: "no problem", which says yes to other questions, says no to this one,
and what was not good is a worry, in every language."""

from __future__ import annotations

import pytest

from tests.flows.playing import play

WELL = {
    "am": "ችግር የለም|አይ|ደህና",
    "ar": "لا مشكلة|ما في مشكلة|لا|تمام",
    "bn": "কোনো সমস্যা নেই|না|সব ঠিক",
    "en": "no problem|no problems at all|nothing|no|everything was fine",
    "es": "ningún problema|sin problema|no hubo problema|nada|no|todo bien",
    "fr": "aucun problème|pas de problème|rien|non|tout va bien",
    "ha": "babu matsala|a'a|lafiya",
    "hi": "कोई समस्या नहीं|koi dikkat nahi|नहीं|सब ठीक था",
    "ht": "pa gen pwoblèm|non|tout byen",
    "id": "tidak ada masalah|gak ada masalah|tidak|aman",
    "pt": "nenhum problema|sem problemas|não|tudo bem",
    "so": "dhib ma jiro|maya|waa fiican",
    "sw": "hakuna shida|hakuna matatizo|hapana|sawa tu",
    "ur": "کوئی مسئلہ نہیں|koi masla nahi|نہیں|سب ٹھیک",
    "yo": "ko si wahala|kò sí ìṣòro|rara|dáadáa",
}
WORRIES = {
    "am": "አዎ|ችግር ነበር|ጥሩ አይደለም",
    "ar": "نعم|في مشكلة|ليس جيدا|مش تمام",
    "bn": "হ্যাঁ|সমস্যা ছিল|ভালো লাগেনি|ঠিক না",
    "en": "yes|there was a problem|not good|i am not well",
    "es": "si|hubo un problema|no estuvo bien|nada bien|mal",
    "fr": "oui|il y a eu un problème|ce n'était pas bien|pas bien",
    "ha": "eh|akwai matsala|ba da kyau ba",
    "hi": "हाँ|दिक्कत|अच्छा नहीं था|theek nahi tha",
    "ht": "wi|gen pwoblèm|pa byen",
    "id": "ya|ada masalah|tidak baik|kurang baik",
    "pt": "sim|houve um problema|não correu bem|nada bem",
    "so": "haa|dhib baa jiray|ma fiicnayn",
    "sw": "ndiyo|kulikuwa na shida|haikuwa sawa",
    "ur": "ہاں|مسئلہ|ٹھیک نہیں|اچھا نہیں تھا",
    "yo": "beeni|ìṣòro wà|kò dára",
}


def heard(language: str, said: str) -> str:
    """The answer that is kept: yes where something was wrong; "" where it is asked again."""
    head = f"# language: {language}\n# offered: {language}\n"
    played = play("safe", f"{head}> {said}\n> SKIP").splitlines()
    if "! the flow has ended" in played:
        return "no"
    return next((line.removeprefix("= wrong ") for line in played if "= wrong" in line), "")


@pytest.mark.parametrize("language", sorted(WELL))
def test_that_there_was_no_problem_is_no_worry(language: str) -> None:
    assert [one for one in WELL[language].split("|") if heard(language, one) != "no"] == []


@pytest.mark.parametrize("language", sorted(WORRIES))
def test_that_something_was_not_good_is_a_worry(language: str) -> None:
    assert [one for one in WORRIES[language].split("|") if heard(language, one) != "yes"] == []
