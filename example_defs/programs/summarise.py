#!/usr/bin/env python3
"""Averages the results of a sweep over its seeds and names the best parameters.

    python3 summarise.py --results work/sweep

Reads <results>/*/result.json; writes table.csv, table.txt and best.json to the working directory. Settings are ranked
by mean validation loss; those that lack a seed come last, and equal ones are ordered by their parameters, so that the
same results always give the same table. Needs Python 3.8 or newer, nothing else.
"""

import argparse
import csv
import json
import sys
from pathlib import Path
from statistics import fmean


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="directory of an experiment")
    results = read_results(parser.parse_args().results)
    rows = rank(results)

    text = aligned(rows)
    write("table.csv", lambda file: write_csv(file, rows))
    write("table.txt", lambda file: file.write(text))
    write("best.json", lambda file: file.write(json.dumps(rows[0], indent=2) + "\n"))

    best = rows[0]
    print(text)
    print(f"best of {len(results)} runs: learning rate {best['lr']:g}, regularisation {best['reg']:g}: "
          f"validation loss {best['validation_loss']:.4f}, accuracy {best['validation_accuracy']:.3f}")


def read_results(directory):
    paths = sorted(directory.glob("*/result.json"))
    if not paths:
        sys.exit(f"no result.json below {directory}/*/")
    return [json.loads(path.read_text()) for path in paths]


def rank(results):
    """One row for each (lr, reg), best first."""
    groups = {}
    for result in results:
        parameters = result["parameters"]
        groups.setdefault((parameters["lr"], parameters["reg"]), []).append(result)
    rows = [
        {
            "lr": lr,
            "reg": reg,
            "seeds": len(group),
            "validation_loss": fmean(result["validation_loss"] for result in group),
            "validation_accuracy": fmean(result["validation_accuracy"] for result in group),
        }
        for (lr, reg), group in groups.items()
    ]
    return sorted(rows, key=lambda row: (-row["seeds"], row["validation_loss"], row["lr"], row["reg"]))


def aligned(rows):
    lines = [("lr", "reg", "seeds", "validation loss", "accuracy")] + [
        (f"{row['lr']:g}", f"{row['reg']:g}", str(row["seeds"]),
         f"{row['validation_loss']:.4f}", f"{row['validation_accuracy']:.3f}")
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths)) + "\n" for line in lines)


def write_csv(file, rows):
    writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


def write(path, fill):
    with open(path, "w", newline="") as file:
        fill(file)


if __name__ == "__main__":
    main()
