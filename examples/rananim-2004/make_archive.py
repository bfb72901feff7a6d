#!/usr/bin/env python3
"""Writes archive/: the bulletins of Typhoon Rananim (wp162004, August 2004) as a feed would have given them.

    python3 make_archive.py

Needs nothing but Python 3; the same seed gives the same bytes.

REAL: the positions, winds, pressures and wind radii of BEST, which the analyses (CARQ) and each forecast's
tau 0 repeat. Up to 2004-08-13 00Z they are JTWC's best track bwp162004 (a work of the United States Navy,
public domain); after it, positions and pressures are those of JMA's best track (0413, RSMC Tokyo) and the
winds are ours, below 34 kt as JMA and CMA have it.

DERIVED: every forecast. JTWC's forecasts of that week are not at hand, so each is the best track plus an
error, drawn from a seeded random source with the sizes that JTWC's own errors had (TRACK_MEAN_NMI,
WIND_MEAN_KT). An a-deck has no place for comments, which is why this is said here and in README.md.
"""

import math
import pathlib
import random

# The first seed that was tried, taken as it came.
SEED = 1

# Mean error of the forecast position, nmi, by lead time in hours. JTWC's published means for the north-west
# Pacific are 116, 227, 345 at 24, 48, 72 h in 1978-93 (NRL Tropical Cyclone Forecasters' Guide, ch. 4) and
# 34, 46, 61, 78, 117, 165, 223 at 12, 24, 36, 48, 72, 96, 120 h in 2014-18 (tropicalstormrisk.com). 2004 lies
# between: here the geometric mean of the two, and where 1978-93 has none (12, 36, 96, 120 h) the newer value
# times the ratio at the nearest lead that has both. This in-between is ours, not JTWC's figure for 2004.
TRACK_MEAN_NMI = {12: 54, 24: 73, 36: 100, 48: 133, 72: 201, 96: 283, 120: 383}
# Mean absolute error of the forecast wind, kt: a guess of the usual size for that time, no published table.
WIND_MEAN_KT = {12: 5, 24: 9, 36: 12, 48: 15, 72: 20, 96: 22, 120: 24}
# Assumptions: how much of an error is still there 12 h of lead time on, and 6 h of issue time later.
LEAD_CORRELATION = 0.9
# The latter keeps the step from one forecast to the next near 50 nmi at 72 h.
CYCLE_CORRELATION = 0.95
# A radius is forecast within about this share of itself.
RADIUS_SPREAD = 0.15

TAUS = [12, 24, 36, 48, 72, 96, 120]
DISSIPATED_KT = 20                     # a forecast ends at the first lead with no more wind than this
FIRST, LAST = (8, 0), (13, 18)         # days and hours of August 2004, UTC; by then the wind is 25 kt
PUBLISHED_MIN = 3 * 60 + 20            # minutes after the analysis time at which it could be fetched

