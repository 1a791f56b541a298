"""Every component of the portal in every state, on one page at /dev/components/.

For development only, like the page with the emails. After changing a style sheet or a template, you
see the effect on all components at once. The customer it shows doesn't exist.
"""
