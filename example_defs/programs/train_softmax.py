#!/usr/bin/env python3
"""Trains softmax regression on Fisher's iris, and may be stopped and started again at any time.

    python3 train_softmax.py --lr 0.1 --reg 0.001 --seed 1

The seed chooses the 75 flowers that are held out for validation. Files appear in the working directory, which
JuQueue makes the run's own:

    checkpoint.json   epoch and weights; a restarted run goes on from here and ends with the same digits
    result.json       parameters, losses, accuracy, weights

SIGUSR1, SIGTERM and Ctrl-C save a checkpoint and exit with 85. Needs Python 3.8 or newer, nothing else.
"""

import argparse
import csv
import json
import math
import os
import signal
import sys
from pathlib import Path

CHECKPOINT_EXIT_CODE = 85  # sweep.yaml declares it: "saved, start me again"
VALIDATION_FLOWERS = 75  # half of them: so few flowers to learn from that too little penalty shows
IRIS = Path(__file__).resolve().parent.parent / "data" / "iris.csv"


def main():
    options = parse_arguments()
    stop = StopRequest()
    try:
        classes, flowers = read_flowers(options.data)
    except (OSError, ValueError) as error:
        fail(f"cannot read {options.data}: {error}")
    training, validation = standardised(*split(flowers, options.seed))
    train(options, classes, training, validation, stop)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--lr", type=float, required=True, help="learning rate")
    parser.add_argument("--reg", type=float, required=True, help="weight of the L2 penalty")
    parser.add_argument("--seed", type=int, required=True, help="chooses the flowers held out for validation")
    parser.add_argument("--epochs", type=int, default=5000)
    parser.add_argument("--checkpoint-every", type=int, default=500, metavar="EPOCHS")
    parser.add_argument("--data", type=Path, default=IRIS)
    return parser.parse_args()


def train(options, classes, training, validation, stop):
    settings = {"lr": options.lr, "reg": options.reg, "seed": options.seed}
    epoch, weights = load_checkpoint(settings, options.epochs)
    if epoch:
        print(f"resumed after epoch {epoch}", flush=True)
    else:
        weights = [[0.0] * len(training[0][0]) for _ in classes]

    while epoch < options.epochs:
        descend(weights, training, options.lr, options.reg)
        epoch += 1
        if stop.requested or epoch % options.checkpoint_every == 0:
            loss, _ = evaluate(weights, training)
            save_checkpoint(settings, epoch, weights)
            report_progress(epoch / options.epochs, f"epoch {epoch}, training loss {loss:.4f}")
        if stop.requested and epoch < options.epochs:
            print(f"asked to stop, saved epoch {epoch}", flush=True)
            sys.exit(CHECKPOINT_EXIT_CODE)

    training_loss, _ = evaluate(weights, training)
    validation_loss, validation_accuracy = evaluate(weights, validation)
    replace_json("result.json", {
        "parameters": settings,
        "epochs": epoch,
        "training_loss": training_loss,
        "validation_loss": validation_loss,
        "validation_accuracy": validation_accuracy,
        "classes": classes,
        "weights": weights,
    })
    report_progress(1, f"validation loss {validation_loss:.4f}, accuracy {validation_accuracy:.3f}")


# --- data -------------------------------------------------------------------------------------------------------

def read_flowers(path):
    """Species names in order of appearance, and for each flower its measurements and the index of its species."""
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    classes = list(dict.fromkeys(row[-1] for row in rows))
    return classes, [([float(cell) for cell in row[:-1]], classes.index(row[-1])) for row in rows]


def split(flowers, seed):
    """(training, validation). Own generator (Park and Miller's), so that no Python version shuffles differently."""
    shuffled = list(flowers)
    state = 1 + seed % 2147483646
    for last in range(len(shuffled) - 1, 0, -1):
        state = state * 48271 % 2147483647
        other = state % (last + 1)
        shuffled[last], shuffled[other] = shuffled[other], shuffled[last]
    return shuffled[VALIDATION_FLOWERS:], shuffled[:VALIDATION_FLOWERS]


