"""What a release to a package index and a site of documentation needs."""
