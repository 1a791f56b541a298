"""Every component of the portal in every state, on one page at /dev/components/.

For development only, like the page with the mails: for whoever changes a style sheet or a template,
and wants to see at once what that does to all the rest. It shows a customer who does not exist.
"""
