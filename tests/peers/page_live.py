#!/usr/bin/env python3
"""Runs the daemon over the Rananim days, moved to now, and leaves its page open: a stage for page_check.mjs --answer.

    page_live.py SEAWALL FOLDER [--sites N [--near M]]

Prints the address and goes on until it is ended. With --sites the portfolio gets so many more sites along the coast, of a
dealer of Li Wei's, for measuring the page with many; with --near only the first M of them, the others far inland.
"""

import argparse
import http.server
import random
import re
import shutil
import subprocess
import threading
from datetime import datetime, timedelta, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples/rananim-2004"
# The forecast that is played: two days before the gale.
DECK = "20040809T212000Z_jtwc_awp162004.dat"


def deck() -> bytes:
    """The deck with its newest analysis three hours ago."""
    text = (SAMPLE / "archive" / DECK).read_text()
    times = [datetime.strptime(t, "%Y%m%d%H") for t in re.findall(r"^WP, 16, (\d{10})", text, re.M)]
    now = datetime.now(timezone.utc).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    shift = now - timedelta(hours=3) - max(times)
    moved = lambda m: "WP, 16, " + (datetime.strptime(m[1], "%Y%m%d%H") + shift).strftime("%Y%m%d%H")
    return re.sub(r"^WP, 16, (\d{10})", moved, text, flags=re.M).encode()


class Feed(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = deck()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def more_sites(folder: Path, count: int, near: int):
    """Sites along the coast from Xiamen to Shanghai, after the first so many far inland; the same every time."""
    dice = random.Random(7)
    head = (folder / "sites.csv").read_text().splitlines()[0].split(",")
    dealer = (folder / "dealers.csv").read_text().splitlines()[1].split(",")[0]
    with (folder / "sites.csv").open("a") as out:
        for n in range(count):
            lat = dice.uniform(24.0, 32.0)
            lon = 117.2 + (lat - 24.0) * 0.55 + dice.uniform(-2.5, 1.0) - (0 if n < near else 14)
            known = {"id": f"S-{n:05}", "dealer": dealer, "name": f"Store {n}", "kind": "warehouse", "lat": f"{lat:.4f}",
                     "lon": f"{lon:.4f}", "coast_m": "2000", "stock_value": "300000", "currency": "CNY"}
            out.write(",".join(known.get(name, "") for name in head) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seawall")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sites", type=int, default=0)
    parser.add_argument("--near", type=int)
    args = parser.parse_args()
    shutil.rmtree(args.folder, ignore_errors=True)
    shutil.copytree(SAMPLE / "portfolio", args.folder / "portfolio")
    if args.sites:
        more_sites(args.folder / "portfolio", args.sites, args.sites if args.near is None else args.near)
    feed = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=feed.serve_forever, daemon=True).start()
    config = args.folder / "seawall.toml"
    config.write_text(
        f'data_dir = "data"\nportfolio = "portfolio"\ncontact = "ops@example.com"\nlisten = "127.0.0.1:0"\n'
        # Nobody takes the mails, which lie in the outbox.
        f'[smtp]\nhost = "localhost"\nport = 9\ntls = "none"\nfrom = "Seawall <seawall@example.com>"\n'
        f'[[feed]]\nid = "deck"\nurl = "http://127.0.0.1:{feed.server_port}/deck.dat"\nformat = "atcf"\nagency = "jtwc"\n'
        f'cadence = "30s"\nnear_cadence = "30s"\nallow_http = true\nsilence_after = "1h"\n'
    )
    daemon = subprocess.Popen([args.seawall, "run", "--config", str(config)], stderr=subprocess.PIPE, text=True)
    for line in daemon.stderr:
        if found := re.search(r"ready on (http://\S+)", line):
            print(found[1], flush=True)
        elif "ERROR" in line or "error" in line:
            print(line, end="", flush=True)


if __name__ == "__main__":
    main()
