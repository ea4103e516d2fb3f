"""Pages of pictures and sentences, one exhibit for each counterexample."""
