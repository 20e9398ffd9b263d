"""When a person may be written to unasked, and what a day means where they are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

USUAL = "07-21"
AWAKE = timedelta(hours=1)
"""Whoever wrote so lately is not disturbed by an answer."""

HOURS = {"any": "00-24", "morning": "06-12", "day": "08-18", "evening": "16-21"}
"""Option of settings.hours -> local hours, from and up to."""

COUNTRY_ZONES = {
    "BD": "Asia/Dhaka",
    "EG": "Africa/Cairo",
    "ET": "Africa/Addis_Ababa",
    "HN": "America/Tegucigalpa",
    "HT": "America/Port-au-Prince",
    "ID": "Asia/Jakarta",
    "IN": "Asia/Kolkata",
    "JM": "America/Jamaica",
    "KE": "Africa/Nairobi",
    "MA": "Africa/Casablanca",
    "MX": "America/Mexico_City",
    "MZ": "Africa/Maputo",
    "NG": "Africa/Lagos",
    "NI": "America/Managua",
    "PK": "Asia/Karachi",
    "SN": "Africa/Dakar",
    "SO": "Africa/Mogadishu",
    "TZ": "Africa/Dar_es_Salaam",
}


@lru_cache(maxsize=256)
def zone_of(zone: str | None, country: str) -> ZoneInfo:
    """The time zone of a person: of their place, else their country's, else UTC."""
    return ZoneInfo(zone or COUNTRY_ZONES.get(country, "UTC"))


def opens(hours: str | None, zone: ZoneInfo, heard_at: datetime | None, now: datetime) -> datetime:
    """The first moment from `now` on when the person may be written to unasked.

    `hours` as kept: "08-20", local, from and up to; None is what is usual."""
    if heard_at is not None and now - heard_at < AWAKE:
        return now
    first, last = (int(part) for part in (hours or USUAL).split("-"))
    local = now.astimezone(zone)
    if first <= local.hour < last:
        return now
    start = local.replace(hour=first % 24, minute=0, second=0, microsecond=0)
    if local.hour >= last:
        start += timedelta(days=1)
    return start.astimezone(now.tzinfo)


@lru_cache(maxsize=64)  # those who are answered together write at the same moment
def today(zone: ZoneInfo, now: datetime) -> date:
    """The date where the person is."""
    return now.astimezone(zone).date()


def working_days_ahead(start: date, days: int) -> date:
    """So many working days (Monday to Friday) after a date."""
    day = start
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def end_of(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    """The last hour in which somebody works on a day, as a moment."""
    return datetime(day.year, day.month, day.day, 18, tzinfo=zone).astimezone(now.tzinfo)
