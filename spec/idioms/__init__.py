"""Models that show the idioms of evacheck.idioms at work: each with what is known of it from elsewhere."""
