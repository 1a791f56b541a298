"""How emails get in.

Each entry point hands the raw email to ``actions.receive_email``, and says that it's done only
after that has stored it.
"""
