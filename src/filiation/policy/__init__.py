"""Policies: what is required, allowed and forbidden, and the verdict on a model, with reasons.

``load`` reads a policy, ``decide`` asks it about one model, ``decide_many`` about any number; ``filiation.policy.facts`` says
what it may ask about.
"""

from filiation.policy.decision import Decision, Reason, Verdict
from filiation.policy.facts import Facts
from filiation.policy.load import load
from filiation.policy.rule import Policy, Rule
from filiation.policy.settings import presets
from filiation.policy.verdict import decide, decide_many

__all__ = ["Decision", "Facts", "Policy", "Reason", "Rule", "Verdict", "decide", "decide_many", "load", "presets"]
