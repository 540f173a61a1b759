"""What someone who wants to rewrite history would do, a folder for each way, and what tells on them.

Two kinds of attackers: one who can change files or the database but has no key, and the operator, who has the key and
signs what he made up. `verify` sees files alone, as a stranger does; `fsck` sees files and database.
"""