# day, hour, lat, lon, vmax_kt (1-minute), mslp_hpa, gusts_kt, and the radii of 34, 50, 64 kt in nmi: NE SE SW NW.
BEST = [
    (8, 0, 17.3, 130.2, 35, 997, 40, []),
    (8, 6, 17.9, 130.4, 35, 997, 40, []),
    (8, 12, 18.4, 130.3, 35, 997, 45, []),
    (8, 18, 18.9, 130.4, 45, 991, 50, [(60, 60, 80, 80)]),
    (9, 0, 19.5, 130.4, 45, 991, 55, [(60, 80, 80, 80)]),
    (9, 6, 20.0, 130.0, 50, 987, 65, [(70, 90, 90, 70)]),
    (9, 12, 20.4, 129.5, 50, 987, 65, [(70, 90, 90, 70)]),
    (9, 18, 20.8, 128.7, 55, 984, 70, [(85, 105, 105, 85), (20, 25, 25, 20)]),
    (10, 0, 21.4, 128.1, 55, 984, 75, [(90, 100, 100, 90), (25, 25, 25, 25)]),
    (10, 6, 22.1, 128.0, 60, 980, 75, [(90, 100, 100, 90), (25, 25, 25, 25)]),
    (10, 12, 22.4, 127.4, 65, 976, 80, [(90, 100, 100, 90), (25, 25, 25, 25)]),
    (10, 18, 22.8, 126.9, 75, 967, 90, [(90, 110, 110, 90), (25, 25, 25, 25), (10, 10, 10, 10)]),
    (11, 0, 23.3, 126.2, 80, 963, 90, [(90, 110, 110, 90), (25, 25, 25, 25), (10, 10, 10, 10)]),
    (11, 6, 23.8, 125.5, 85, 958, 100, [(90, 110, 110, 90), (30, 30, 30, 30), (20, 20, 20, 20)]),
    (11, 12, 24.5, 125.0, 90, 954, 105, [(90, 110, 110, 90), (30, 30, 30, 30), (20, 20, 20, 20)]),
    (11, 18, 25.3, 124.3, 90, 954, 100, [(90, 110, 110, 90), (30, 30, 30, 30), (20, 20, 20, 20)]),
    (12, 0, 26.4, 123.8, 90, 954, 110, [(100, 110, 110, 100), (30, 30, 30, 30), (20, 20, 20, 20)]),
    (12, 6, 27.3, 122.6, 90, 954, 110, [(120, 100, 100, 120), (30, 30, 30, 30), (20, 20, 20, 20)]),
    (12, 12, 28.0, 121.3, 85, 958, 110, [(120, 90, 70, 70), (30, 30, 20, 20), (10, 10, 5, 5)]),
    (12, 18, 28.4, 120.1, 70, 972, 90, [(50, 50, 50, 50), (30, 30, 20, 20)]),
    (13, 0, 28.5, 118.9, 60, 980, 75, [(50, 50, 50, 50), (30, 30, 20, 20)]),
    (13, 6, 29.2, 117.6, 30, 992, 0, []),
    (13, 12, 29.0, 116.8, 25, 996, 0, []),
    (13, 18, 28.9, 116.3, 25, 996, 0, []),
    (14, 0, 29.1, 115.8, 20, 996, 0, []),
    (14, 6, 29.3, 114.9, 20, 998, 0, []),
    (14, 12, 29.1, 113.8, 20, 1000, 0, []),
    (14, 18, 28.8, 112.7, 15, 1002, 0, []),
    (15, 0, 28.9, 111.9, 15, 1004, 0, []),
]

HOURS = [24 * fix[0] + fix[1] for fix in BEST]
BY_HOUR = dict(zip(HOURS, BEST))
LANDFALL = 24 * 12 + 12                # the fix nearest to it


