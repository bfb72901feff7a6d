#!/usr/bin/env python3
"""Rananim, August 2004, as four agencies would tell of it today: an archive for `seawall replay`.

Positions, winds and pressures are each agency's own best track of the storm (JTWC; RSMC Tokyo; CMA). A "forecast" is what
came after, so that the agencies disagree as little as they did afterwards; the formats are those of 2026: ATCF lines, JMA's
bosai JSON, NMC's JSONP, HKO's track XML. HKO's figures of 2004 are not at hand: they are the mean of CMA's and RSMC
Tokyo's positions, to a tenth of a degree, with RSMC Tokyo's winds (both are 10-minute means). Run it to make the files
anew: `python3 make_archive.py`.
"""
import json
import os
from datetime import datetime, timedelta, timezone

HERE = os.path.dirname(os.path.abspath(__file__))
UTC = timezone.utc

# Hour, latitude, longitude, wind (JTWC 1-min kt; Tokyo 10-min kt; CMA 2-min m/s), pressure.
JTWC = """
2004081000 21.5 128.2 65
2004081006 22.0 127.9 70
2004081012 22.6 127.3 75
2004081018 23.0 126.7 75
2004081100 23.4 126.1 80
2004081106 23.8 125.6 80
2004081112 24.4 125.0 85
2004081118 25.3 124.3 90
2004081200 26.4 123.8 90
2004081206 27.3 122.6 90
2004081212 28.0 121.3 85
2004081218 28.4 120.1 70
2004081300 28.5 118.9 60
"""
TOKYO = """
2004081000 21.3 128.2 60 975
2004081006 22.0 128.1 65 970
2004081012 22.4 127.5 65 970
2004081018 22.8 126.8 70 965
2004081100 23.3 126.2 70 965
2004081106 23.8 125.6 75 960
2004081112 24.4 125.2 80 950
2004081118 25.3 124.4 80 950
2004081200 26.4 123.6 80 950
2004081206 27.4 122.6 80 950
2004081212 28.1 121.3 60 960
2004081218 28.3 120.2 40 975
"""
CMA = """
2004081000 21.3 128.2 28 985
2004081006 22.1 128.0 30 980
2004081012 22.5 127.5 30 980
2004081018 22.8 126.8 33 975
2004081100 23.2 126.3 35 970
2004081106 23.8 125.5 35 970
2004081112 24.4 125.1 40 960
2004081118 25.3 124.4 45 950
2004081200 26.4 123.8 45 950
2004081206 27.4 122.6 45 950
2004081212 28.3 121.3 45 950
2004081218 28.3 120.0 30 980
2004081300 28.6 118.8 23 988
"""


def rows(text):
    for line in text.split("\n"):
        if line:
            hour, lat, lon, wind, *rest = line.split()
            at = datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC)
            yield at, float(lat), float(lon), int(wind), int(rest[0]) if rest else None


JTWC, TOKYO, CMA = list(rows(JTWC)), list(rows(TOKYO)), list(rows(CMA))
RADII_NMI = {34: [120, 100, 90, 110], 50: [50, 40, 40, 50], 64: [25, 20, 20, 25]}


def after(track, at, step_h=12):
    """The track from an hour on, with hours after it, every `step_h`."""
    for time, *rest in track:
        tau = int((time - at).total_seconds()) // 3600
        if tau >= 0 and tau % step_h == 0:
            yield tau, time, *rest


def write(at, minutes, feed, name, text):
    stamp = (at + timedelta(minutes=minutes)).strftime("%Y%m%dT%H%M%SZ")
    with open(os.path.join(HERE, "archive", f"{stamp}_{feed}_{name}"), "w", encoding="utf-8") as out:
        out.write(text)


def jtwc(at):
    lines = []
    for tau, _, lat, lon, wind, _ in after(JTWC, at):
        for kt, quadrants in RADII_NMI.items():
            if wind >= kt:
                lines.append(
                    f"WP, 16, {at:%Y%m%d%H}, 03, JTWC, {tau:3d}, {lat*10:.0f}N, {lon*10:.0f}E, {wind:3d},    0,   ,"
                    f" {kt:3d}, NEQ, " + ", ".join(f"{nmi:4d}" for nmi in quadrants)
                    + ",    0,    0,   0,   0,   0,    ,   0,    ,   0,   0,    RANANIM,"
                )
    write(at, 185, "jtwc", "awp162004.dat", "\n".join(lines) + "\n")


