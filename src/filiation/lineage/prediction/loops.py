"""Loops over witnesses and what they saw, in plain Python; `kernels` compiles them for a whole registry.

Every witness of a model names keys: the parents it shares with siblings, its owner, the words of its name. Of each key a table
tells how many models with that key have each value. Weighed by how much such witnesses told of models whose value is known,
what they say is multiplied into a probability: p(v) ~ prior(v)^w0 * product over keys of (1 + count(key, v) / prior(v))^w.
Values that nobody names are left to the prior, exactly, without walking through them.
"""

from __future__ import annotations

import numpy as np

BINS = 6
"""How many models have a key, in steps: none, 1, 2-3, 4-7, 8-31, 32 and more; a crowd's word weighs otherwise than one's."""
MAX_VOICES = 256
MAX_STATEMENTS = 1 << 17
REASONS = 3
MAJORITY = 1e6
"""More than any key's word weighs."""


def step(total):
    """Return the bin of a number of models."""
    if total <= 1:
        return total
    if total < 4:
        return 2
    if total < 8:
        return 3
    return 4 if total < 32 else 5


def room():
    """Return what `voices` fills: (key int64, weight int64, scale float64, others int64, counted bool), each [MAX_VOICES].

    And what `hear` fills: (value int64, weight int64, amount float64, key int64, agree int64, others int64), each
    [MAX_STATEMENTS].
    """
    v, s = MAX_VOICES, MAX_STATEMENTS
    speaking = (np.empty(v, np.int64), np.empty(v, np.int64), np.empty(v), np.empty(v, np.int64), np.empty(v, np.bool_))
    said = (
        np.empty(s, np.int64),
        np.empty(s, np.int64),
        np.empty(s),
        np.empty(s, np.int64),
        np.empty(s, np.int64),
        np.empty(s, np.int64),
    )
    return speaking, said


def voices(subject, own, keys, spoken, table, settings, speaking):
    """Fill `speaking` with the keys of a subject that others share; return how many.

    Of a witness with several keys each weighs the less the more there are, and the one that tells most speaks once more.

    Args:
        subject: Its row.
        own: Its own labels, if these were counted into the tables; they are left out.
        keys: (start, key, witness) of all subjects, by subject and then witness.
        spoken: int32[k]; the key of what the parent's value tells, -1 for none.
        table: (start, value, count, total, worth, log1p(count / prior)) of all keys.
        settings: (muted keys, muted witnesses, witnesses that do not count their subject, number of the parent's witness).
        speaking: As `room` makes it.
    """
    start, key, witness = keys
    total, worth = table[3], table[4]
    muted_key, muted, uncounted, parent_witness = settings
    out_key, out_weight, out_scale, out_others, out_counted = speaking
    n = 0
    at, end = start[subject], start[subject + 1]
    while at < end:
        which, first, best = witness[at], n, n
        while at < end and witness[at] == which:
            one = key[at]
            at += 1
            others = total[one] - (0 if uncounted[which] else len(own))
            if muted[which] or muted_key[one] or others <= 0 or n >= MAX_VOICES - 2:
                continue
            out_key[n], out_weight[n], out_others[n] = one, which * 2 * BINS + step(others), others
            out_counted[n] = not uncounted[which]
            best = n if worth[one] > worth[out_key[best]] else best
            n += 1
        out_scale[first:n] = 1.0 / np.sqrt(max(n - first, 1))
        if n - first > 1:
            out_key[n], out_weight[n], out_others[n] = out_key[best], out_weight[best] + BINS, out_others[best]
            out_scale[n], out_counted[n] = 1.0, out_counted[best]
            n += 1
    one = spoken[subject]
    if one >= 0 and not muted[parent_witness] and total[one] > len(own):
        others = total[one] - len(own)
        out_key[n], out_weight[n], out_others[n] = one, parent_witness * 2 * BINS + step(others), others
        out_scale[n], out_counted[n] = 1.0, True
        n += 1
    return n


def hear(subject, own, keys, spoken, table, settings, prior, speaking, said):
    """Fill `said` with what every key says of every value that it names; return how many statements that are."""
    n = voices(subject, own, keys, spoken, table, settings, speaking)
    start, value, count, force = table[0], table[1], table[2], table[5]
    out_key, out_weight, out_scale, out_others, out_counted = speaking
    m = 0
    for i in range(n):
        for e in range(start[out_key[i]], start[out_key[i] + 1]):
            v, c = value[e], count[e]
            if out_counted[i]:
                for label in own:
                    if label == v:
                        c -= 1
            if c > 0 and m < MAX_STATEMENTS:
                said[0][m], said[1][m] = v, out_weight[i]
                said[2][m] = out_scale[i] * (force[e] if c == count[e] else np.log1p(c / prior[v]))
                said[3][m], said[4][m], said[5][m] = out_key[i], c, out_others[i]
                m += 1
    return m


