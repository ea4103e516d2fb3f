"""The engines, one folder or file each. They never see one another; `checker.check` calls them by name."""
