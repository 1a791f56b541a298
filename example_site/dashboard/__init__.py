"""The product that Millrace sells, as far as the portal has to do with it: people who are signed in
there come into the portal with a token. For development only."""
