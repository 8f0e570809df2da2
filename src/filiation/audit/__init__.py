"""A target, all that is known of it, and the answer: may we use it?"""
