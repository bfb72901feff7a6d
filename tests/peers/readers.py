#!/usr/bin/env python3
"""Our readers beside independent ones, field by field, over a folder of recorded documents.

    tests/peers/readers.py SEAWALL CORPUS

SEAWALL is the program. Each kind is read by a library of somebody else (capparselib, atcf-data-parser, hurdat2parser,
feedparser, lxml) or, where there is none, by a few lines here that share nothing with ours. For each kind it prints how
many documents and values were compared and each that differs; exit status 1 when one does.
"""
import csv
import glob
import gzip
import json
import math
import os
import re
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timezone

UTC = timezone.utc
NMI = 1.852


class Tally:
    def __init__(self, kind, reader):
        self.kind, self.reader = kind, reader
        self.documents = self.values = 0
        self.differ = []

    def check(self, where, field, ours, theirs, within=0.0):
        self.values += 1
        if isinstance(ours, (int, float)) and isinstance(theirs, (int, float)) and not isinstance(ours, bool):
            same = math.isclose(ours, theirs, rel_tol=0, abs_tol=within + 1e-9)
        else:
            same = ours == theirs
        if not same:
            self.differ.append(f"{where}: {field}: ours {ours!r}, theirs {theirs!r}")

    def tell(self):
        print(f"{self.kind}: {self.documents} documents, {self.values} values, {len(self.differ)} differ (beside {self.reader})")
        for line in self.differ[:10]:
            print(f"  {line}")
        return not self.differ


def ours(program, path, kind=None):
    command = [program, "parse"] + (["--as", kind] if kind else []) + [path]
    done = subprocess.run(command, capture_output=True, check=False)
    return [json.loads(line) for line in done.stdout.decode().splitlines() if line]


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def fixes(hazard):
    return {instant(fix["time"]): fix for fix in (hazard.get("track") or {}).get("fixes", [])}


def radii(fix, kt):
    found = [r for r in fix["radii"] if r["kt"] == kt]
    return [found[0][q] for q in ("ne_km", "se_km", "sw_km", "nw_km")] if found else [0.0] * 4


def cap(program, corpus):
    from capparselib.parsers import CAPParser

    tally = Tally("cap", "capparselib")
    for path in sorted(glob.glob(f"{corpus}/cap/*")):
        if not os.path.isfile(path):
            continue
        try:
            alerts = CAPParser(open(path, "rb").read().decode("utf-8")).as_dict()
        except Exception:  # what the other cannot read is not compared
            continue
        mine = defaultdict(list)
        for hazard in ours(program, path):
            if hazard.get("cap"):
                mine[hazard["cap"]["identifier"]].append(hazard)
        if not alerts:
            continue
        tally.documents += 1
        for alert in alerts:
            name = os.path.basename(path)
            identifier = str(alert.get("cap_id", ""))
            hazards = mine.get(identifier.strip())
            tally.check(name, "identifier", bool(hazards), True)
            if not hazards:
                continue
            facts = hazards[0]["cap"]
            tally.check(name, "sender", facts["sender"], str(alert["cap_sender"]).strip())
            tally.check(name, "sent", facts["sent"], str(alert["cap_sent"]).strip())
            tally.check(name, "status", hazards[0]["status"], str(alert["cap_status"]).strip().lower())
            tally.check(name, "msgType", facts["msgType"], str(alert["cap_message_type"]).strip())
            infos = alert.get("cap_info") or []
            words = {str(info.get("cap_event", "")).strip() for info in infos if info.get("cap_event")}
            told = {text["event"] for hazard in hazards for text in hazard["texts"]}
            tally.check(name, "events", told, words)
            for field, theirs in (("severity", "cap_severity"), ("urgency", "cap_urgency"), ("certainty", "cap_certainty")):
                of_them = {str(info[theirs]).strip().lower() for info in infos if info.get(theirs)}
                of_us = {hazard[field] for hazard in hazards}
                tally.check(name, field, of_us <= of_them or not of_them, True)
    return tally


