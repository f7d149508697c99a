"""The studies of faults are in `analysis`, beside the package."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent))
