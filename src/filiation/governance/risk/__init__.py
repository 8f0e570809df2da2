"""Marginal risk of open weights: six steps for each way of misuse, the checklist of a release, who carries which duty."""
