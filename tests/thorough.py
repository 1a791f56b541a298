"""How often tests repeat what they try: a sample usually, everything at night."""

import os

#: ``THOROUGH=1`` tries everything, as ``.ci/nightly`` does.
THOROUGH = os.environ.get("THOROUGH") == "1"