def stamp(hour, form):
    """An hour of the month (24 is the 1st, 00Z) as a date; the archive stays within August."""
    return form.format(day=hour // 24, hour=hour % 24)


class Errors:
    """Unit normal errors by lead time, alike from one lead to the next and from one cycle to the next."""

    def __init__(self, source):
        self.source = source
        self.now = None

    def _fresh(self):
        series, last, lead = {}, self.source.gauss(0, 1), 0
        for tau in TAUS:
            keep = LEAD_CORRELATION ** ((tau - lead) / 12)
            last = keep * last + math.sqrt(1 - keep * keep) * self.source.gauss(0, 1)
            series[tau], lead = last, tau
        return series

    def next(self):
        fresh = self._fresh()
        if self.now is None:
            self.now = fresh
        else:
            keep, new = CYCLE_CORRELATION, math.sqrt(1 - CYCLE_CORRELATION ** 2)
            self.now = {tau: keep * self.now[tau] + new * fresh[tau] for tau in TAUS}
        return self.now


def heading(hour):
    """Direction of the best track's motion at an hour, radians from north."""
    before = BY_HOUR[max(hour - 6, HOURS[0])]
    after = BY_HOUR[min(hour + 6, HOURS[-1])]
    north = after[2] - before[2]
    east = (after[3] - before[3]) * math.cos(math.radians(BY_HOUR[hour][2]))
    return math.atan2(east, north)


def moved(lat, lon, along, cross, direction):
    """A position moved by nmi along and to the right of a direction; a flat sheet is near enough here."""
    north = along * math.cos(direction) - cross * math.sin(direction)
    east = along * math.sin(direction) + cross * math.cos(direction)
    return lat + north / 60, lon + east / 60 / math.cos(math.radians(lat))


def sigma(mean_of_two):
    """Of each axis, from the mean length of a two-dimensional normal error."""
    return mean_of_two / math.sqrt(math.pi / 2)


def forecast_radii(vmax, quadrants, factor):
    """Radii that fit the forecast wind: none above it; a missing one from the next wider (a guess)."""
    radii = []
    for index, (threshold, usual) in enumerate([(34, (60, 60, 60, 60)), (50, None), (64, None)]):
        if vmax < threshold:
            break
        if index < len(quadrants):
            known = quadrants[index]
        else:
            known = usual if index == 0 else tuple(r * 0.4 for r in radii[-1][1])
        radii.append((threshold, tuple(max(5, round(r * factor / 5) * 5) for r in known)))
    return radii


def row(dtg, number, technique, tau, lat, lon, vmax, mslp, gusts, radius, motion):
    """One line; the radius of the greatest wind is 0, unknown, as in the best track."""
    kind = "TD" if vmax < 34 else "TS" if vmax < 64 else "TY"
    threshold, quadrants = radius or (0, (0, 0, 0, 0))
    code = "NEQ" if radius else "   "
    q = ", ".join(f"{r:4d}" for r in quadrants)
    return (
        f"WP, 16, {dtg}, {number}, {technique:>4}, {tau:3d}, {round(lat * 10):3d}N, {round(lon * 10):4d}E, "
        f"{vmax:3d}, {mslp:4d}, {kind}, {threshold:3d}, {code}, {q}, {0:4d}, {0:4d}, {0:3d}, {gusts:3d}, "
        f"{0:3d},   W,   0,    , {motion[0]:3d}, {motion[1]:3d},    RANANIM, D, "
    )


def motion(hour):
    """Heading in degrees and speed in kt, as a best track row carries them."""
    before, here = BY_HOUR[max(hour - 6, HOURS[0])], BY_HOUR[hour]
    north = (here[2] - before[2]) * 60
    east = (here[3] - before[3]) * 60 * math.cos(math.radians(here[2]))
    return round(math.degrees(math.atan2(east, north)) % 360) % 360, round(math.hypot(north, east) / 6)


def ceiling(hour):
    """No forecast has the storm stronger over land than it was, or than Kaplan & DeMaria (1995, J. Appl. Meteor.
    34:2499, eq. 5: V = 26.7 + (0.9 V0 - 26.7) exp(-0.095 t)) has it after its landfall with 85 kt."""
    after = hour - LANDFALL
    if after <= 0:
        return 140
    decayed = 26.7 + (0.9 * 85 - 26.7) * math.exp(-0.095 * after)
    return max(BY_HOUR[hour][4], decayed)


def cycle_rows(hour, along, cross, wind, size):
    """The rows of one analysis time: CARQ, then JTWC from tau 0 on."""
    _, _, lat, lon, vmax, mslp, gusts, quadrants = BY_HOUR[hour]
    dtg = stamp(hour, "200408{day:02d}{hour:02d}")
    known = list(zip((34, 50, 64), quadrants)) or [None]
    rows = [row(dtg, "01", "CARQ", 0, lat, lon, vmax, mslp, gusts, r, motion(hour)) for r in known]
    rows += [row(dtg, "03", "JTWC", 0, lat, lon, vmax, mslp, gusts, r, motion(hour)) for r in known]
    for tau in TAUS:
        if hour + tau not in BY_HOUR:
            break
        _, _, lat, lon, vmax, _, _, quadrants = BY_HOUR[hour + tau]
        length = sigma(TRACK_MEAN_NMI[tau])
        lat, lon = moved(lat, lon, along[tau] * length, cross[tau] * length, heading(hour + tau))
        vmax += wind[tau] * WIND_MEAN_KT[tau] * math.sqrt(math.pi / 2)
        vmax = min(vmax, ceiling(hour + tau))
        vmax = max(15, min(140, round(vmax / 5) * 5))
        gusts = round(vmax * 1.22 / 5) * 5
        radii = forecast_radii(vmax, quadrants, math.exp(RADIUS_SPREAD * size[tau])) or [None]
        rows += [row(dtg, "03", "JTWC", tau, lat, lon, vmax, 0, gusts, r, (0, 0)) for r in radii]
        if vmax <= DISSIPATED_KT:
            break
    return rows


def cycles(seed):
    source = random.Random(seed)
    along, cross, wind, size = (Errors(source) for _ in range(4))
    for hour in HOURS:
        if 24 * FIRST[0] + FIRST[1] <= hour <= 24 * LAST[0] + LAST[1]:
            yield hour, cycle_rows(hour, along.next(), cross.next(), wind.next(), size.next())


def main():
    folder = pathlib.Path(__file__).parent / "archive"
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.dat"):
        old.unlink()
    deck = []
    for hour, rows in cycles(SEED):
        deck += rows
        minutes = hour * 60 + PUBLISHED_MIN
        day, rest = divmod(minutes, 24 * 60)
        name = f"200408{day:02d}T{rest // 60:02d}{rest % 60:02d}00Z_jtwc_awp162004.dat"
        (folder / name).write_bytes(("\n".join(deck) + "\n").encode("ascii"))


if __name__ == "__main__":
    main()
