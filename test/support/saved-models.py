"""Loads each SavedModel that the JSON on stdin names, asks it, and prints what it answers as JSON."""
import json
import sys

import numpy as np
import tensorflow as tf

answers = []
for case in json.load(sys.stdin):
    signature = tf.saved_model.load(case["folder"]).signatures["serving_default"]
    (x,) = signature.structured_input_signature[1].values()
    samples = np.array(case["x"], dtype=x.dtype.as_numpy_dtype).reshape(case["shape"])
    outputs = signature(x=tf.constant(samples))["outputs"]
    answers.append({"dtype": x.dtype.name, "shape": list(outputs.shape), "outputs": outputs.numpy().ravel().tolist()})
json.dump(answers, sys.stdout)