def standardised(training, validation):
    """Both sets with a leading 1 for the bias, scaled to mean 0 and deviation 1 of the training set."""
    columns = list(zip(*(measurements for measurements, _ in training)))
    means = [math.fsum(column) / len(column) for column in columns]
    deviations = [
        math.sqrt(math.fsum((value - mean) ** 2 for value in column) / len(column))
        for column, mean in zip(columns, means)
    ]

    def scale(flowers):
        return [
            ([1.0] + [(value - mean) / deviation for value, mean, deviation in zip(values, means, deviations)], label)
            for values, label in flowers
        ]

    return scale(training), scale(validation)


# --- model ------------------------------------------------------------------------------------------------------
# Floats are added one by one or with fsum: the built-in sum() rounds differently since Python 3.12.

def probabilities(weights, inputs):
    scores = []
    for row in weights:
        score = 0.0
        for weight, value in zip(row, inputs):
            score += weight * value
        scores.append(score)
    highest = max(scores)  # keeps exp() from overflowing
    powers = [math.exp(score - highest) for score in scores]
    total = math.fsum(powers)
    return [power / total for power in powers]


def descend(weights, flowers, lr, reg):
    """One step of gradient descent over all flowers, in place; the bias is not penalised."""
    gradient = [[0.0] * len(row) for row in weights]
    for inputs, label in flowers:
        for index, probability in enumerate(probabilities(weights, inputs)):
            excess = probability - (index == label)
            slopes = gradient[index]
            for column, value in enumerate(inputs):
                slopes[column] += excess * value
    for row, slopes in zip(weights, gradient):
        for column, slope in enumerate(slopes):
            row[column] -= lr * (slope / len(flowers) + (reg * row[column] if column else 0.0))


def evaluate(weights, flowers):
    """(mean cross-entropy, share of flowers whose species is the likeliest)."""
    losses, hits = [], 0
    for inputs, label in flowers:
        chances = probabilities(weights, inputs)
        chance = chances[label]
        losses.append(-math.log(chance) if chance > 0 else math.inf)
        hits += chances.index(max(chances)) == label
    loss = math.fsum(losses) / len(flowers)
    if not math.isfinite(loss):
        fail("training diverged, try a smaller --lr")
    return loss, hits / len(flowers)


# --- what JuQueue sees; by hand its variables are not set and these do without ------------------------------------

class StopRequest:
    """Becomes `requested` at the first signal; the loop acts on it between two epochs."""

    def __init__(self):
        self.requested = False
        for number in (signal.SIGUSR1, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.note)

    def note(self, _number, _frame):
        self.requested = True


def load_checkpoint(settings, epochs):
    """(epoch, weights) of an earlier attempt with the same settings, else (0, None)."""
    try:
        saved = json.loads(Path("checkpoint.json").read_text())
    except FileNotFoundError:
        return 0, None
    if saved.get("settings") != settings or saved["epoch"] > epochs:
        print("checkpoint.json belongs to other settings, starting afresh", flush=True)
        return 0, None
    return saved["epoch"], saved["weights"]


def save_checkpoint(settings, epoch, weights):
    replace_json("checkpoint.json", {"settings": settings, "epoch": epoch, "weights": weights})
    if "JUQUEUE_CHECKPOINT_FILE" in os.environ:
        Path(os.environ["JUQUEUE_CHECKPOINT_FILE"]).touch()


def replace_json(path, value):
    """Readers find the old file or the whole new one, even after a crash at this moment."""
    draft = f"{path}.draft"
    with open(draft, "w") as file:
        json.dump(value, file, allow_nan=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def report_progress(share, text):
    print(f"{share:4.0%} {text}", flush=True)
    if "JUQUEUE_PROGRESS_FILE" in os.environ:
        Path(os.environ["JUQUEUE_PROGRESS_FILE"]).write_text(f"{share:.2f} {text}\n")


def fail(text):
    """Ends the run with exit code 1; JuQueue shows the text beside the run."""
    if "JUQUEUE_ERROR_FILE" in os.environ:
        Path(os.environ["JUQUEUE_ERROR_FILE"]).write_text(text + "\n")
    sys.exit(text)


if __name__ == "__main__":
    main()
