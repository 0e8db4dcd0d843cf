"""Reads a folder of event files with TensorBoard's own reader and prints, as JSON, what is in each run."""

import json
import os
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

runs = {}
for folder, _, files in os.walk(sys.argv[1]):
    if not files:
        continue
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    runs[os.path.relpath(folder, sys.argv[1])] = {
        tag: [[event.step, event.value, event.wall_time] for event in events.Scalars(tag)]
        for tag in events.Tags()["scalars"]
    }
json.dump(runs, sys.stdout)
