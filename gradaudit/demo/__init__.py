"""The demo's training script and its text. Nothing here imports gradaudit: `gradaudit demo` does.

`train.py` is copied to the output directory and run there, so it may use only what lies beside it.
"""
