"""A comparison as one HTML file that needs no network and no installation to be explored."""

from nasbench_pose.report.html.page import Evidence, page, write

__all__ = ["Evidence", "page", "write"]