def polygons(program, corpus):
    from lxml import etree

    tally = Tally("cap shapes", "lxml")
    for path in sorted(glob.glob(f"{corpus}/cap/*")):
        if not os.path.isfile(path):
            continue
        try:
            root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        except etree.XMLSyntaxError:
            continue
        hazards = [hazard for hazard in ours(program, path) if hazard.get("cap")]
        shapes = set()
        for node in root.iter("{*}polygon"):
            pairs = [pair.split(",") for pair in (node.text or "").split()]
            if len(pairs) >= 4 and all(len(pair) == 2 for pair in pairs):
                shapes.add(tuple((float(lat), float(lon)) for lat, lon in pairs))
        if not shapes or not hazards:
            continue
        tally.documents += 1
        mine = set()
        for hazard in hazards:
            for rings in (hazard["geometry"] or {"coordinates": []})["coordinates"]:
                mine.add(tuple((lat, lon) for lon, lat in rings[0]))
        # Two languages draw the same shape; ours keeps it once or twice, which is the same.
        tally.check(os.path.basename(path), "polygons", len({shape for shape in shapes if shape not in mine}), 0)
        tally.values += sum(len(shape) * 2 for shape in shapes)
    return tally


def atcf(program, corpus):
    import warnings

    import atcf_data_parser
    import requests

    class Answer:
        """A file in the dress of a web server's answer, which is all that the library takes."""

        def __init__(self, path):
            self.content = gzip.compress(open(path, "rb").read())

        def raise_for_status(self):
            pass

    warnings.simplefilter("ignore")
    tally = Tally("atcf", "atcf-data-parser")
    for path in sorted(glob.glob(f"{corpus}/atcf/pairs/a*.sel.dat") + glob.glob(f"{corpus}/atcf/aep182023.sel.dat")):
        requests.head = requests.get = lambda url, path=path, **_: Answer(path)
        try:
            table = atcf_data_parser.get_dataframe(path)
        except Exception as error:
            print(f"  {os.path.basename(path)}: the other cannot read it: {error}")
            continue
        tally.documents += 1
        mine = {}
        for hazard in ours(program, path, "atcf"):
            for fix in hazard["track"]["fixes"]:
                mine[(hazard["track"]["technique"], hazard["issued"][:13], fix["tau_h"])] = fix
        for row in table.to_dict("records"):
            lat, lon = str(row["LATN/S"]).strip(), str(row["LONE/W"]).strip()
            try:
                at = datetime.strptime(str(row["YYYYMMDDHH"]).strip(), "%Y%m%d%H")
                tau = int(float(row["TAU"]))
            except ValueError:
                continue
            if not re.fullmatch(r"\d+[NS]", lat) or lat[:-1].strip("0") == "" and lon[:-1].strip("0") == "":
                continue
            technique = str(row["TECH"]).strip()
            fix = mine.get((technique, at.strftime("%Y-%m-%dT%H"), tau))
            where = f"{os.path.basename(path)} {technique} {at:%Y%m%d%H} +{tau}"
            tally.check(where, "is there", fix is not None, True)
            if fix is None:
                continue
            tally.check(where, "lat", fix["lat"], int(lat[:-1]) / 10 * (1 if lat[-1] == "N" else -1))
            tally.check(where, "lon", fix["lon"], int(lon[:-1]) / 10 * (1 if lon[-1] == "E" else -1))
            vmax = float(row["VMAX"]) if str(row["VMAX"]).strip() not in ("", "nan") else 0
            if vmax > 0 and fix["vmax_kt"] is not None:
                tally.check(where, "vmax", fix["vmax_kt"], vmax)
    return tally


