"""Input as strangers and faulty disks make it: every reader answers, or says in a line what is wrong."""
