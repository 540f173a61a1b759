"""How many broken copies of a document a test makes: few in the suite, a thousand a kind by `make test-mutants`."""

import os
from typing import Final

MUTANTS: Final = int(os.environ.get("EXPUNCT_TEST_MUTANTS", "4"))
