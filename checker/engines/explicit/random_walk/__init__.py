"""Random behaviours through compiled steps, and shorter ways to what they found."""
