"""The dashboard of Millrace's product, whose users sign in to the portal with a token.

For development only.
"""
