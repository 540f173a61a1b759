"""What a tenant may reach outside of this server, and with which credentials."""
