"""From a small experiment to roll-out: what a model takes in, whether one's own data fits, what was learnt, what comes next."""
