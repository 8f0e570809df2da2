"""What a licence says: knowledge of licences, expressions of them, and which one a repository means.

Nothing here is legal advice: every statement names where it was read and how sure we are, and a person may decide otherwise.
"""
