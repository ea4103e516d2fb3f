"""Drawings of pictures: where everything stands, how arrows run, what it looks like, and a picture for any model."""
