#!/usr/bin/env python3
"""Bakes `data/fonts/noto-sans-sc.ttf`, the letters that the mails' maps are lettered with, and beside it
`noto-sans-sc.txt`, which letters there are.

    npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf expo-google-fonts-noto-sans-sc-0.4.3.tgz
    pip install fonttools && python3 tests/pictures/bake_font.py package/400Regular/NotoSansSC_400Regular.ttf

In: Noto Sans SC (SIL Open Font License 1.1, which allows subsets; `data/fonts/LICENSE-noto-sans-sc.txt`).
Out: Latin with its accents, signs, the 3,755 characters of GB 2312's first level, those of our own Chinese texts and of the
sample portfolio, and characters of names of places on the coast that are not among them.
"""
import pathlib
import sys

from fontTools import subset

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TARGET = ROOT / "data" / "fonts" / "noto-sans-sc.ttf"
SIGNS = "–—‘’“”•…‰′″→←↑↓−≈≠≤≥°±×·、。〈〉《》「」『』【】！（），：；？％～／＋－▲◆●■□○"
# Of names of provinces, cities and counties that typhoons reach.
PLACES = "衢瓯鄞嵊泗岱亳濮漯邳沭盱眙睢溧兖郓莒沂汶浔婺歙黟弋莆霞柘诏沅澧芷郴汨蕲郧珲涞涿蔚邯缙畲暨鹭澳儋琼麻禺番岙屿礁圳埔汕潮揭阳茂湛濠澎"


def level_one():
    """Rows 16 to 55 of GB 2312."""
    for row in range(16, 56):
        for cell in range(1, 95):
            try:
                yield bytes([0xA0 + row, 0xA0 + cell]).decode("gb2312")
            except UnicodeDecodeError:
                pass


def own():
    for folder, pattern in [("rules", "**/*.toml"), ("examples", "**/*.csv")]:
        for path in sorted((ROOT / folder).glob(pattern)):
            yield from path.read_text(encoding="utf-8")


def main(source):
    wanted = {chr(code) for code in [*range(0x20, 0x7F), *range(0xA0, 0x180)]} | set(SIGNS + PLACES)
    wanted |= set(level_one()) | {c for c in own() if c.isprintable()}
    options = subset.Options(layout_features=["kern"], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    font = subset.load_font(source, options)
    had = set(font.getBestCmap())
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=[ord(c) for c in wanted])
    subsetter.subset(font)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(TARGET)
    letters = "".join(sorted(c for c in wanted if ord(c) in had))
    TARGET.with_suffix(".txt").write_text(letters, encoding="utf-8")
    print(f"{len(letters)} letters, {TARGET.stat().st_size} bytes; without: {''.join(sorted(c for c in wanted if ord(c) not in had))}", file=sys.stderr)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
