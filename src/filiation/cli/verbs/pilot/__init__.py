"""From a small experiment to roll-out: a project, what goes in and out, one's own data, what was learnt, what comes next."""