def weigh(m, said, weights, power, log_prior, base, all_base, place, touched, p):
    """Make `p` the probabilities of the values that m statements name; return (how many values, probability of all others).

    Args:
        m: How many statements there are.
        said: These, as `hear` fills it.
        weights: float64[witnesses * 2 * BINS].
        power: To which the prior is taken.
        log_prior: float64[values].
        base: The prior to that power.
        all_base: Its sum.
        place: int64[values], all -1; becomes where each value that is named stands in `touched`.
        touched: int64[values]; becomes the values that are named.
        p: float64[values]; becomes their probabilities, as `touched` lists them.
    """
    k = 0
    rest = all_base
    for t in range(m):
        v = said[0][t]
        if place[v] < 0:
            place[v], touched[k], p[k] = k, v, power * log_prior[v]
            rest -= base[v]
            k += 1
        p[place[v]] += weights[said[1][t]] * said[2][t]
    top = max(p[:k].max(), 0.0) if k else 0.0
    p[:k] = np.exp(p[:k] - top)
    rest = max(rest, 0.0) * np.exp(-top)
    mass = p[:k].sum() + rest
    p[:k] /= mass
    return k, rest / mass


def answer(subjects, is_counted, labels, keys, spoken, table, settings, weights, prior, power, results):
    """Fill `results` for each of the subjects.

    Args:
        subjects: int64[s], rows.
        is_counted: Whether their own labels are in the tables, and are left out for each.
        labels: (start, value) of all subjects.
        keys: As `voices` takes them, and so the next three.
        spoken: See there.
        table: See there.
        settings: See there.
        weights: As `weigh` takes them.
        prior: float64[values]; the share of all labels that are each value, above 0.
        power: To which it is taken.
        results: (value int32[s], p float64[s], key int32[s, REASONS], agree int32[s, REASONS], others int32[s, REASONS]).
    """
    label_start, label = labels
    speaking, said = room()
    touched, p, place = np.empty(len(prior), np.int64), np.empty(len(prior)), np.full(len(prior), -1, np.int64)
    log_prior = np.log(prior)
    base = prior**power
    all_base, common = base.sum(), np.argmax(prior)
    nothing = label[:0]
    for s in range(len(subjects)):
        subject = subjects[s]
        own = label[label_start[subject] : label_start[subject + 1]] if is_counted else nothing
        m = hear(subject, own, keys, spoken, table, settings, prior, speaking, said)
        k, rest = weigh(m, said, weights, power, log_prior, base, all_base, place, touched, p)
        best, most = common, 0.0
        if place[common] < 0:
            left = all_base
            for i in range(k):
                left -= base[touched[i]]
            most = rest * base[common] / max(left, base[common])
        for i in range(k):
            if p[i] > most:
                best, most = touched[i], p[i]
            place[touched[i]] = -1
        results[0][s], results[1][s] = best, most
        reasons(m, said, weights, best, s, results)


def reasons(m, said, weights, best, s, results):
    """Fill row s of the results with the keys that spoke most for a value, each once, the strongest first; -1 beyond.

    Keys of which most models have the value come before all others, and where there are any those others are left out.
    """
    rank = np.zeros(REASONS + 1)
    key, agree, others = results[2], results[3], results[4]
    key[s] = -1
    for t in range(m):
        force = weights[said[1][t]] * said[2][t]
        if said[0][t] != best or force <= 0:
            continue
        force += MAJORITY if 2 * said[4][t] > said[5][t] else 0.0
        if force <= rank[REASONS - 1] or (force < MAJORITY <= rank[0]):
            continue
        known = False
        for r in range(REASONS):
            known = known or key[s, r] == said[3][t]
        if known:
            continue
        r = REASONS - 1
        while r > 0 and rank[r - 1] < force:
            rank[r], key[s, r], agree[s, r], others[s, r] = rank[r - 1], key[s, r - 1], agree[s, r - 1], others[s, r - 1]
            r -= 1
        rank[r], key[s, r], agree[s, r], others[s, r] = force, said[3][t], said[4][t], said[5][t]
    for r in range(1, REASONS):
        if rank[r] < MAJORITY <= rank[0]:
            key[s, r] = -1


def slope(subjects, labels, keys, spoken, table, settings, weights, prior, power, gradient):
    """Make `gradient`, float64[1 + weights], that of the mean of -log p(one of its own labels), and return that mean.

    Every subject is left out of what its own keys tell. The gradient's first item is that of `power`.
    """
    label_start, label = labels
    speaking, said = room()
    touched, p, place = np.empty(len(prior), np.int64), np.empty(len(prior)), np.full(len(prior), -1, np.int64)
    log_prior = np.log(prior)
    base = prior**power
    all_base, all_slope = base.sum(), (base * log_prior).sum()
    loss = 0.0
    for s in range(len(subjects)):
        own = label[label_start[subjects[s]] : label_start[subjects[s] + 1]]
        m = hear(subjects[s], own, keys, spoken, table, settings, prior, speaking, said)
        k, rest = weigh(m, said, weights, power, log_prior, base, all_base, place, touched, p)
        left, left_slope = all_base, all_slope
        for i in range(k):
            left -= base[touched[i]]
            left_slope -= base[touched[i]] * log_prior[touched[i]]
        unit = rest / left if left > 0 else 0.0  # what one unit of the prior is worth among values that nobody names
        right = 1e-12
        for v in own:
            right += p[place[v]] if place[v] >= 0 else unit * base[v]
        loss -= np.log(right)
        gradient[0] += unit * left_slope
        for v in own:
            if place[v] >= 0:
                p[place[v]] -= p[place[v]] / right
            else:
                gradient[0] -= unit * base[v] / right * log_prior[v]
        for t in range(m):
            gradient[1 + said[1][t]] += p[place[said[0][t]]] * said[2][t]
        for i in range(k):
            gradient[0] += p[i] * log_prior[touched[i]]
            place[touched[i]] = -1
    gradient /= max(len(subjects), 1)
    return loss / max(len(subjects), 1)
