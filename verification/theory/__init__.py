"""What holds, or holds under conditions that are broken on purpose as well."""
