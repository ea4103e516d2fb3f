"""Models held against the real system that they describe: each real step must be one of the model's."""
