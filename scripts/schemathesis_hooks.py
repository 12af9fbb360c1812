"""What makes a request valid beyond what JSON Schema, or Schemathesis's use of it, can say."""

import re
import time
import unicodedata

import schemathesis

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
NOBODYS_TASK = "0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
TITLE_MAX_LENGTH = 200
TAG_MAX_LENGTH = 50
BEYOND_THE_PATTERN = re.compile(r"[^\x00-\xff\w]|[\u115f\u1160\u3164\uffa0\U00010000-\U0010ffff]")
WELL_FORMED_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+/-]{0,63}")
RULE_MAX_LENGTH = 255
WELL_FORMED_RULE = re.compile(r"(?:RRULE:)?[a-z]+=[0-9a-z,+-]+(?:;[a-z]+=[0-9a-z,+-]+)*", re.A | re.I)
WELL_FORMED_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,2000}")


@schemathesis.hook
def before_call(context, case, kwargs):
    headers, query = case.headers or {}, case.query or {}

    key = headers.get("Idempotency-Key")
    if isinstance(key, str) and UUID.fullmatch(key):
        headers["Idempotency-Key"] = made_now(key)

    # Its coverage phase knows headers of letters and digits only, and puts 0 where the pattern has none.
    for name in ("If-Match", "If-None-Match"):
        if headers.get(name) == "0":
            headers[name] = "*"

    # White space around a title is removed before it is measured, and maxLength cannot say so.
    title = case.body.get("title") if isinstance(case.body, dict) else None
    if isinstance(title, str) and len(title) > TITLE_MAX_LENGTH >= len(title.strip()):
        case.body["title"] = title + "x" * TITLE_MAX_LENGTH
    # Nor can a pattern say in every language what is invisible, ends a line or has a direction beyond U+00FF.
    elif isinstance(title, str) and BEYOND_THE_PATTERN.search(title):
        case.body["title"] = BEYOND_THE_PATTERN.sub("x", title)

    # Of tags it can neither say that, nor that two of them are the same, or one too long, once composed.
    for place, name in ((case.body, "tags"), (query, "tag")):
        if isinstance(place, dict) and isinstance(place.get(name), list):
            place[name] = composed(place[name])

    # Which zones there are, and what they belong to, no pattern can say.
    body = case.body if isinstance(case.body, dict) else {}
    has_time = isinstance(body.get("due"), str) and "T" in body["due"]
    is_list = case.path.endswith("/tasks")
    for place, has_place in ((body, has_time), (query, "overdue" in query or not is_list)):
        zone = place.get("time_zone")
        if isinstance(zone, str) and WELL_FORMED_ZONE.fullmatch(zone):
            if has_place:
                place["time_zone"] = "UTC"
            else:
                del place["time_zone"]

    # Nor which rules there are: one starts on a day that fits, and a task that is done has none.
    rule = body.get("recurrence")
    if isinstance(rule, str) and len(rule) <= RULE_MAX_LENGTH and WELL_FORMED_RULE.fullmatch(rule):
        if isinstance(body.get("due"), str):
            case.body |= {"recurrence": "FREQ=DAILY", "completed": False}
        else:
            case.body["recurrence"] = None

    # A move names a neighbour, on either side, and a schema that said so would be two for generators of clients.
    if case.path.endswith("/move") and isinstance(case.body, dict) and body.get("after") is body.get("before") is None:
        case.body["after"] = NOBODYS_TASK

    # Only the server makes cursors.
    cursor = query.get("cursor")
    if isinstance(cursor, str) and WELL_FORMED_CURSOR.fullmatch(cursor):
        del query["cursor"]


def made_now(key):
    """A key is the id of the task to be, a UUIDv7 that must be younger than 24 hours."""
    milliseconds = f"{time.time_ns() // 1_000_000:012x}"
    return f"{milliseconds[:8]}-{milliseconds[8:]}-7{key[15:19]}8{key[20:]}"


def composed(tags):
    """The same tags where some are wrong by the schema; otherwise as the server stores them."""
    if not all(isinstance(tag, str) and len(tag) <= TAG_MAX_LENGTH for tag in tags) or len(set(tags)) < len(tags):
        return tags
    stored = [BEYOND_THE_PATTERN.sub("x", unicodedata.normalize("NFC", tag))[:TAG_MAX_LENGTH] for tag in tags]
    return list(dict.fromkeys(stored))
