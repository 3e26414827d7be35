"""Makes sampling.npz: what transformers leaves of rows of logits, as probabilities, for tests/unit/llm_sampler_test.cc.

    python make_sampling.py      (torch 2.13.0, transformers)

logits [R, V], history [R, H] (-1: none), options [R, 5] (repetition penalty, temperature, top-k, top-p, min-p),
probabilities [R, V] (0: left out)
"""

import itertools
import pathlib

import numpy
import torch
from transformers import (MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, TemperatureLogitsWarper, TopKLogitsWarper,
                          TopPLogitsWarper)

VOCABULARY = 24


def main():
    torch.manual_seed(5)
    rows = {"logits": [], "history": [], "options": [], "probabilities": []}
    choices = itertools.product([1.0, 1.3], [0.5, 1.0, 2.5], [0, 1, 5], [1.0, 0.9, 0.4], [0.0, 0.2])
    for penalty, temperature, top_k, top_p, min_p in choices:
        logits = torch.randn(1, VOCABULARY, dtype=torch.float32) * 3
        history = torch.randint(0, VOCABULARY, (1, 4))
        steps = [TemperatureLogitsWarper(temperature)]
        if penalty != 1:
            steps.insert(0, RepetitionPenaltyLogitsProcessor(penalty))
        if top_k:
            steps.append(TopKLogitsWarper(top_k))
        if top_p < 1:
            steps.append(TopPLogitsWarper(top_p))
        if min_p > 0:
            steps.append(MinPLogitsWarper(min_p))
        scores = logits
        for step in steps:
            scores = step(history, scores)
        rows["logits"].append(logits[0].numpy())
        rows["history"].append(history[0].numpy())
        rows["options"].append(numpy.array([penalty, temperature, top_k, top_p, min_p], dtype=numpy.float64))
        rows["probabilities"].append(torch.softmax(scores.double(), -1)[0].numpy())
    numpy.savez(pathlib.Path(__file__).parent / "sampling.npz", **{name: numpy.stack(all) for name, all in rows.items()})


if __name__ == "__main__":
    main()
