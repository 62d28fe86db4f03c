"""Start-up on one machine: packages, database server, site and worker. Standard library only."""
