"""What is left when processes die, disks fill and databases go away, at every step of a job; on both databases."""
