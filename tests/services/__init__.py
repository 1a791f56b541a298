"""Services that a larger site uses. ``.ci/nightly services`` installs what these tests need."""