def both(at):
    local = at + timedelta(hours=9)
    return {"JST": local.strftime("%Y-%m-%dT%H:%M:%S+09:00"), "UTC": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def jma(at):
    title = {"part": "title", "issue": both(at + timedelta(minutes=50)), "typhoonNumber": "0413",
             "name": {"jp": "ラナニム", "en": "Rananim"}, "category": {"jp": "台風", "en": "TY"}}
    parts = [title]
    for tau, time, lat, lon, wind, pressure in after(TOKYO, at):
        part = {"part": {"jp": "実況", "en": "Analysis"} if tau == 0 else
                {"jp": f"予報　{tau}時間後", "en": f"Forecast for {tau} hours ahead"},
                "maximumWind": {"sustained": {"m/s": str(round(wind * 0.514)), "kt": str(wind), "note": "中心付近"},
                                "gust": {"m/s": str(round(wind * 0.72)), "kt": str(round(wind * 1.4))}},
                "advancedHours": tau, "category": {"jp": "台風", "en": "TY"},
                "position": {"deg": [lat, lon]}, "pressure": str(pressure), "validtime": both(time)}
        if tau == 0:
            part["galeWarning"] = [{"area": "東", "range": {"km": 500, "nm": 270}},
                                   {"area": "西", "range": {"km": 390, "nm": 210}}]
            part["stormWarning"] = [{"area": "全域", "range": {"km": 170, "nm": 90}}]
        else:
            part["probabilityCircleRadius"] = {"km": 60 + 5 * tau, "nm": round((60 + 5 * tau) / 1.852)}
        parts.append(part)
    write(at, 60, "jma", "TC0415_specifications.json", json.dumps(parts, ensure_ascii=False) + "\n")


def nmc(at):
    points = []
    for time, lat, lon, wind, pressure in CMA:
        if time > at:
            break
        grade = "TY" if wind >= 33 else "STS" if wind >= 25 else "TS"
        radii = [["30KTS", 350, 330, 250, 300, 1], ["50KTS", 120, 100, 90, 110, 1]]
        forecast = None
        if time == at:
            steps = [[tau, f"{at:%Y%m%d%H}00", lo, la, hpa, ms, "BABJ", "TY" if ms >= 33 else "STS"]
                     for tau, _, la, lo, ms, hpa in after(CMA, at) if tau > 0]
            forecast = {"BABJ": steps}
        local = time + timedelta(hours=8)
        points.append([len(points) + 1, f"{time:%Y%m%d%H}00", int(time.timestamp() * 1000), grade, lon, lat, pressure, wind,
                       "NW", 18, radii, forecast, [f"{local:%Y%m%d%H}00", f"{local:%Y年%m月%d日%H时}00分", None, None]])
    storm = [52413, "RANANIM", "云娜", 413, "0413", None, None, "start", points]
    body = json.dumps({"typhoon": storm}, ensure_ascii=False, separators=(",", ":"))
    write(at, 75, "nmc", "view_52413.jsonp", f"typhoon_jsons_view_52413({body})\n")


def hko(at):
    mean = [(t, round((a + c) / 2, 1), round((b + d) / 2, 1), w) for (t, a, b, w, _), (_, c, d, _, _) in zip(TOKYO, CMA)]

    def fix(tag, index, time, lat, lon, kt):
        number = f"<Index>{index}</Index>" if index else ""
        kind = "Typhoon" if kt >= 64 else "Severe Tropical Storm" if kt >= 48 else "Tropical Storm"
        return (f"<{tag}>{number}<Intensity>{kind}</Intensity><MaximumWind>{round(kt * 1.852 / 5) * 5}km/h</MaximumWind>"
                f"<Time>{time:%Y-%m-%dT%H:%M:%S}+00:00</Time><Latitude>{lat:.2f}N</Latitude><Longitude>{lon:.2f}E</Longitude></{tag}>")

    past = [fix("PastInformation", n, *row) for n, row in enumerate((r for r in mean if r[0] < at), 1)]
    now = [fix("AnalysisInformation", None, *row) for row in mean if row[0] == at]
    ahead = [fix("ForecastInformation", n, time, lat, lon, kt) for n, (tau, time, lat, lon, kt) in
             enumerate((r for r in after(mean, at) if r[0] > 0), 1)]
    issued = (at + timedelta(minutes=150, hours=8)).strftime("%Y-%m-%dT%H:%M:%S+08:00")
    write(at, 155, "hko", "hko_tctrack_0413.xml", f"""<?xml version="1.0" encoding="UTF-8"?>
<TropicalCycloneTrack xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" tcid="0413">
<BulletinHeader><BulletinName>Tropical Cyclone Track</BulletinName><BulletinType>R</BulletinType>
<BulletinProvider>Hong Kong Observatory</BulletinProvider><BulletinTime>{issued}</BulletinTime></BulletinHeader>
<WeatherReport><TropicalCycloneName>RANANIM</TropicalCycloneName>
{os.linesep.join(past + now + ahead)}
</WeatherReport></TropicalCycloneTrack>
""")


for hour in ["2004081000", "2004081006", "2004081012", "2004081018", "2004081100", "2004081106", "2004081112"]:
    at = datetime.strptime(hour, "%Y%m%d%H").replace(tzinfo=UTC)
    for agency in (jtwc, jma, nmc, hko):
        agency(at)
