"""`python -m config.embedded reset` stops the embedded servers of this checkout and deletes their data."""

import sys

from config import embedded

if sys.argv[1:] != ["reset"]:
    sys.exit(__doc__)
embedded.reset()
