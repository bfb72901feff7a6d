#!/usr/bin/env python3
"""Reads mails as another program does: Python's own parser must find no defect in any of them.

usage: tests/peers/mail_check.py DIR     (DIR holds *.eml, as `seawall demo --out` writes them)

Checks each mail's parts, its headers, that a thread keeps its subject and names its first mail, that nothing is
loaded from elsewhere, and that text and HTML tell the same first line. Prints each fault; exit status 1 when there is one.
"""

import email
import email.policy
import pathlib
import re
import sys

ONCE = ["Message-ID", "Date", "From", "To", "Subject", "MIME-Version", "Auto-Submitted", "Content-Language"]
# What makes a mail reader fetch something: pictures, styles, frames, scripts.
LOADS = re.compile(r"<(img|link|script|iframe|object|embed|video|audio)\b|url\(|@import|\bsrc=|\bbackground=", re.I)
BUTTON_PX_MIN = 44


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
    if kinds != ["text/plain", "text/html"]:
        yield f"parts are {kinds}"


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


def main(folder):
    paths = sorted(pathlib.Path(folder).glob("*.eml"))
    mails = [(path.name, email.message_from_bytes(path.read_bytes(), policy=email.policy.default)) for path in paths]
    faults = [(name, fault) for name, mail in mails for check in (check_parts, check_bodies) for fault in check(mail)]
    faults += check_threads(mails)
    for name, fault in faults:
        print(f"{name}: {fault}")
    print(f"{len(mails)} mails, {len(faults)} faults", file=sys.stderr)
    return 1 if faults or not mails else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
