"""Signals by their definitions on probabilities, in 50-digit arithmetic with exponents without bounds."""

import mpmath
import numpy as np


def signals(logits, label):
    """All signals of one output, (C,) exact numbers, as mpmath numbers; higher = member."""
    with mpmath.workdps(60):
        z = [mpmath.mpf(float(x)) for x in logits]
        shifted = [mpmath.exp(x - max(z)) for x in z]
        total = mpmath.fsum(shifted)
        p = [x / total for x in shifted]
        rest = [mpmath.fsum(p[:i] + p[i + 1 :]) for i in range(len(p))]  # 1 - p without cancellation
        log_p = [mpmath.log1p(-r) if r < 0.5 else mpmath.log(q) for q, r in zip(p, rest, strict=True)]
        log_rest = [mpmath.log1p(-q) if q < 0.5 else mpmath.log(r) for q, r in zip(p, rest, strict=True)]
        top = max(range(len(z)), key=z.__getitem__)
        entropy = -mpmath.fsum(q * x for q, x in zip(p, log_p, strict=True))
        others = [q * x for q, x in zip(p, log_rest, strict=True)]
        mentr = -(rest[label] * log_p[label] + mpmath.fsum(others[:label] + others[label + 1 :]))
        return {
            "log_p": log_p[label],
            "p_label": p[label],
            "log_p_max": log_p[top],
            "phi": log_p[label] - log_rest[label],
            "phi_max": log_p[top] - log_rest[top],
            "entropy": -entropy,
            "log_entropy": -mpmath.log(entropy),
            "mentr": -mentr,
            "log_mentr": -mpmath.log(mentr),
            "correct": mpmath.mpf(int(top == label)),
        }


def outputs(rng, classes, scale, n):
    """Logits (n, 1, C) up to `scale` and labels (n,), in half of the records the predicted ones."""
    logits = rng.uniform(-scale, scale, size=(n, 1, classes)).astype(np.float32)
    other = rng.integers(classes, size=n)
    return logits, np.where(rng.random(n) < 0.5, logits[:, 0].argmax(-1), other)
