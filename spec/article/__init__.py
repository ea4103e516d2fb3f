"""What an article about Go's maps claims, as models that can be wrong."""
