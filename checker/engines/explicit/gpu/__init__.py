"""A search whose levels are expanded by a graphics card: the same emitted code, with the table in the card's memory."""
