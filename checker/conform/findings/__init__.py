"""What models found that concerns real Go: small programs that show it, and the smallest mend of the runtime."""
