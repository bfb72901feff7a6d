#!/usr/bin/env python3
"""Reads mails as another program does: Python's own parser must find no defect in any of them.

usage: tests/peers/mail_check.py [--spam] DIR     (DIR holds *.eml, as `seawall demo --out` writes them; --spam asks
SpamAssassin too, which must give fewer than 2 points)

Checks each mail's parts, its headers, that a thread keeps its subject and names its first mail, that nothing is
loaded from elsewhere, that its picture is small and told in words too, and that its calendar entry is one to Python's
`icalendar` and keeps its uid within the thread. Prints each fault; exit status 1 when there is one.
"""

import email
import email.policy
import pathlib
import re
import subprocess
import sys

import icalendar

ONCE = ["Message-ID", "Date", "From", "To", "Subject", "MIME-Version", "Auto-Submitted", "Content-Language"]
# What makes a mail reader fetch something: pictures from elsewhere, styles, frames, scripts.
LOADS = re.compile(r"<(link|script|iframe|object|embed|video|audio)\b|url\(|@import|\bsrc=(?!\"cid:)|\bbackground=", re.I)
PICTURE = re.compile(r'<img src="cid:([^"]+)" width="(\d+)" alt="([^"]*)"')
BUTTON_PX_MIN = 44
PICTURE_BYTES_MAX = 60_000
ALT_CHARS_MIN = 40
SPAM_MAX = 2.0
# What only a mail server adds: its own trace and signature.
SERVERS_PART = {"NO_RECEIVED", "NO_RELAYS", "ALL_TRUSTED"}


def check_parts(mail):
    for part in mail.walk():
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
    for name in ONCE:
        if len(mail.get_all(name, [])) != 1:
            yield f"{name}: {len(mail.get_all(name, []))} of them, 1 expected"
    for name, value in mail.items():
        for defect in getattr(value, "defects", ()):
            yield f"{name}: {defect!r}"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    more = [kind for kind in ("image/png", "text/calendar") if kind in kinds]
    if kinds != ["text/plain", "text/html", *more]:
        yield f"parts are {kinds}"


def check_picture(mail):
    html = mail.get_body(("html",)).get_content()
    parts = {part["Content-ID"].strip("<>"): part for part in mail.walk() if part["Content-ID"]}
    shown = PICTURE.findall(html)
    if sorted(parts) != sorted(cid for cid, _, _ in shown):
        yield f"pictures shown are {[cid for cid, _, _ in shown]}, carried {sorted(parts)}"
    for cid, width, alt in shown:
        data = parts[cid].get_content()
        if not data.startswith(b"\x89PNG") or len(data) >= PICTURE_BYTES_MAX:
            yield f"the picture has {len(data)} bytes"
        if not 1.5 <= int.from_bytes(data[16:20], "big") / int(width) <= 2:
            yield f"the picture is {int.from_bytes(data[16:20], 'big')} pixels wide for {width}"
        if len(alt) < ALT_CHARS_MIN:
            yield f"the picture's words are {alt!r}"


def entries(mail):
    for part in mail.walk():
        if part.get_content_type() == "text/calendar":
            yield part, icalendar.Calendar.from_ical(part.get_payload(decode=True))


def check_calendar(mail):
    for part, calendar in entries(mail):
        events = calendar.walk("VEVENT")
        if len(events) != 1 or calendar.errors or any(item.errors for item in calendar.walk()):
            yield f"{len(events)} entries, {[item.errors for item in calendar.walk()]}"
            continue
        event, method = events[0], str(calendar["METHOD"])
        if part.get_param("method") != method or part.get_param("charset") != "utf-8":
            yield f"the entry says {method}, its part {part['Content-Type']}"
        if (method == "CANCEL") != (str(event["STATUS"]) == "CANCELLED"):
            yield f"{method} of an entry that is {event['STATUS']}"
        # A published entry has no attendees (RFC 5546 3.2.1); any other is for the reader.
        reader = None if method == "PUBLISH" else f"mailto:{mail['To'].addresses[0].addr_spec}"
        if event.get("ATTENDEE") != reader:
            yield f"the entry is for {event.get('ATTENDEE')}"
        if event["DTSTART"].dt.tzinfo is None or event["DTEND"].dt < event["DTSTART"].dt:
            yield "the entry's times are no times"
        if method == "REQUEST" and [alarm["TRIGGER"].dt.total_seconds() for alarm in event.walk("VALARM")] != [-7200]:
            yield "the entry does not ring 2 h before"


