#!/usr/bin/env python3
"""Bakes `src/pictures/coast.bin`, the coast that the mails' maps show.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 tests/pictures/bake_coast.py package/land-50m.json src/pictures/coast.bin

In: Natural Earth's land at 1:50 million (public domain) as the TopoJSON of the npm package `world-atlas`.
Out: for each ring of land its number of points (two bytes, the lesser first), then the points. Degrees count in
hundredths; the first point is longitude and latitude as two-byte integers, each further one the two differences as
zigzag varints. A ring is closed by its first point. Points nearer than TOLERANCE to the line without them are left out,
and rings smaller than AREA square degrees.
"""
import json
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "land"))
from bake import rings  # noqa: E402

TOLERANCE = 0.025
AREA = 0.004


def simplified(points):
    """Douglas & Peucker (1973), without recursion."""
    keep = {0, len(points) - 1}
    stack = [(0, len(points) - 1)]
    while stack:
        first, last = stack.pop()
        (x0, y0), (x1, y1) = points[first], points[last]
        length = ((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5
        far, at = 0.0, None
        for index in range(first + 1, last):
            x, y = points[index]
            if length:
                d = abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length
            else:
                d = ((x - x0) ** 2 + (y - y0) ** 2) ** 0.5
            if d > far:
                far, at = d, index
        if at is not None and far > TOLERANCE:
            keep.add(at)
            stack += [(first, at), (at, last)]
    return [points[index] for index in sorted(keep)]


def area(points):
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(points, points[1:] + points[:1]))) / 2


def varint(value):
    value = value * 2 if value >= 0 else -value * 2 - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def main(source, target):
    with open(source, encoding="utf-8") as file:
        topology = json.load(file)
    out, count = bytearray(), 0
    for ring in rings(topology):
        if area(ring) < AREA:
            continue
        points = [(round(x * 100), round(y * 100)) for x, y in simplified(ring)]
        points = [point for at, point in enumerate(points) if at == 0 or point != points[at - 1]]
        if points[0] == points[-1]:
            points.pop()
        if len(points) < 3:
            continue
        count += len(points)
        out += struct.pack("<Hhh", len(points), *points[0])
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            out += varint(x1 - x0) + varint(y1 - y0)
    with open(target, "wb") as file:
        file.write(out)
    print(f"{count} points, {len(out)} bytes", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
