"""Hands the pages to the engine when pytest-markdown-docs collects them."""

pytest_plugins = ["tools.pytest_runner"]
