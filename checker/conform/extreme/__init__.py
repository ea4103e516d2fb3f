"""Many goroutines, forced collections and real maps beside abstract ones, for as long as one likes."""
