"""`python -m nasbench_pose` is `nasbench-pose`."""

import sys

from nasbench_pose.cli import main

if __name__ == "__main__":
    sys.exit(main())
