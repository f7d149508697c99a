"""A comparison as one HTML file that needs no network and no installation to be explored."""
