"""What every route shares about HTTP: times, pages, addresses, bodies. Knows no domain and no database."""
