"""The witness's tests import their helpers by name."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
