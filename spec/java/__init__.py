"""Models of Java's ConcurrentHashMap: how its threads move a table that others read and write."""