def check_spam(mail):
    """SpamAssassin on this machine alone; points for what the sending server adds do not count."""
    done = subprocess.run(["spamassassin", "-t", "-L"], input=mail.as_bytes(), capture_output=True, check=True)
    report = done.stdout.decode(errors="replace").rsplit("Content analysis details:", 1)[-1]
    rows = re.findall(r"^ *(-?\d+\.\d+) ([A-Z0-9_]+)", report, re.M)
    points = sum(float(value) for value, name in rows if name not in SERVERS_PART)
    if points >= SPAM_MAX:
        yield f"{points:.1f} points: {rows}"


def check_bodies(mail):
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    lang = str(mail["Content-Language"])
    if f'<html lang="{lang}">' not in html:
        yield f"the HTML does not say that it is {lang}"
    if LOADS.search(html):
        yield f"the HTML loads something: {LOADS.search(html).group(0)}"
    tables = re.findall(r"<table\b[^>]*>(?:\s*<tr>\s*<th)?", html)
    if any("presentation" not in table and "<th" not in table for table in tables):
        yield "a table without heads is not marked as layout"
    if any(len(line) > 76 for line in text.splitlines() if "http" not in line):
        yield "a line of the text is too long"
    if "undefined" in html or "{{" in html or "{%" in html:
        yield "a template shows through"
    for style in re.findall(r'class="go"[^>]*style="([^"]*)"', html):
        height = 2 * int(re.search(r"padding:(\d+)px", style)[1]) + int(re.search(r"line-height:(\d+)px", style)[1])
        if height < BUTTON_PX_MIN:
            yield f"a button is {height} px high"


def check_threads(mails):
    """In the order of the files, a person's mails of one event are one thread."""
    threads, ids = {}, set()
    for name, mail in mails:
        own, refs = str(mail["Message-ID"]), str(mail["References"] or "").split()
        if own in ids:
            yield name, "this Message-ID was used before"
        ids.add(own)
        first, subject, last = threads.get(key := (str(mail["To"]), str(mail["X-Seawall-Event"])), (None, None, None))
        if first is None:
            first, subject = own, str(mail["Subject"])
            if refs or mail["In-Reply-To"]:
                yield name, "the first mail of a thread is a reply"
        else:
            if refs[:1] != [first]:
                yield name, "it does not name the first mail of its thread"
            if refs[-1:] != [last] or str(mail["In-Reply-To"]) != last:
                yield name, "it is no reply to the mail before it"
            if str(mail["Subject"]) != subject:
                yield name, "the subject changed within the thread"
        threads[key] = (first, subject, own)


def check_entries(mails):
    """Within a thread, one uid and a sequence that rises."""
    known = {}
    for name, mail in mails:
        for _, calendar in entries(mail):
            event = calendar.walk("VEVENT")[0]
            uid, sequence = str(event["UID"]), int(event["SEQUENCE"])
            key = (str(mail["To"]), str(mail["X-Seawall-Event"]))
            before = known.get(key)
            if before and (before[0] != uid or before[1] >= sequence):
                yield name, f"entry {uid} {sequence} after {before}"
            known[key] = (uid, sequence)


def main(folder, spam):
    paths = sorted(pathlib.Path(folder).glob("*.eml"))
    mails = [(path.name, email.message_from_bytes(path.read_bytes(), policy=email.policy.default)) for path in paths]
    checks = [check_parts, check_bodies, check_picture, check_calendar] + ([check_spam] if spam else [])
    faults = [(name, fault) for name, mail in mails for check in checks for fault in check(mail)]
    faults += [*check_threads(mails), *check_entries(mails)]
    for name, fault in faults:
        print(f"{name}: {fault}")
    print(f"{len(mails)} mails, {len(faults)} faults", file=sys.stderr)
    return 1 if faults or not mails else 0


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or sys.argv[1:-1] not in ([], ["--spam"]):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[-1], "--spam" in sys.argv))
