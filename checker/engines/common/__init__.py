"""What engines share: one clock, one measure of costs, one way to make a trace short."""
