"""Numbers written out in words, 0 to 9,999, as schoolbooks write them: the readers' mirror."""

from __future__ import annotations

from collections.abc import Callable

from tests.flows.understand import spelling_more

EN = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
EN_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

ES = [
    "cero",
    "uno",
    "dos",
    "tres",
    "cuatro",
    "cinco",
    "seis",
    "siete",
    "ocho",
    "nueve",
    "diez",
    "once",
    "doce",
    "trece",
    "catorce",
    "quince",
    "dieciséis",
    "diecisiete",
    "dieciocho",
    "diecinueve",
    "veinte",
    "veintiuno",
    "veintidós",
    "veintitrés",
    "veinticuatro",
    "veinticinco",
    "veintiséis",
    "veintisiete",
    "veintiocho",
    "veintinueve",
]
ES_TENS = [
    "_",
    "_",
    "_",
    "treinta",
    "cuarenta",
    "cincuenta",
    "sesenta",
    "setenta",
    "ochenta",
    "noventa",
]
ES_HUNDREDS = [
    "_",
    "ciento",
    "doscientos",
    "trescientos",
    "cuatrocientos",
    "quinientos",
    "seiscientos",
    "setecientos",
    "ochocientos",
    "novecientos",
]

FR = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
    "dix-sept",
    "dix-huit",
    "dix-neuf",
]
FR_TENS = ["_", "_", "vingt", "trente", "quarante", "cinquante", "soixante"]

SW = ["sifuri", "moja", "mbili", "tatu", "nne", "tano", "sita", "saba", "nane", "tisa"]
SW_TENS = [
    "_",
    "kumi",
    "ishirini",
    "thelathini",
    "arobaini",
    "hamsini",
    "sitini",
    "sabini",
    "themanini",
    "tisini",
]


def english(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    tens, ones = divmod(small, 10)
    words = [f"{EN[thousands]} thousand"] if thousands else []
    words += [f"{EN[hundreds]} hundred"] if hundreds else []
    words += ["and"] if words and small else []
    if small >= 20:
        words.append(EN_TENS[tens] + (f"-{EN[ones]}" if ones else ""))
    elif small or not words:
        words.append(EN[small])
    return " ".join(words)


def spanish(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    tens, ones = divmod(small, 10)
    words = ["mil"] if thousands == 1 else [f"{ES[thousands]} mil"] if thousands else []
    words += ["cien"] if rest == 100 else [ES_HUNDREDS[hundreds]] if hundreds else []
    if small >= 30:
        words.append(ES_TENS[tens] + (f" y {ES[ones]}" if ones else ""))
    elif small or not words:
        words.append(ES[small])
    return " ".join(words)


def french(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    words = ["mille"] if thousands == 1 else [f"{FR[thousands]} mille"] if thousands else []
    if hundreds:
        plural = "s" if hundreds > 1 and not small else ""
        words.append("cent" if hundreds == 1 else f"{FR[hundreds]} cent{plural}")
    if small or not words:
        words.append(_french(small))
    return " ".join(words)


def _french(small: int) -> str:
    if small < 20:
        return FR[small]
    if small < 70:
        tens, ones = divmod(small, 10)
        joined = " et " if ones == 1 else "-"
        return FR_TENS[tens] + (joined + FR[ones] if ones else "")
    if small < 80:
        return "soixante et onze" if small == 71 else f"soixante-{FR[small - 60]}"
    return "quatre-vingts" if small == 80 else f"quatre-vingt-{FR[small - 80]}"


def swahili(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    hundreds, small = divmod(rest, 100)
    tens, ones = divmod(small, 10)
    words = [f"elfu {SW[thousands]}"] if thousands else []
    words += [f"mia {SW[hundreds]}"] if hundreds else []
    below = [SW_TENS[tens]] if tens else []
    below += [SW[ones]] if ones or not (words or below) else []
    if below:
        words.append(" na ".join(below))
    return " na ".join(words) if len(below) == 1 else " ".join(words)


SPELT: dict[str, Callable[[int], str]] = {
    "en": english,
    "es": spanish,
    "fr": french,
    "sw": swahili,
    **spelling_more.SPELT,
}
