#!/usr/bin/env python3
"""Bakes `src/storm/land.bin`, the grid of land and sea that decays storms.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python3 tests/land/bake.py package/land-50m.json src/storm/land.bin

In: Natural Earth's land at 1:50 million (public domain) as the TopoJSON of the npm package `world-atlas`.
Out: a cell of 0.2 degrees is land when its middle is. From the row of 90 N southwards and from 180 W eastwards: for
each row a byte with the number of changes, then each change's column as two bytes, the lesser first. A row begins as sea.
"""
import json
import sys

CELLS_A_DEGREE = 5


def rings(topology):
    scale, shift = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            line.append((x * scale[0] + shift[0], y * scale[1] + shift[1]))
        arcs.append(line)

    def joined(ring):
        points = []
        for index in ring:
            line = arcs[index] if index >= 0 else arcs[~index][::-1]
            points.extend(line[1 if points else 0:])
        return points

    for shape in topology["objects"]["land"]["geometries"]:
        polygons = [shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"]
        for polygon in polygons:
            yield from (joined(ring) for ring in polygon)


def main(source, target):
    with open(source, encoding="utf-8") as file:
        topology = json.load(file)
    rows = [[] for _ in range(180 * CELLS_A_DEGREE)]
    for ring in rings(topology):
        for (x0, y0), (x1, y1) in zip(ring, ring[1:]):
            low, high = sorted((y0, y1))
            first = max(0, int((90 - high) * CELLS_A_DEGREE) - 1)
            last = min(len(rows), int((90 - low) * CELLS_A_DEGREE) + 2)
            for row in range(first, last):
                lat = 90 - (row + 0.5) / CELLS_A_DEGREE
                if (y0 > lat) != (y1 > lat):
                    rows[row].append(x0 + (x1 - x0) * (lat - y0) / (y1 - y0))
    out = bytearray()
    for crossings in rows:
        crossings.sort()
        cells = [False] * (360 * CELLS_A_DEGREE)
        for west, east in zip(crossings[::2], crossings[1::2]):
            for column in range(len(cells)):
                if west <= -180 + (column + 0.5) / CELLS_A_DEGREE < east:
                    cells[column] = True
        changes = [i for i, cell in enumerate(cells) if cell != (i > 0 and cells[i - 1])]
        out.append(len(changes))
        for change in changes:
            out += change.to_bytes(2, "little")
    with open(target, "wb") as file:
        file.write(out)
    print(f"{len(out)} bytes")


main(*sys.argv[1:])