def hurdat2(program, corpus):
    import hurdat2parser

    tally = Tally("hurdat2", "hurdat2parser")
    for path in sorted(glob.glob(f"{corpus}/nhc/*hurdat2*.txt")):
        try:
            book = hurdat2parser.Hurdat2(path)
        except Exception as error:
            print(f"  {os.path.basename(path)}: the other cannot read it: {error}")
            continue
        tally.documents += 1
        mine = {hazard["event"]: hazard for hazard in ours(program, path, "hurdat2")}
        tally.check(os.path.basename(path), "storms", len(mine), len(book.tc))
        for key, storm in book.tc.items():
            hazard = mine.get(key.lower())
            tally.check(key, "is there", hazard is not None, True)
            if hazard is None:
                continue
            at = fixes(hazard)
            tally.check(key, "fixes", len(at), len(storm.entry))
            for entry in storm.entry:
                fix = at.get(entry.time.astimezone(UTC) if entry.time.tzinfo else entry.time.replace(tzinfo=UTC))
                tally.check(key, f"fix {entry.time}", fix is not None, True)
                if fix is None:
                    continue
                tally.check(key, "lat", fix["lat"], entry.lat)
                tally.check(key, "lon", fix["lon"], (entry.lon + 180) % 360 - 180, 1e-6)
                if entry.wind and entry.wind > 0:
                    tally.check(key, "wind", fix["vmax_kt"], entry.wind)
                if entry.mslp:
                    tally.check(key, "mslp", fix["pmin_hpa"], entry.mslp)
                for kt, name in ((34, "ts"), (50, "ts50"), (64, "hu")):
                    theirs = [getattr(entry, name + q) for q in ("NE", "SE", "SW", "NW")]
                    if all(isinstance(nmi, (int, float)) and nmi >= 0 for nmi in theirs) and any(theirs):
                        for a, b in zip(radii(fix, kt), theirs):
                            tally.check(key, f"r{kt}", a, b * NMI, 0.06)
    return tally


