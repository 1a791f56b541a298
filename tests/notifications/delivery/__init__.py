"""The proof that mails are delivered once, whatever breaks."""
