"""The Content-Security-Policy that every page keeps: all it loads are files of the site."""

POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'"

# As a host may send it; a page cannot say by itself who may frame it.
HEADER = f"{POLICY}; frame-ancestors 'self'"
