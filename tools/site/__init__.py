"""The site: what MkDocs does with pages and records. The only room that knows MkDocs."""