def ibtracs(program, corpus):
    tally = Tally("ibtracs", "csv")
    for path in sorted(glob.glob(f"{corpus}/ibtracs/ibtracs.*.csv")):
        tally.documents += 1
        mine = defaultdict(dict)
        for hazard in ours(program, path, "ibtracs"):
            sid = next((alias[8:] for alias in hazard.get("aliases", []) + [hazard["event"]] if alias.startswith("ibtracs:")), None)
            mine[sid][hazard["track"]["agency"]] = fixes(hazard)
        rows = list(csv.DictReader(open(path, encoding="utf-8")))[1:]
        for row in rows:
            at = datetime.strptime(row["ISO_TIME"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
            for agency, prefix, wind in (("jtwc", "USA", "USA_WIND"), ("jma", "TOKYO", "TOKYO_WIND"), ("cma", "CMA", "CMA_WIND")):
                lat, lon, kt = (row.get(f"{prefix}_LAT", " ").strip(), row.get(f"{prefix}_LON", " ").strip(), row.get(wind, " ").strip())
                if not lat or not lon:
                    continue
                of_agency = [track for name, track in mine[row["SID"]].items() if name == agency or (prefix == "USA" and name in ("jtwc", "nhc"))]
                fix = next((track[at] for track in of_agency if at in track), None)
                tally.check(f"{row['SID']} {agency} {at:%m-%d %H}", "is there", fix is not None, True)
                if fix is not None:
                    tally.check(row["SID"], f"{agency} lat", fix["lat"], float(lat), 0.051)
                    tally.check(row["SID"], f"{agency} lon", fix["lon"], (float(lon) + 180) % 360 - 180, 0.051)
                    if kt and float(kt) > 0:
                        tally.check(row["SID"], f"{agency} wind", fix["vmax_kt"], float(kt))
    return tally


def best_tracks(program, corpus):
    """CMA's and RSMC Tokyo's text files, read by blanks and columns here."""
    tally = Tally("cma-bst, jma-bst", "a reader of its own")
    for path in sorted(glob.glob(f"{corpus}/cma/CH*BST.txt")):
        tally.documents += 1
        storms = []
        for line in open(path, encoding="latin-1"):
            words = line.split()
            if words[:1] == ["66666"]:
                storms.append([])
            elif len(words) >= 6 and storms:
                storms[-1].append((words[0], int(words[2]) / 10, int(words[3]) / 10, float(words[4]), float(words[5])))
        compare_tracks(tally, path, ours(program, path, "cma-bst"), storms, "%Y%m%d%H", lambda ms: ms / 0.514444)
    for path in sorted(glob.glob(f"{corpus}/jma/bst_*.txt")):
        tally.documents += 1
        storms = []
        for line in open(path, encoding="latin-1"):
            if line.startswith("66666"):
                storms.append([])
            elif line[:8].isdigit() and storms:
                year = ("19" if line[:2] > "50" else "20") + line[:8]
                wind = line[33:36].strip()
                storms[-1].append((year, int(line[15:18]) / 10, int(line[19:23]) / 10, float(line[24:28]), float(wind or 0)))
        compare_tracks(tally, path, ours(program, path, "jma-bst"), storms, "%Y%m%d%H", lambda kt: kt)
    return tally


def compare_tracks(tally, path, hazards, storms, pattern, to_kt):
    name = os.path.basename(path)
    tally.check(name, "storms", len(hazards), len(storms))
    for hazard, storm in zip(hazards, storms):
        at = fixes(hazard)
        for stamp, lat, lon, pressure, wind in storm:
            fix = at.get(datetime.strptime(stamp, pattern).replace(tzinfo=UTC))
            tally.check(name, f"{hazard['event']} {stamp}", fix is not None, True)
            if fix is None:
                continue
            tally.check(name, "lat", fix["lat"], lat)
            tally.check(name, "lon", fix["lon"] % 360, lon % 360, 1e-6)
            if fix["pmin_hpa"] is not None:
                tally.check(name, "pressure", fix["pmin_hpa"], pressure)
            if fix["vmax_kt"] is not None and wind > 0:
                tally.check(name, "wind", fix["vmax_kt"], to_kt(wind), 0.06)


def feeds(program, corpus):
    import feedparser

    tally = Tally("feed", "feedparser")
    for path in sorted(glob.glob(f"{corpus}/feed/*.atom") + glob.glob(f"{corpus}/gdacs/*rss*.xml")):
        if path.endswith("xee.atom"):
            continue
        book = feedparser.parse(path)
        if book.bozo and not book.entries:
            continue
        tally.documents += 1
        hazards = ours(program, path)
        if "gdacs" in path and hazards and hazards[0]["format"] == "gdacs":
            names = [entry.get("gdacs_eventid") for entry in book.entries if entry.get("gdacs_eventid")]
            events = {hazard["event"] for hazard in hazards}
            tally.check(os.path.basename(path), "events", len(events) <= len(names) and len(events) > 0, True)
            for name in set(names):
                tally.check(os.path.basename(path), f"event {name}", any(name in event for event in events), True)
    return tally


def cxml(program, corpus):
    from lxml import etree

    tally = Tally("cxml", "lxml")
    for path in sorted(glob.glob(f"{corpus}/cxml/*.xml")):
        root = etree.parse(path).getroot()
        tally.documents += 1
        hazards = ours(program, path, "cxml")
        tracks = defaultdict(int)
        for data in root.iter("data"):
            for disturbance in data.iter("disturbance"):
                places = sum(1 for fix in disturbance.iter("fix") if fix.find("latitude") is not None)
                if places:
                    tracks[(data.get("type"), data.get("member"), disturbance.get("ID"))] += places
        tally.check(os.path.basename(path), "tracks", len(hazards), len(tracks))
        tally.check(os.path.basename(path), "fixes", sum(len(h["track"]["fixes"]) for h in hazards), sum(tracks.values()))
    return tally


def geojson(program, corpus):
    """Polygons of the alerts in GeoJSON: as many rings and corners as the documents draw."""
    tally = Tally("nws shapes", "json")
    for path in sorted(glob.glob(f"{corpus}/nws/*active*.json")):
        document = json.load(open(path, encoding="utf-8"))
        drawn = {}
        for feature in document.get("features", []):
            shape = feature.get("geometry")
            if shape and shape["type"] in ("Polygon", "MultiPolygon"):
                many = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
                drawn[feature["properties"].get("id", feature.get("id"))] = sorted(len(rings[0]) for rings in many)
        hazards = ours(program, path)
        tally.documents += 1
        mine = sorted(len(rings[0]) for hazard in hazards for rings in (hazard["geometry"] or {"coordinates": []})["coordinates"])
        tally.check(os.path.basename(path), "corners", mine, sorted(sum(drawn.values(), [])))
    return tally


def main():
    program, corpus = sys.argv[1:3]
    readers = [cap, polygons, atcf, hurdat2, ibtracs, best_tracks, feeds, cxml, geojson]
    clean = True
    for reader in readers:
        try:
            clean &= reader(program, corpus).tell()
        except ImportError as error:
            print(f"{reader.__name__}: SKIPPED: {error}; pip install -r tests/peers/requirements.txt")
    sys.exit(0 if clean else 1)


if __name__ == "__main__":
    main()
