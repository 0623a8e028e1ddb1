"""The TensorBoard log of gradaudit, its plugin, and the page that stands alone."""
