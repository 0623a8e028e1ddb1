"""A report as one HTML file: what `Report.to_html` and `--html` write. See docs/tensorboard.md."""

from gradaudit_tensorboard.standalone import page as page

__all__ = ["page"]
