"""Scripts that read `.grad`; what each read must be told stands in the script (see cases.py)."""
