"""A small world of sites on loopback: what the sessions in tests/sessions were recorded on."""
