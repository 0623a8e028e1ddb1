"""WHY? One step under a function mode: which op cut a gradient or made it non-finite, and where."""
