"""The demo shop: a small web site on loopback that the demo command and the tests browse."""
