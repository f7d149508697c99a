"""A door: `python cli.py` is `nasbench-pose`, straight from a checkout."""

import sys

from nasbench_pose.cli import main

if __name__ == "__main__":
    sys.exit(main())
