"""Estimates pi from random points, a part of them in each step, and goes on where it was when it is stopped."""

import argparse
import random
import time

import juqueue_checkpoint as checkpoint

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, required=True)
parser.add_argument("--seconds", type=float, required=True, help="that each step takes")
options = parser.parse_args()

points_per_step = 10_000
state = checkpoint.load("state.json", {"step": 0, "inside": 0})
print(f"begins with step {state['step']}", flush=True)

while state["step"] < options.steps:
    # Seeded by the step, so that the result is the same however often the run was moved.
    chance = random.Random(state["step"])
    state["inside"] += sum(chance.random() ** 2 + chance.random() ** 2 < 1 for _ in range(points_per_step))
    state["step"] += 1
    time.sleep(options.seconds)

    estimate = 4 * state["inside"] / (state["step"] * points_per_step)
    checkpoint.progress(state["step"] / options.steps, f"pi is about {estimate:.4f}")
    if checkpoint.asked_to_stop():
        checkpoint.save("state.json", state)
        checkpoint.leave()

print(f"pi is about {4 * state['inside'] / (options.steps * points_per_step):.6f}")
